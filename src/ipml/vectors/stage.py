"""Stage ``vectors``: product and technology vectors of a country's firms, in the English space."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from mlflow.entities import Run as MlflowRun
from omegaconf import DictConfig

from ipml.alignment.registered import AlignedLanguage, alignment_name, open_aligned_language
from ipml.console import console
from ipml.corpus import Corpus
from ipml.corpus.firm_names import names_and_addresses
from ipml.dual_attention.data.sites import kinds_in_words
from ipml.errors import InputError, choice_error
from ipml.tracking import Lineage, Workspace, find_run, start_run
from ipml.tracking.registry import registered_name
from ipml.tracking.runs import load_config, load_table
from ipml.tracking.store import connect
from ipml.vectors.build_vectors import firms_with_both, product_vectors, technology_vectors
from ipml.vectors.firm_vectors import PATENTS, PRODUCTS
from ipml.vectors.patents import Patents, read_patents
from ipml.vectors.table import FirmVectors

STAGE = "vectors"
PRODUCT_WEIGHTS = ("equal", "attention", "sif")
PATENT_WEIGHTS = ("equal", "length", "sif")
PATENT_FIELDS = ("title", "abstract", "claim")


def build(config: DictConfig, corpus: Corpus) -> FirmVectors:
    """Make the vectors of a country's firms from its newest keywords and its patents, and save the table.

    Parameters
    ----------
    config
        Of ``ipml vectors``.
    corpus
        The corpus the keywords were made from.

    Raises
    ------
    InputError
        If there is no keywords run or no alignment to read, or no firm has both vectors.
    """
    _check(config)
    country = config.country.name
    name = registered_name(config, STAGE, country)
    keywords_run = find_run(
        config, "keywords", lineage={"corpus": corpus.info.hash}, country=country, language=config.language
    )
    page_kinds = _page_kinds(config, keywords_run)
    keywords = load_table(config, keywords_run.info.run_id, "keywords")
    settings: Any = config
    workspace = Workspace.of(config)
    products = open_aligned_language(settings, workspace, config.language)
    same = config.patents.language == config.language
    patents = products if same else open_aligned_language(settings, workspace, config.patents.language)
    with start_run(config, STAGE, name) as run:
        run.add_lineage({"corpus": corpus.info.hash}, str(corpus.root))
        keywords_name = registered_name(config, "keywords", country)
        run.add_lineage(Lineage.from_tags(keywords_run.data.tags), keywords_name)
        run.add_lineage({keywords_name: keywords_run.info.run_id}, keywords_name)
        run.add_lineage(products.lineage, f"language {config.language}")
        run.add_lineage(patents.lineage, f"language {config.patents.language}")
        run.add_lineage({"firm-vectors": _weights(config)}, "the weights")
        firms = corpus.firms(country)
        names = _own_names(firms, keywords, patents)
        how = (config.sif_constant, config.seed)
        product_part = product_vectors(firms, keywords, products, config.products.weight, *how)
        technology_part = technology_vectors(firms, corpus, patents, names, config.patents, *how)
        vectors, left_out = firms_with_both(firms, product_part, technology_part, config.patents.language)
        run.set_tags(
            {
                "country": country,
                "language": config.language,
                "patent_language": config.patents.language,
                "page_kinds": page_kinds,
                "simulated": corpus.info.simulated,
                "calibrated": config.calibrated,
                "table_hash": vectors.hash,
            }
        )
        run.log_table("vectors", vectors.to_frame())
        for kind, part in ((PRODUCTS, product_part), (PATENTS, technology_part)):
            words = part.weights.to_frame(firms["firm_id"].tolist())
            run.log_table(kind, words[words["firm_id"].isin(vectors.firms["firm_id"])])
        run.log_metrics(
            {
                "n_firms": len(vectors),
                "n_with_one_keyword": int((vectors.firms["n_keywords"] == 1).sum()),
                "n_with_one_patent": int((vectors.firms["n_patents"] == 1).sum()),
                "keyword_coverage": vectors.firms["keyword_coverage"].mean(),
                "patent_coverage": vectors.firms["patent_coverage"].mean(),
                **{f"left_out/{reason}": count for reason, count in left_out.items()},
            }
        )
    _print_result(name, vectors, left_out, page_kinds, corpus.info.simulated)
    return vectors


def read_vectors(config: DictConfig, corpus: Corpus, country: str) -> tuple[FirmVectors, Lineage]:
    """Newest firm vectors of a country made from this corpus, and their lineage, the run included."""
    run = find_run(config, STAGE, lineage={"corpus": corpus.info.hash}, country=country)
    run_id = run.info.run_id
    name = registered_name(config, STAGE, country)
    return load_vectors(config, run_id), Lineage({**Lineage.from_tags(run.data.tags), name: run_id})


def load_vectors(config: DictConfig, run_id: str) -> FirmVectors:
    """Firm vectors of a given run."""
    return FirmVectors.from_frame(load_table(config, run_id, STAGE), f"run {run_id}, table {STAGE}")


def patents_of_run(config: DictConfig, corpus: Corpus, run_id: str) -> Patents:
    """Patents as a run of this stage read them, of the firms of ``corpus.firms(country)`` in their order.

    Raises
    ------
    LineageError
        If the run was made from another corpus, or from other word vectors than are there now.
    """
    made_with: Any = load_config(config, run_id)
    workspace = Workspace.of(made_with)
    lineage = Lineage.from_tags(connect(config).get_run(run_id).data.tags)
    lineage.merge({"corpus": corpus.info.hash}, f"run {run_id}", f"data.root={corpus.root}")
    code, country = made_with.patents.language, made_with.country.name
    aligned = open_aligned_language(made_with, workspace, code, lineage.get(alignment_name(workspace, code)))
    keywords = load_table(config, lineage[registered_name(made_with, "keywords", country)], "keywords")
    firms = corpus.firms(country)
    names = _own_names(firms, keywords, aligned)
    return read_patents(firms, corpus, aligned, names, made_with.patents, made_with.sif_constant)


def _own_names(firms: pd.DataFrame, keywords: pd.DataFrame, language: AlignedLanguage) -> list[set[str]]:
    """Words of each firm's own names, and of the name in the addresses of its pages."""
    pages = keywords[keywords["url"].notna()]  # a source may not say where a text was
    addresses = zip(pages["firm_id"], pages["url"], strict=True)
    tokenizer = language.language.tokenizer
    return list(names_and_addresses(firms.set_index("firm_id"), addresses, tokenizer).values())


def _weights(config: DictConfig) -> str:
    """How words are weighted; in the lineage, so that only vectors made alike are compared."""
    fields = "+".join(sorted(config.patents.fields))
    weights = f"products {config.products.weight}, patents {config.patents.weight} of {fields}"
    sif = "sif" in (config.products.weight, config.patents.weight)
    return f"{weights}, sif {config.sif_constant:g}" if sif else weights


def _page_kinds(config: DictConfig, keywords_run: MlflowRun) -> str:
    """Kinds of pages that the keywords were made from, in words; refuses others than the configuration's."""
    wanted = kinds_in_words(config.country.page_kinds)
    read = keywords_run.data.tags.get("ipml.page_kinds", wanted)
    if read != wanted:
        raise InputError(
            f"country.page_kinds: {wanted}, but the newest keywords of {config.country.name} were made from "
            f"{read}; give the country.page_kinds of the keywords, or run `ipml keywords` again"
        )
    return read


def _check(config: DictConfig) -> None:
    if not config.sif_constant > 0:
        raise InputError(f"sif_constant={config.sif_constant}: allowed: more than 0")
    choices: Sequence[tuple[str, str, Sequence[str]]] = [
        ("products.weight", config.products.weight, PRODUCT_WEIGHTS),
        ("patents.weight", config.patents.weight, PATENT_WEIGHTS),
        *(("patents.fields", field, PATENT_FIELDS) for field in config.patents.fields),
    ]
    for key, value, allowed in choices:
        if value not in allowed:
            raise choice_error(key, value, allowed)
    if not config.patents.fields:
        raise InputError(f"patents.fields=[]: at least one of {', '.join(PATENT_FIELDS)} is needed")


def _print_result(
    name: str, vectors: FirmVectors, left_out: dict[str, int], page_kinds: str, simulated: bool
) -> None:
    firms = vectors.firms
    counts = firms["firm_type"].fillna("of unknown type").value_counts()
    types = ", ".join(f"{n} {firm_type}" for firm_type, n in counts.items())
    reasons = ", ".join(f"{n} ({reason})" for reason, n in left_out.items())
    lines = [
        f"{name}: {len(vectors)} {'simulated ' if simulated else ''}firms ({types}), table {vectors.hash}",
        f"  words with a vector, mean over firms: {firms['keyword_coverage'].mean():.1%} of the keywords, "
        f"{firms['patent_coverage'].mean():.1%} of the words of patents; page kinds: {page_kinds}",
        f"  firms with one keyword only: {(firms['n_keywords'] == 1).sum()}, with one patent only: "
        f"{(firms['n_patents'] == 1).sum()}",
        f"  firms left out: {reasons}",
    ]
    console.print("\n".join(lines), highlight=False, markup=False, soft_wrap=True)
