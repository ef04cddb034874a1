"""Stage ``vectors``: product and technology vectors of a country's firms, in the reference space."""

import pandas as pd

from ipml.alignment.registered import AlignedLanguage, alignment_name, open_aligned_language
from ipml.console import console
from ipml.corpus import Corpus
from ipml.corpus.firm_names import names_and_addresses
from ipml.dual_attention.data.sites import kinds_in_words
from ipml.errors import InputError
from ipml.settings import Country
from ipml.tracking import Lineage, StoredRun, Workspace
from ipml.vectors.build_vectors import firms_with_both, product_vectors, technology_vectors
from ipml.vectors.firm_vectors import PATENT_COUNTS, PATENTS, PRODUCT_COUNTS, PRODUCTS
from ipml.vectors.patents import Patents, read_patents
from ipml.vectors.settings import VectorsSettings
from ipml.vectors.table import FirmVectors

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
    page_words = open_aligned_language(settings, workspace, settings.language)
    same = settings.patents.language == settings.language
    patent_words = (
        page_words if same else open_aligned_language(settings, workspace, settings.patents.language)
    )
    with workspace.start_run(STAGE, name) as run:
        run.add_lineage({"corpus": corpus.info.hash}, str(corpus.root))
        keywords_name = workspace.name(KEYWORDS, country)
        run.add_lineage(keywords_run.lineage, keywords_name)
        run.add_lineage({keywords_name: keywords_run.id}, keywords_name)
        run.add_lineage(page_words.lineage, f"language {settings.language}")
        run.add_lineage(patent_words.lineage, f"language {settings.patents.language}")
        run.add_lineage({"firm-vectors": _weights(settings)}, "the weights")
        firms = corpus.firms(country)
        names = _own_names(firms, keywords, patent_words)
        constant, seed = settings.sif_constant, settings.seed
        product_part = product_vectors(firms, keywords, page_words, settings.products.weight, constant, seed)
        patents = read_patents(firms, corpus, patent_words, names, settings.patents, constant)
        technology_part = technology_vectors(patents, seed)
        vectors, left_out = firms_with_both(firms, product_part, technology_part, settings.patents.language)
        run.set_tags(
            {
                "country": country,
                "language": settings.language,
                "patent_language": settings.patents.language,
                "page_kinds": page_kinds,
                "simulated": corpus.info.simulated,
                "calibrated": settings.calibrated,
                "table_hash": vectors.hash,
            }
        )
        run.log_table("vectors", vectors.to_frame())
        for kind, part in ((PRODUCTS, product_part), (PATENTS, technology_part)):
            words = part.weights.to_frame(firms["firm_id"].tolist())
            run.log_table(kind, words[words["firm_id"].isin(vectors.firms["firm_id"])])
        for name_of_counts, weight, part in (
            (PRODUCT_COUNTS, settings.products.weight, product_part),
            (PATENT_COUNTS, settings.patents.weight, technology_part),
        ):
            if weight == "sif":  # a served model weighs words of new texts by them
                run.log_table(name_of_counts, part.counts.to_frame())
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


def read_vectors(workspace: Workspace, corpus: Corpus, country: str) -> tuple[FirmVectors, Lineage]:
    """Newest firm vectors of a country made from this corpus, and their lineage, the run included."""
    run = workspace.find_run(STAGE, lineage={"corpus": corpus.info.hash}, country=country)
    lineage = Lineage({**run.lineage, workspace.name(STAGE, country): run.id})
    return load_vectors(workspace, run.id), lineage


def load_vectors(workspace: Workspace, run_id: str) -> FirmVectors:
    """Firm vectors of a given run."""
    return FirmVectors.from_frame(workspace.load_table(run_id, STAGE), f"run {run_id}, table {STAGE}")


def patents_of_run(workspace: Workspace, corpus: Corpus, run_id: str) -> Patents:
    """Patents as a run of this stage read them, of the firms of ``corpus.firms(country)`` in their order.

    Raises
    ------
    LineageError
        If the run was made from another corpus, or from other word vectors than are there now.
    """
    lineage = workspace.get_run(run_id).lineage
    lineage.merge({"corpus": corpus.info.hash}, f"run {run_id}", f"data.root={corpus.root}")
    made_with = workspace.load_settings(run_id, VectorsSettings)
    country = made_with.country.name
    code = made_with.patents.language
    aligned = open_aligned_language(made_with, workspace, code, lineage.get(alignment_name(workspace, code)))
    keywords = workspace.load_table(lineage[workspace.name(KEYWORDS, country)], KEYWORDS)
    firms = corpus.firms(country)
    names = _own_names(firms, keywords, aligned)
    return read_patents(firms, corpus, aligned, names, made_with.patents, made_with.sif_constant)


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
    console.print("\n".join(lines), highlight=False, soft_wrap=True)
