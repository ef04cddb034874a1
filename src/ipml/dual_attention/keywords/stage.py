"""Stage ``keywords``: the words of each firm's site that the registered model looks at."""

import pandas as pd

from ipml.console import console
from ipml.corpus import Corpus
from ipml.corpus.labels import exclusions_line, log_exclusions
from ipml.dual_attention.bundle import STAGE as MODEL_STAGE
from ipml.dual_attention.bundle import Bundle
from ipml.dual_attention.data.sites import kinds_in_words, read_sites
from ipml.dual_attention.keywords.contrast import fold_contrast
from ipml.dual_attention.keywords.selection import name_words, rule_lines, select
from ipml.dual_attention.settings import KeywordsSettings
from ipml.tracking import Workspace

STAGE = "keywords"


def extract(settings: KeywordsSettings, workspace: Workspace, corpus: Corpus) -> str:
    """Extract the keywords of all firms of a country that have pages.

    A firm the model was trained on gets the keywords of the fold model that has not seen it, another those of the
    mean of all. With ``inputs.model`` the model is another country's (a transferred one): it reads this country's pages
    of the kinds that it was trained on.

    Parameters
    ----------
    settings, workspace
        Of ``ipml keywords``.
    corpus
        The corpus the model was trained on.

    Returns
    -------
    The run's id; its table ``keywords`` has the columns `ranking.COLUMNS`, its table ``rule`` the rule in words.

    Raises
    ------
    InputError
        If there is no such model, or it was trained on another corpus or with other vectors.
    """
    country = settings.country.name
    of_country = settings.inputs.model
    name = workspace.name(MODEL_STAGE, country) if of_country is None else workspace.own_name(of_country)
    model = workspace.find_model(f"{name}@{settings.inputs.alias}")
    bundle = Bundle.load(model.folder, workspace.reach)
    with workspace.start_run(STAGE, workspace.name(STAGE, country)) as run:
        run.add_lineage(model.own_lineage, f"{model.name} version {model.version}")
        run.add_lineage({"corpus": corpus.info.hash}, str(corpus.root))
        language = bundle.open_language()
        run.set_tags(
            {
                "country": country,
                "language": language.code,
                "page_kinds": kinds_in_words(bundle.reading["page_kinds"]),
                "simulated": corpus.info.simulated,
            }
        )
        firms = corpus.firms(country).set_index("firm_id")
        sites = read_sites(corpus, firms.index.tolist(), language, **bundle.reading)
        names = name_words(firms.loc[list(sites.firm_ids)], sites, language.tokenizer)
        selected = select(sites, bundle.score(sites), fold_contrast(bundle, sites), names, settings.selection)
        keywords = selected.table(sites)
        with_keywords = set(keywords["firm_id"])
        n_firms = len(with_keywords)
        bare = [firm_id for firm_id in sites.firm_ids if firm_id not in with_keywords]
        exclusions = {**sites.exclusions, "no keyword left": bare}
        rule = rule_lines(settings.selection, selected, sites)
        run.log_table("keywords", keywords)
        run.log_table("rule", pd.DataFrame({"line": rule}))
        run.log_metrics(
            {
                "n_firms": n_firms,
                "n_keywords": len(keywords),
                "keywords_per_firm": len(keywords) / max(n_firms, 1),
                "common_words": int(selected.common.sum()),
                "known_share": sites.known_share,
            }
        )
        log_exclusions(run, exclusions)
    world = "simulated firms" if corpus.info.simulated else "firms"
    lines = [
        f"keywords-{country}: {len(keywords) / max(n_firms, 1):.1f} keywords a firm, {n_firms} {world}, "
        f"{model.name} version {model.version}",
        *rule,
        exclusions_line(exclusions),
    ]
    console.print("\n".join(lines), highlight=False, soft_wrap=True)
    return run.id
