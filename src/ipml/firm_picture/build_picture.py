"""Everything that the picture of a firm shows, from the model, the corpus and the run of the keywords."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from ipml.alignment.lexicons.lexicon import Lexicon
from ipml.corpus import Corpus
from ipml.dual_attention.bundle import Bundle
from ipml.dual_attention.data.sites import read_sites
from ipml.errors import InputError
from ipml.firm_picture.content import Picture, make_keywords, make_pages
from ipml.firm_picture.harmless import visible
from ipml.tracking import RegisteredModel, StoredRun, Workspace

Firm = dict[str, Any]  # column of the table of firms to value
_NAMED = 5


def find_firm(corpus: Corpus, country: str, firm_id: str) -> Firm:
    """Find the row of a firm in the table of firms.

    Raises
    ------
    InputError
        If the country has no such firm; the message names firms whose identifier is near.
    """
    firms = corpus.firms()
    row = firms[firms["firm_id"] == firm_id]
    said = visible(firm_id)
    if row.empty:
        own = firms.loc[firms["country"] == country, "firm_id"].tolist()
        near = get_close_matches(firm_id, own, n=_NAMED) or own[:_NAMED]
        listed = ", ".join(visible(other) for other in near) or "none"
        raise InputError(
            f"firm={said}: not among the {len(own):,} firms of country={country} in {corpus.root}; near: {listed}"
        )
    found = {str(column): value for column, value in row.iloc[0].items()}
    if found["country"] != country:
        raise InputError(
            f"firm={said}: a firm of {found['country']}; allowed with it: country={found['country']}"
        )
    return found


def firm_names(firm: Firm) -> tuple[str, ...]:
    """List the known names of a firm, the English one first, each once."""
    names = [firm[column] for column in ("name", "name_local")]
    return tuple(dict.fromkeys(name for name in names if isinstance(name, str) and name.strip()))


def firm_facts(firm: Firm) -> list[tuple[str, str]]:
    """List label and text of what the table of firms says of a firm."""
    patents = {True: "yes", False: "no"}.get(firm["has_patent"], "unknown")
    known = {
        name: firm[name].replace("_", " ") if isinstance(firm[name], str) else "unknown"
        for name in ("firm_type", "industry")
    }
    return [
        ("Firm", firm["firm_id"]),
        ("Country", firm["country"]),
        ("Type", known["firm_type"]),
        ("Industry", known["industry"]),
        ("Holds patents, as listed", patents),
    ]


def make_picture(
    workspace: Workspace,
    corpus: Corpus,
    firm: Firm,
    model: RegisteredModel,
    bundle: Bundle,
    keywords_run: StoredRun,
    lexicon: Lexicon | None,
) -> Picture:
    """Score the firm's site, read its pages again in order, and put everything shown together."""
    firm_id, reading = firm["firm_id"], bundle.reading
    language = bundle.open_language()
    try:
        sites = read_sites(corpus, [firm_id], language, **reading)
    except InputError as error:
        raise InputError(f"firm={visible(firm_id)}: {error}") from error
    scores = bundle.score(sites)
    texts = corpus.pages([firm_id], language.code, reading["page_kinds"])["text"].to_pylist()
    tokens = list(language.tokenizer.tokenize(texts[: reading["max_pages"]]))
    table, rule = (workspace.load_table(keywords_run.id, name) for name in ("keywords", "rule"))
    figures = workspace.get_run(model.run_id).metrics
    labelled = corpus.firms(firm["country"])["has_patent"].dropna().astype(bool)
    return Picture(
        firm_id=firm_id,
        names=firm_names(firm),
        language=language.code,
        simulated=corpus.info.simulated,
        facts=[
            *firm_facts(firm),
            (
                "Holds patents, as predicted",
                f"probability {float(scores.probabilities[0]):.2f}; of all {len(labelled):,} labelled firms "
                f"{labelled.mean():.0%} do",
            ),
            ("Weights and prediction by", scored_by(bundle, firm_id)),
        ],
        sources=[
            ("Model", f"{model.name} version {model.version}"),
            ("Its cross-fitted AUC, 95 % interval over firms", _auc(figures)),
            ("Run of the keywords", keywords_run.id),
            ("Corpus", f"{corpus.info.hash}{' (simulated)' if corpus.info.simulated else ''}"),
            ("Word vectors", language.vectors.fingerprint),
            ("Tokenizer", language.tokenizer.fingerprint),
            ("Dictionary of the glosses", "none" if lexicon is None else lexicon.fingerprint),
            ("Seed of the model", str(bundle.settings["seed"])),
        ],
        pages=make_pages(sites, scores, tokens, reading["max_tokens"]),
        n_unread=len(texts) - len(tokens),
        keywords=make_keywords(
            table[table["firm_id"] == firm_id], {} if lexicon is None else lexicon.translations()
        ),
        rule=[_sentence(line) for line in rule["line"]],
        glossed=lexicon is not None,
    )


def scored_by(bundle: Bundle, firm_id: str) -> str:
    """Say which fold models `Bundle.score` asks about a firm; none of them was trained on it."""
    if firm_id not in bundle.fold_of_firm:
        return f"the mean of all {len(bundle.folds)} fold models; the firm was not trained on"
    fold = bundle.fold_of_firm[firm_id]
    of_fold = sum(own == fold for own, _ in bundle.members)
    models = "model" if of_fold == 1 else f"mean of the {of_fold} models"
    which = "the one that was" if of_fold == 1 else "those that were"
    return f"{models} of fold {fold + 1} of {bundle.n_folds}, {which} not trained on this firm"


def _sentence(line: str) -> str:
    """Make a sentence of a line that the stage ``keywords`` prints."""
    line = line.strip()
    return f"{line[:1].upper()}{line[1:]}."


def _auc(figures: Mapping[str, float]) -> str:
    value, low, high = (figures.get(f"test/auc{end}") for end in ("", "_low", "_high"))
    interval = "" if low is None or high is None else f" [{low:.3f}, {high:.3f}]"
    return f"{'not known' if value is None else f'{value:.3f}'}{interval}, {figures['n_firms']:.0f} firms"
