"""Stage ``keywords``: the words of each firm's site that the registered model looks at."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from omegaconf import DictConfig

from ipml.console import console
from ipml.corpus import Corpus
from ipml.dual_attention.bundle import Bundle, SiteScores
from ipml.dual_attention.keywords import COLUMNS, firm_shares, top_words, union_of_pages, without_names
from ipml.dual_attention.left_out import left_out_line, log_left_out
from ipml.dual_attention.sites import Sites, read_sites
from ipml.dual_attention.stage import STAGE as MODEL_STAGE
from ipml.errors import InputError
from ipml.text.tokenizers import Tokenizer
from ipml.tracking import find_model, start_run
from ipml.tracking.registry import registered_name

STAGE = "keywords"
_SHOWN = 12


def extract(config: DictConfig, corpus: Corpus) -> str:
    """Extract the keywords of all firms of a country that have pages.

    A firm the model was trained on gets the keywords of the fold model that has not seen it.

    Parameters
    ----------
    config
        Of ``ipml keywords``.
    corpus
        The corpus the model was trained on.

    Returns
    -------
    The run's id; its table ``keywords`` has the columns `COLUMNS`.

    Raises
    ------
    InputError
        If there is no such model, or it was trained on another corpus or with other vectors.
    """
    country, selection = config.country.name, config.selection
    if not 0 < selection.share <= 1:
        raise InputError(f"selection.share={selection.share}: allowed: more than 0, at most 1")
    model = find_model(config, f"{registered_name(config, MODEL_STAGE, country)}@{config.inputs.alias}")
    bundle = Bundle.load(model.folder)
    with start_run(config, STAGE, registered_name(config, STAGE, country)) as run:
        run.add_lineage(model.own_lineage, f"{model.name} version {model.version}")
        run.add_lineage({"corpus": corpus.info.hash}, str(corpus.root))
        language = bundle.open_language()
        run.set_tags({"country": country, "language": language.code, "simulated": corpus.info.simulated})
        firms = corpus.firms(country).set_index("firm_id")
        settings = bundle.settings
        sites = read_sites(
            corpus,
            firms.index.tolist(),
            language,
            settings["page_kinds"],
            settings["max_pages"],
            settings["max_tokens"],
        )
        names = name_words(firms.loc[list(sites.firm_ids)], language.tokenizer)
        common = firm_shares(sites.counts, sites.n_pages) > selection.max_firm_share
        keywords = select(sites, bundle.score(sites), names, common, selection)
        with_keywords = set(keywords["firm_id"])
        n_firms = len(with_keywords)
        bare = [firm_id for firm_id in sites.firm_ids if firm_id not in with_keywords]
        left_out = {**sites.left_out, "no keyword left": bare}
        run.log_table("keywords", keywords)
        run.log_metrics(
            {
                "n_firms": n_firms,
                "n_keywords": len(keywords),
                "keywords_per_firm": len(keywords) / max(n_firms, 1),
                "common_words": int(common.sum()),
                "known_share": sites.known_share,
            }
        )
        log_left_out(run, left_out)
    shown = [word for word, is_common in zip(sites.words, common, strict=True) if is_common]
    listed = ", ".join(shown[:_SHOWN]) + (", …" if len(shown) > _SHOWN else "")
    world = "simulated firms" if corpus.info.simulated else "firms"
    lines = [
        f"keywords-{country}: {len(keywords) / max(n_firms, 1):.1f} keywords a firm, {n_firms} {world}, "
        f"{model.name} version {model.version}",
        f"  rule: pages with attention, the top {selection.share:.0%} of "
        f"{'tokens' if selection.count_repeats else 'distinct words'} of a page, without the firm's own names "
        f"and {len(shown)} words that more than {selection.max_firm_share:.0%} of the firms use"
        + (f" ({listed})" if shown else ""),
        left_out_line(left_out),
    ]
    console.print("\n".join(lines), highlight=False, markup=False, soft_wrap=True)
    return run.id


def select(
    sites: Sites,
    scores: SiteScores,
    names: dict[str, set[str]],
    common: npt.NDArray[np.bool_],
    selection: DictConfig,
) -> pd.DataFrame:
    """Apply the rule of ``selection`` to scored sites; returns the table of keywords."""
    counts = sites.counts
    page = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    firm_of_page = np.repeat(np.arange(len(sites)), sites.n_pages)
    taken = top_words(
        scores.word_weights, counts.data, counts.indptr, selection.share, selection.count_repeats
    )
    chosen = np.flatnonzero(taken & (scores.page_weights[page] > 0) & ~common[counts.indices])
    page, words = page[chosen], counts.indices[chosen]
    firm = firm_of_page[page]
    entries = pd.DataFrame(
        {
            "firm_id": sites.firm_ids[firm],
            "page": page - sites.page_offsets[firm],
            "url": sites.urls[page],
            "word": np.array(sites.words, dtype=object)[words],
            "word_weight": scores.word_weights[chosen] / counts.data[chosen],
            "page_weight": scores.page_weights[page],
        }
    )
    return union_of_pages(without_names(entries, names))[list(COLUMNS)]


def name_words(firms: pd.DataFrame, tokenizer: Tokenizer) -> dict[str, set[str]]:
    """Words of each firm's ``name`` and ``name_local``, as the tokenizer cuts them."""
    names: dict[str, set[str]] = {firm_id: set() for firm_id in firms.index}
    for column in ("name", "name_local"):
        texts = [name if isinstance(name, str) else "" for name in firms[column]]
        for firm_id, tokens in zip(firms.index, tokenizer.tokenize(texts), strict=True):
            names[firm_id].update(tokens)
    return names
