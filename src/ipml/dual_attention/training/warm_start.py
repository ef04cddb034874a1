"""``ckpt_path`` of the dual attention model: each network goes on from that of the same fold and seed of a saved one.

A network that was dropped there begins anew.
A fold's network may start only from one that has not seen the firms of that fold: what it once learnt from them would
stay in its weights, and the cross-fitted figures would be too good.
"""

from collections.abc import Collection, Mapping
from typing import Any

from ipml.dual_attention.bundle import Bundle
from ipml.dual_attention.network.factory import saved_settings
from ipml.dual_attention.settings import DualAttentionModel
from ipml.tracking.model_files import Checkpoint

# Of training alone; all other settings of a network say what its weights are or what they mean.
_FREE = ("dropout", "word_dropout", "zero_start")


def open_start(
    checkpoint: Checkpoint,
    model: DualAttentionModel,
    seed: int,
    lineage: Mapping[str, str],
    words: Collection[str],
    fold_of_firm: Mapping[str, int],
    holdout: Collection[str],
) -> Bundle:
    """Open the fold models to start from.

    Parameters
    ----------
    checkpoint
        The saved model.
    model, seed
        Of this training.
    lineage
        Names and fingerprints of word vectors, tokenizer and encoder of this training.
    words
        Vocabulary of this training.
    fold_of_firm
        Fold of each firm of this training.
    holdout
        Firms that no fold may have seen.

    Raises
    ------
    InputError
        If the model is none of dual attention, has other folds, vectors or network settings, or has seen a firm that
        it may not know.
    """
    bundle = checkpoint.open(lambda folder: Bundle.load(folder, checkpoint.reach))
    for name, fingerprint in lineage.items():
        trained = bundle.settings["lineage"].get(name)
        if trained != fingerprint:
            raise checkpoint.refused(f"trained with {name} {trained}, not {fingerprint}")
    saved = {"seed": bundle.settings["seed"], **_shaping(bundle.settings["model"])}
    now = {"seed": seed, **_shaping(saved_settings(model))}
    checkpoint.check_same(saved, now)
    if model.network.word_bias and list(words) != bundle.words:
        raise checkpoint.refused("model.network.word_bias=true needs the same vocabulary; it has other words")
    check_folds(checkpoint, bundle.fold_of_firm, fold_of_firm, holdout)
    return bundle


def _shaping(model: Mapping[str, Any]) -> dict[str, Any]:
    """Select the settings in which a model to start from must be the same, by their keys."""
    network = {f"model.network.{key}": value for key, value in model["network"].items() if key not in _FREE}
    if model["network"].get("word_scores") == "dot":
        network.pop("model.network.hidden", None)  # of additive scores alone
    encoder = model.get("encoder") or {}
    read = {f"model.encoder.{key}": encoder.get(key) for key in ("fine_tune", "max_pieces")}
    return {"model.n_folds": model["n_folds"], "model.n_seeds": model["n_seeds"], **network, **read}


def check_folds(
    checkpoint: Checkpoint,
    saved: Mapping[str, int],
    now: Mapping[str, int],
    holdout: Collection[str],
) -> None:
    """Refuse a model that has seen firms of the fold that it would be the start of, or firms held out.

    Parameters
    ----------
    saved, now
        Fold of each firm in the model and in this training; firms of one alone are harmless.
    """
    moved = sorted(firm_id for firm_id in saved.keys() & now.keys() if saved[firm_id] != now[firm_id])
    if moved:
        first = moved[0]
        raise checkpoint.refused(
            f"{len(moved)} of {len(now)} firms are in another fold, so its networks have seen them: {first} was in "
            f"fold {saved[first] + 1} and is in fold {now[first] + 1}; firms, labels or model.kept_aside.share differ"
        )
    seen = sorted(set(holdout) & saved.keys())
    if seen:
        raise checkpoint.refused(
            f"trained on {len(seen)} of the {len(holdout)} firms that model.kept_aside.share keeps aside, as "
            f"{seen[0]}"
        )
