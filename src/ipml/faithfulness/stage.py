"""Stage ``faithfulness``: whether a model's decision rests on the words that its attention names."""

from collections.abc import Mapping
from contextlib import nullcontext
from functools import partial

import numpy as np
import pandas as pd

from ipml.console import console, track
from ipml.corpus import Corpus
from ipml.corpus.labels import Exclusions, exclusions_line, labelled_firms, log_exclusions
from ipml.dual_attention.bundle import STAGE as MODEL_STAGE
from ipml.dual_attention.bundle import Bundle
from ipml.dual_attention.data.sites import Sites, read_sites
from ipml.dual_attention.diagnostics.figures import N_RESAMPLES
from ipml.dual_attention.training.cross_fitting import NO_CHECKPOINTS
from ipml.dual_attention.training.fold_checkpoints import Arrays, open_checkpoints
from ipml.errors import InputError
from ipml.faithfulness.controls import control_models, network_alone
from ipml.faithfulness.curves import Floats, arrays_of_curves, curves_of_arrays
from ipml.faithfulness.display import curve_figure, figure_table
from ipml.faithfulness.orders import Order, attention_order, keybert_order
from ipml.faithfulness.rescoring import RANDOM, curves_of_orders
from ipml.faithfulness.results import Row, result_rows
from ipml.faithfulness.settings import FaithfulnessSettings
from ipml.keyword_comparison.sentence_encoders import open_sentence_encoder
from ipml.statistics.intervals import resampling_weights
from ipml.text.kinds import package_version
from ipml.tracking import Run, Workspace

STAGE = "faithfulness"
DECISIVE = ("country", "trainer", "seed", "grid", "draws")  # keys of the settings that decide the curves
MODEL = "dual attention"


def measure(
    settings: FaithfulnessSettings,
    workspace: Workspace,
    corpus: Corpus,
    orders: Mapping[str, Order] | None = None,
) -> pd.DataFrame:
    """Measure the faithfulness of a country's registered model and of its controls.

    Parameters
    ----------
    settings, workspace
        Of ``ipml faithfulness``.
    corpus
        The corpus the model was trained on.
    orders
        By name, what makes the importance of each entry, (E,), from the sites and the model's scores of them; None:
        attention's and KeyBERT's. Random orders stand beside them in any case.

    Returns
    -------
    The results as tidy rows (`results.result_rows`), as they are saved.

    Raises
    ------
    InputError
        If there is no such model, it was trained on another corpus, or the package of KeyBERT or its encoder is
        missing.
    """
    grid = np.array(settings.grid, dtype=np.float64)
    country = settings.country.name
    model = workspace.find_model(f"{workspace.name(MODEL_STAGE, country)}@{settings.inputs.alias}")
    bundle, bag_share = network_alone(Bundle.load(model.folder, workspace.reach))
    if bundle.settings["model"].get("encoder") is not None:
        raise InputError(
            f"{model.name} version {model.version}: an encoder reads whole pages, so that taking words away would "
            "change the vectors of the others; needed: a model over word vectors"
        )
    language = bundle.open_language()
    encoder, lineage = None, {**model.own_lineage, "corpus": corpus.info.hash}
    if orders is None:
        lineage["keybert"] = package_version("keybert", STAGE, "pip install 'ipml[keybert]'")
        encoder = open_sentence_encoder(
            settings.sentence_encoder.model_dump(), language, settings.allow_download
        )
        lineage["sentence_encoder"] = encoder.fingerprint
    # Orders of one's own are functions: nothing tells two of a name apart.
    kept = open_checkpoints(settings, DECISIVE, lineage) if orders is None else nullcontext(NO_CHECKPOINTS)
    with workspace.start_run(STAGE, workspace.name(STAGE, country)) as run, kept as checkpoints:
        run.add_lineage(model.own_lineage, f"{model.name} version {model.version}")
        run.add_lineage({"corpus": corpus.info.hash}, str(corpus.root))
        firms, unlabelled = labelled_firms(corpus, country)
        run.set_tags({"country": country, "language": language.code, "simulated": corpus.info.simulated})
        reading = {**bundle.reading, "in_order": False, "with_texts": False}
        sites = read_sites(corpus, firms.index.tolist(), language, **reading)
        labels = firms.loc[list(sites.firm_ids), "has_patent"].to_numpy(dtype=np.float32)
        if encoder is not None:
            run.add_lineage({key: lineage[key] for key in ("sentence_encoder", "keybert")}, "KeyBERT")
            orders = {
                "attention": attention_order,
                "keybert": keybert_order(corpus, sites, language, reading, encoder, checkpoints),
            }
        models = {MODEL: bundle}
        if settings.controls:
            models |= dict(control_models(bundle, sites, labels, settings.trainer, run.name, checkpoints))
        weights = resampling_weights(len(sites), N_RESAMPLES, settings.seed)
        common = {
            "n_firms": len(sites),
            "bag_share": bag_share,
            "simulated": corpus.info.simulated,
            "seed": settings.seed,
            "corpus": corpus.info.hash,
            "models": f"{model.name}/{model.version}",
        }
        rows: list[Row] = []
        for name, scored in track(models.items(), f"{run.name}: models", len(models)):
            found = checkpoints.arrays(
                f"curves_{name.replace(' ', '_')}",
                partial(_curves, scored, sites, orders or {}, grid, settings, name),
            )
            curves = curves_of_arrays(grid, found, [*(orders or {}), RANDOM])
            rows += result_rows(name, curves, settings.share, weights, **common)
        results = pd.DataFrame(rows)
        exclusions = {**unlabelled, **sites.exclusions}
        _save(run, results, exclusions)
    _print(run, results, exclusions, settings.draws)
    return results


def _curves(
    model: Bundle,
    sites: Sites,
    orders: Mapping[str, Order],
    grid: Floats,
    settings: FaithfulnessSettings,
    name: str,
) -> Arrays:
    scores = model.score(sites)
    importance = {order: values(sites, scores) for order, values in orders.items()}
    return arrays_of_curves(
        curves_of_orders(model, sites, importance, grid, settings.draws, settings.seed, name)
    )


def _save(run: Run, results: pd.DataFrame, exclusions: Exclusions) -> None:
    run.log_table("results", results, csv=True)
    run.save_figure(curve_figure(results), "curves")
    run.log_metrics({name: float(results[name].iloc[0]) for name in ("n_firms", "bag_share")})
    chosen = results[(results["model"] == MODEL) & ~results["figure"].isin(["deletion", "insertion"])]
    for row in chosen.to_dict("records"):
        key = f"{row['order']}/{row['figure']}"
        run.log_metrics({key: row["value"]})
        if row["order"] != RANDOM:
            run.log_metrics({f"{key}_minus_random": row["difference"]})
    log_exclusions(run, exclusions)


def _print(run: Run, results: pd.DataFrame, exclusions: Exclusions, n_draws: int) -> None:
    console.print(figure_table(results))
    bag_share = results["bag_share"].iloc[0]
    lines = [
        f"  95 % intervals over firms; random: mean of {n_draws} orders; a difference is taken firm by firm",
    ]
    if bag_share:
        lines.append(f"  the network alone: what stands beside it, {bag_share:.0%} of the logit, is left out")
    lines += [
        exclusions_line(exclusions),
    ]
    console.print("\n".join(lines), highlight=False, soft_wrap=True)
