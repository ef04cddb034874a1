"""Command ``score``: how well a registered model does on another corpus."""

from ipml.corpus import Corpus
from ipml.corpus.labels import labelled_firms, log_exclusions
from ipml.dual_attention.bundle import Bundle
from ipml.dual_attention.data.sites import read_sites
from ipml.dual_attention.diagnostics.figures import attention_figures, measure, print_figures
from ipml.dual_attention.settings import ScoreSettings
from ipml.errors import InputError
from ipml.tracking import Workspace

STAGE = "score"


def score(settings: ScoreSettings, workspace: Workspace, corpus: Corpus) -> dict[str, float]:
    """Score a registered ``dual_attn`` model on the labelled firms of a corpus.

    Parameters
    ----------
    settings, workspace
        Of ``ipml score``.
    corpus
        Any corpus. A firm the model was trained on is scored by the fold model that has not seen it, another
        by the mean of all.

    Returns
    -------
    The figures logged.

    Raises
    ------
    InputError
        If the model does not exist, or the corpus has no labels, one class, or no pages to read.
    """
    country = settings.country.name
    model = workspace.find_model(settings.registered_model)
    bundle = Bundle.load(model.folder, workspace.reach)
    firms, unlabelled = labelled_firms(corpus, country)
    language = bundle.open_language()
    reading = {**bundle.reading, "page_kinds": settings.country.page_kinds}
    sites = read_sites(corpus, firms.index.tolist(), language, **reading)
    labels = firms.loc[list(sites.firm_ids), "has_patent"].to_numpy(dtype=bool)
    if labels.all() or not labels.any():
        raise InputError(f"country={country}: all {len(labels)} firms with pages have the same has_patent")
    scores = bundle.score(sites)
    seen = sum(firm_id in bundle.fold_of_firm for firm_id in sites.firm_ids)
    metrics = measure(labels, scores.probabilities, settings.seed) | attention_figures(sites, scores)
    exclusions = {**unlabelled, **sites.exclusions}
    metrics |= {"known_share": sites.known_share, "n_trained_on": seen}
    with workspace.start_run(STAGE, f"score-{model.name}") as run:
        run.add_lineage(model.own_lineage, f"{model.name} version {model.version}")
        run.add_lineage({"scored_corpus": corpus.info.hash}, str(corpus.root))
        run.set_tags({"country": country, "model": model.name, "simulated": corpus.info.simulated})
        run.log_metrics(metrics)
        log_exclusions(run, exclusions)
    how = f"{seen} firms scored by the fold that has not seen them, {len(sites) - seen} by the mean of folds"
    print_figures(
        f"{model.name} version {model.version} on {corpus.root}",
        metrics,
        exclusions,
        corpus.info.simulated,
        how,
    )
    return metrics
