"""Stage ``vectors``: product and technology vectors of a country's firms, in the reference space."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from ipml.alignment.registered import AlignedLanguage, alignment_name, open_aligned_language
from ipml.console import console
from ipml.corpus import Corpus
from ipml.corpus.firm_names import names_and_addresses
from ipml.dual_attention.data.sites import kinds_in_words
from ipml.errors import InputError
from ipml.settings import Country
from ipml.tracking import Lineage, Run, StoredRun, Workspace
from ipml.vectors.build_vectors import (
    VectorsOfFirms,
    firms_with_both,
    product_vectors,
    reasons_without,
    technology_vectors,
)
from ipml.vectors.firm_vectors import PATENT_COUNTS, PATENTS, PRODUCT_COUNTS, PRODUCTS
from ipml.vectors.patents import read_patents
from ipml.vectors.settings import VectorsSettings
from ipml.vectors.table import FIRM_VECTORS, TEXTS, FirmVectors
from ipml.vectors.texts.build_texts import (
    PHRASES,
    build_texts,
    encoded_patents,
    how_made,
    open_encoders,
    read_texts_of_patents,
)

STAGE, KEYWORDS = "vectors", "keywords"


def build(settings: VectorsSettings, workspace: Workspace, corpus: Corpus) -> FirmVectors:
    """Make the vectors of a country's firms from its newest keywords and its patents, and save the table.

    Parameters
    ----------
    settings, workspace
        Of ``ipml vectors``.
    corpus
        The corpus the keywords were made from.

    Raises
    ------
    InputError
        If there is no keywords run or no alignment to read, or no firm has both vectors.
    """
    country = settings.country.name
    name = workspace.name(STAGE, country)
    keywords_run = workspace.find_run(
        KEYWORDS, lineage={"corpus": corpus.info.hash}, country=country, language=settings.language
    )
    page_kinds = _page_kinds(settings.country, keywords_run)
    keywords = workspace.load_table(keywords_run.id, KEYWORDS)
    firms = corpus.firms(country)
    with workspace.start_run(STAGE, name) as run:
        run.add_lineage({"corpus": corpus.info.hash}, str(corpus.root))
        keywords_name = workspace.name(KEYWORDS, country)
        run.add_lineage(keywords_run.lineage, keywords_name)
        run.add_lineage({keywords_name: keywords_run.id}, keywords_name)
        make = _of_texts if settings.vectors.kind == TEXTS else _of_words
        parts = make(settings, workspace, corpus, firms, keywords, run)
        reasons = reasons_without(settings.patents.language, settings.vectors.kind)
        vectors, left_out = firms_with_both(firms, parts.products, parts.technology, reasons)
        run.set_tags(
            {
                "country": country,
                "language": settings.language,
                "patent_language": settings.patents.language,
                "page_kinds": page_kinds,
                "simulated": corpus.info.simulated,
                "calibrated": settings.calibrated,
                "vectors": settings.vectors.kind,
                "table_hash": vectors.hash,
            }
        )
        run.log_table("vectors", vectors.to_frame())
        for kind, table in parts.tables.items():
            run.log_table(kind, table[table["firm_id"].isin(vectors.firms["firm_id"])])
        for kind, table in parts.counts.items():
            run.log_table(kind, table)
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
    _print_result(name, vectors, left_out, page_kinds, corpus.info.simulated, parts.encoder)
    return vectors


@dataclass(frozen=True)
class _Parts:
    """Both vectors of all firms, tables of what they are means of, counts of words, and what encoded whole texts."""

    products: VectorsOfFirms
    technology: VectorsOfFirms
    tables: dict[str, pd.DataFrame]
    counts: dict[str, pd.DataFrame]
    encoder: str | None = None


def _of_words(
    settings: VectorsSettings,
    workspace: Workspace,
    corpus: Corpus,
    firms: pd.DataFrame,
    keywords: pd.DataFrame,
    run: Run,
) -> _Parts:
    page_words = open_aligned_language(settings, workspace, settings.language)
    same = settings.patents.language == settings.language
    patent_words = (
        page_words if same else open_aligned_language(settings, workspace, settings.patents.language)
    )
    run.add_lineage(page_words.lineage, f"language {settings.language}")
    run.add_lineage(patent_words.lineage, f"language {settings.patents.language}")
    run.add_lineage({FIRM_VECTORS: _weights(settings)}, "the weights")
    names = _own_names(firms, keywords, patent_words)
    constant, seed = settings.sif_constant, settings.seed
    products = product_vectors(firms, keywords, page_words, settings.products.weight, constant, seed)
    patents = read_patents(firms, corpus, patent_words, names, settings.patents, constant)
    technology = technology_vectors(patents, seed)
    firm_ids = firms["firm_id"].tolist()
    tables = {PRODUCTS: products.weights.to_frame(firm_ids), PATENTS: technology.weights.to_frame(firm_ids)}
    counts = {
        name: part.counts.to_frame()
        for name, weight, part in (
            (PRODUCT_COUNTS, settings.products.weight, products),
            (PATENT_COUNTS, settings.patents.weight, technology),
        )
        if weight == "sif"  # a served model weighs words of new texts by them
    }
    return _Parts(products, technology, tables, counts)


def _of_texts(
    settings: VectorsSettings,
    workspace: Workspace,
    corpus: Corpus,
    firms: pd.DataFrame,
    keywords: pd.DataFrame,
    run: Run,
) -> _Parts:
    encoders = open_encoders(settings, workspace)
    for code, lineage in encoders.lineage.items():
        run.add_lineage(lineage, f"language {code}")
    run.add_lineage({FIRM_VECTORS: how_made(settings, encoders.name)}, "the texts")
    made = build_texts(settings, corpus, firms, keywords, encoders)
    return _Parts(made.products, made.technology, {PHRASES: made.phrases}, {}, encoders.name)


def read_vectors(workspace: Workspace, corpus: Corpus, country: str) -> tuple[FirmVectors, Lineage]:
    """Newest firm vectors of a country made from this corpus, and their lineage, the run included."""
    run = workspace.find_run(STAGE, lineage={"corpus": corpus.info.hash}, country=country)
    lineage = Lineage({**run.lineage, workspace.name(STAGE, country): run.id})
    return load_vectors(workspace, run.id), lineage


def load_vectors(workspace: Workspace, run_id: str) -> FirmVectors:
    """Firm vectors of a given run."""
    return FirmVectors.from_frame(workspace.load_table(run_id, STAGE), f"run {run_id}, table {STAGE}")


class PatentVectors(NamedTuple):
    """m patents of firms: their rows of the corpus, which have a vector (m,), and the vectors of all (m, d)."""

    table: pa.Table
    known: npt.NDArray[np.bool_]
    vectors: npt.NDArray[np.float64]


def patents_of_run(workspace: Workspace, corpus: Corpus, run_id: str) -> PatentVectors:
    """Patents as a run of this stage read them, of the firms of ``corpus.firms(country)``.

    Raises
    ------
    LineageError
        If the run was made from another corpus, or from other word vectors than are there now.
    """
    lineage = workspace.get_run(run_id).lineage
    lineage.merge({"corpus": corpus.info.hash}, f"run {run_id}", f"data.root={corpus.root}")
    made_with = workspace.load_settings(run_id, VectorsSettings)
    country, code = made_with.country.name, made_with.patents.language
    keywords = workspace.load_table(lineage[workspace.name(KEYWORDS, country)], KEYWORDS)
    firms = corpus.firms(country)
    if made_with.vectors.kind == TEXTS:
        encoders = open_encoders(made_with, workspace, lineage.get)
        whole = read_texts_of_patents(made_with, corpus, firms, keywords, encoders)
        encoded = encoded_patents(whole, encoders, code).astype(np.float64)
        return PatentVectors(whole.table, np.asarray(encoded.any(axis=1)), encoded)
    aligned = open_aligned_language(made_with, workspace, code, lineage.get(alignment_name(workspace, code)))
    names = _own_names(firms, keywords, aligned)
    patents = read_patents(firms, corpus, aligned, names, made_with.patents, made_with.sif_constant)
    vectors = patents.of_words @ patents.word_vectors.astype(np.float64)
    return PatentVectors(patents.table, np.diff(patents.of_words.indptr) > 0, vectors)


def _own_names(firms: pd.DataFrame, keywords: pd.DataFrame, language: AlignedLanguage) -> list[set[str]]:
    """Words of each firm's own names, and of the name in the addresses of its pages."""
    pages = keywords[keywords["url"].notna()]  # a source may not say where a text was
    addresses = zip(pages["firm_id"], pages["url"], strict=True)
    tokenizer = language.language.tokenizer
    return list(names_and_addresses(firms.set_index("firm_id"), addresses, tokenizer).values())


def _weights(settings: VectorsSettings) -> str:
    """How words are weighted; in the lineage, so that only vectors made alike are compared."""
    products, patents = settings.products.weight, settings.patents.weight
    weights = f"products {products}, patents {patents} of {'+'.join(sorted(settings.patents.fields))}"
    return f"{weights}, sif {settings.sif_constant:g}" if "sif" in (products, patents) else weights


def _page_kinds(country: Country, keywords_run: StoredRun) -> str:
    """Kinds of pages that the keywords were made from, in words; refuses others than the configuration's."""
    wanted = kinds_in_words(country.page_kinds)
    read = keywords_run.tags.get("page_kinds", wanted)
    if read != wanted:
        raise InputError(
            f"country.page_kinds: {wanted}, but the newest keywords of {country.name} were made from "
            f"{read}; give the country.page_kinds of the keywords, or run `ipml keywords` again"
        )
    return read


def _print_result(
    name: str,
    vectors: FirmVectors,
    left_out: dict[str, int],
    page_kinds: str,
    simulated: bool,
    encoder: str | None,
) -> None:
    firms = vectors.firms
    counts = firms["firm_type"].fillna("of unknown type").value_counts()
    types = ", ".join(f"{n} {firm_type}" for firm_type, n in counts.items())
    reasons = ", ".join(f"{n} ({reason})" for reason, n in left_out.items())
    keywords, patents = (f"{firms[f'{side}_coverage'].mean():.1%}" for side in ("keyword", "patent"))
    what, share = (
        (
            "keyword",
            f"words with a vector, mean over firms: {keywords} of the keywords, {patents} of the words of patents",
        )
        if encoder is None
        else (
            "phrase",
            f"mean over firms: {keywords} of the keywords stand in its phrases, {patents} of the patents have a "
            f"vector; encoder: {encoder}",
        )
    )
    lines = [
        f"{name}: {len(vectors)} {'simulated ' if simulated else ''}firms ({types}), table {vectors.hash}",
        f"  {share}; page kinds: {page_kinds}",
        f"  firms with one {what} only: {(firms['n_keywords'] == 1).sum()}, with one patent only: "
        f"{(firms['n_patents'] == 1).sum()}",
        f"  firms left out: {reasons}",
    ]
    console.print("\n".join(lines), highlight=False, soft_wrap=True)
