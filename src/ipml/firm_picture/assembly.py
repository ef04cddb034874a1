"""Everything that the picture of a firm shows, from the model, the corpus and the run of the keywords."""

from mlflow.entities import Run as MlflowRun
from omegaconf import DictConfig

from ipml.alignment.lexicons.lexicon import Lexicon
from ipml.corpus import Corpus
from ipml.dual_attention.bundle import Bundle
from ipml.dual_attention.sites import read_sites
from ipml.errors import InputError
from ipml.firm_picture.content import Picture, make_keywords, make_pages
from ipml.firm_picture.firms import Firm, firm_facts, firm_names
from ipml.firm_picture.harmless import visible
from ipml.tracking import RegisteredModel
from ipml.tracking.runs import load_table
from ipml.tracking.store import connect


def make_picture(
    config: DictConfig,
    corpus: Corpus,
    firm: Firm,
    model: RegisteredModel,
    bundle: Bundle,
    keywords_run: MlflowRun,
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
    table, rule = (load_table(config, keywords_run.info.run_id, name) for name in ("keywords", "rule"))
    figures = connect(config).get_run(model.run_id).data.metrics
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
            ("Run of the keywords", keywords_run.info.run_id),
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
    n_folds = len(bundle.folds)
    if firm_id not in bundle.fold_of_firm:
        return f"the mean of all {n_folds} fold models; the firm was not trained on"
    fold = bundle.fold_of_firm[firm_id]
    return f"model of fold {fold + 1} of {n_folds}, the one that was not trained on this firm"


def _sentence(line: str) -> str:
    """A line that the stage ``keywords`` prints, as a sentence."""
    line = line.strip()
    return f"{line[:1].upper()}{line[1:]}."


def _auc(figures: dict[str, float]) -> str:
    value, low, high = (figures[f"test/auc{end}"] for end in ("", "_low", "_high"))
    return f"{value:.3f} [{low:.3f}, {high:.3f}], {figures['n_firms']:.0f} firms"
