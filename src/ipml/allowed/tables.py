"""Rules of the keys of every command and of every stage that is trained."""

from collections.abc import Mapping

from ipml.allowed.names import COUNTRIES, FIRM_TYPES
from ipml.allowed.rules import Between, Choice, Count, Each, Inside, Rule, Written

_GROUPS: dict[str, Rule] = {"countries": Each(Choice(COUNTRIES)), "firm_types": Each(Choice(FIRM_TYPES))}
_BOOTSTRAP: dict[str, Rule] = {"bootstrap.resamples": Count(), "bootstrap.level": Inside(0, 1)}
_REFERENCE: dict[str, Rule] = {
    "registered_model": Written(
        r"(models:/)?[^@/:]+(@[\w-]+|/\d+)",
        "NAME@ALIAS or NAME/VERSION, as dual_attn-JP@champion",
        shown_as="model",
    )
}
_SELECTION: dict[str, Rule] = {
    "selection.rule": Choice(("percentile", "mass", "top_k")),
    "selection.max_firm_share": Between(0, 1),
}

EVERYWHERE: dict[str, Rule] = {
    "seed": Count(0, 2**32 - 1),
    "data.kind": Choice(("simulated", "corpus")),
    "tracking.uri": Written(
        r"(sqlite|postgresql|mysql|mssql|https?|databricks)(\+\w+)?:.*",
        "null, a database or a server, as sqlite:////FOLDER/mlflow.db or http://HOST:5000",
        or_null=True,
    ),
    "trainer.accelerator": Choice(("cpu", "gpu", "cuda", "mps", "auto")),
    "trainer.devices": Written(
        r"[1-9]\d*|-1|auto|\[\d+(, \d+)*\]", "a number from 1, auto, or the numbers of devices, as [0,1]"
    ),
}
COMMANDS: Mapping[str, dict[str, Rule]] = {
    "train": {
        "firm_type": Choice((*FIRM_TYPES, None)),
        "debug.shown": Count(),
        "debug.cases": Count(2),
        "debug.greatest_loss": Inside(0, 1),
    },
    "ingest": {"quarantine.threshold": Between(0, 1)},
    "keywords": _SELECTION,
    "compare_keywords": {
        **_SELECTION,
        "seeds": Count(),
        "test_share": Between(0.05, 0.95),
        "forest.trees": Count(),
        "forest.depth": Count(),
        "features": Choice(("mean_vector", "tfidf")),
    },
    "faithfulness": {"draws": Count(1, 1000)},
    "score": _REFERENCE,
    "aligned_vectors": {**_REFERENCE, "max_words": Count(or_null=True)},
    "vectors": {
        "products.weight": Choice(("equal", "attention", "sif")),
        "patents.weight": Choice(("equal", "length", "sif")),
        "patents.fields": Each(Choice(("title", "abstract", "claim"))),
        "sif_constant": Inside(0),
    },
    "evaluate": {
        **_GROUPS,
        "clusters": Choice(("industry", "corporate_group", None)),
        "confidence": Inside(0, 1),
        "min_firms": Count(),
        "min_industry_firms": Count(),
        "bootstrap": Count(0),
    },
    "differences": {key: Count() for key in ("parts", "names", "max_words", "null_draws", "min_firms")},
    "doctor": {"format": Choice(("text", "json"))},
    "completion": {"shell": Choice(("bash", "zsh", "fish"))},
    "specification_curve": {"level": Choice(("group", "industry_mean"))},
}
_MAP: dict[str, Rule] = {
    "map.max_epochs": Count(),
    "map.batch_size": Count(or_null=True),
    "map.patience": Count(or_null=True),
    "map.module.objective": Choice(("mse", "cosine")),
}
_ALIGNMENT: dict[str, Rule] = {
    **_MAP,
    **_BOOTSTRAP,
    "steps": Choice(("unit", "centre")),
    "pair_weights": Choice(("source", "pair")),
    "max_words": Count(or_null=True),
    "accuracy_at": Each(Count()),
    "retrieval.method": Choice(("nearest", "csls", "inverted_softmax")),
    "retrieval.neighbourhood": Count(),
    "retrieval.temperature": Inside(0),
    "calibration.folds": Count(2),
    "calibration.words": Count(),
    "bootstrap_maps": Count(0),
}
_CENTRE = Choice((None, "words"))
# By ``model.stage``, of keys under ``model``.
STAGES: Mapping[str, dict[str, Rule]] = {
    "dual_attn": {
        "n_folds": Count(2, 1000),
        "max_pages": Count(),
        "max_tokens": Count(),
        "batch_size": Count(),
        "max_epochs": Count(),
        "patience": Count(),
        "threads": Count(1, 1024),
        "bag_of_words": Count(0, 2),
        "class_weight": Choice(("balanced", None)),
        "network.word_scores": Choice(("dot", "additive")),
        "network.page_attention": Choice(("sparsemax", "entmax15", "softmax")),
        "network.hidden": Count(),
        "network.dropout": Between(0, 0.99),
        "network.word_dropout": Between(0, 0.99),
        "validation_share": Between(0.01, 0.9),
        "kept_aside.share": Between(0, 0.9),
    },
    "alignment": _ALIGNMENT,
    "fused_alignment": {
        **_ALIGNMENT,
        "view_methods": Each(Choice(("identity", "ridge", "orthogonal", "cca"))),
        "n_folds": Count(2),
        "n_candidates": Count(),
        "n_translations": Count(),
        "n_rankers": Count(),
        "translated_words": Count(or_null=True),
        "ranker.hidden": Count(),
        "ranker.batch_size": Count(),
        "ranker.max_epochs": Count(),
        "ranker.dropout": Between(0, 1),
    },
    "mapping": {
        **_MAP,
        **_BOOTSTRAP,
        "direction": Choice(("forward", "reverse")),
        "centre": _CENTRE,
        "min_firms": Count(),
        "train_share": Inside(0, 1),
        "map.module.n_folds": Count(2),
    },
    "mapping_pooled": {
        **_BOOTSTRAP,
        **_GROUPS,
        "centre": _CENTRE,
        "min_firms": Count(),
        "train_share": Inside(0, 1),
        "strengths": Each(Inside(0)),
        "shares": Each(Between(0)),
    },
}
