"""Planted product words of each firm found again, at a precision of 0.9: dual attention against KeyBERT and TF-IDF.

Every method ranks all words of all firms of a country by its score; the figure is the share of the planted product
words above the threshold at which nine in ten are planted: product words on the product pages of their firm. A second
figure also counts as right a product word of the firm that stands on its other pages alone, as where product words
leak. Words without a vector cannot be found and count as missed. Options: ``data=simulated_hard`` (default:
``simulated``), ``countries=JP,US,CN``, overrides of the world and the model as ``data.world.pages.leakage=0.15`` or
``model.n_folds=3``, and ``paths.root=DIR``. Figures of another world than the default one have its name in theirs.
"""

import numpy as np
import numpy.typing as npt
from rich.table import Table

from benchmarks.figures import Figure, Measured
from benchmarks.page_worlds import World, simulated_world
from benchmarks.result import report
from ipml.cli.dispatch import open_corpus
from ipml.codes import code_names
from ipml.config import compose_settings
from ipml.console import console, track
from ipml.dual_attention.bundle import SiteScores
from ipml.dual_attention.data.sites import Sites
from ipml.dual_attention.diagnostics.member_keywords import FirmWords
from ipml.dual_attention.keywords.contrast import fold_contrast
from ipml.dual_attention.keywords.selection import select
from ipml.dual_attention.settings import DualAttentionTraining, KeywordsSettings
from ipml.dual_attention.training.cross_fitting import cross_fit
from ipml.errors import choice_error
from ipml.settings import Selection
from ipml.simulation import load_truth
from ipml.statistics.intervals import percentile_interval, resampling_weights
from ipml.text import open_language

NAME = "keyword_recovery"
PRECISION, TARGET_RECALL, N_RESAMPLES = 0.9, 0.8, 200
MODEL = "dual attention, contrast"
PAGES = "dual attention, contrast and pages"


class Pairs(FirmWords):
    """Distinct words of firms, with scores."""

    def best(self, of_entry: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
        """Highest score of each pair on any page, (m,)."""
        scores = np.full(len(self.firm), -np.inf)
        np.maximum.at(scores, self.of_entry, of_entry)
        return scores


def run(options: dict[str, str]) -> Measured:
    """Print recall at that precision for each method and country; the figure is the smallest of the countries."""
    known = code_names("country")
    countries = options.pop("countries", ",".join(known)).split(",")
    for country in countries:
        if country not in known:
            raise choice_error("countries", country, known)
    overrides = [f"{key}={value}" for key, value in options.items()]
    changed = [f"{key}={value}" for key, value in options.items() if key.startswith("data")]
    prefix = "".join(f"{change}/" for change in sorted(changed) if not change.startswith("data.root="))
    table = Table(
        "country",
        "method",
        f"recall at precision {PRECISION}",
        "words of any page right",
        "average precision",
        title=f"Planted product words (simulated{', ' * bool(changed)}{', '.join(changed)})",
    )
    recalls: dict[str, list[float]] = {}
    n_firms = 0
    figures: list[Figure] = []
    for country in track(countries, "countries"):
        world = simulated_world(country, overrides)
        n_firms += len(world.sites)
        is_planted, n_planted = planted_pairs(world)
        scored, of_rule = ranked(world)
        is_product = product_pairs(world)
        figures += [
            Figure(f"{prefix}default rule/{name}/{country}", value) for name, value in of_rule.items()
        ]
        for method, scores in scored.items():
            recall, area = recall_at_precision(scores, is_planted, n_planted.sum(), np.ones(len(scores)))
            low, high = interval(world.sites, scores, is_planted, n_planted)
            anywhere, _ = recall_at_precision(
                scores, is_planted, n_planted.sum(), np.ones(len(scores)), is_product
            )
            said = f"{recall:.3f} [{low:.3f}, {high:.3f}]"
            table.add_row(country, method, said, f"{anywhere:.3f}", f"{area:.3f}")
            name = f"{prefix}words/{method}/{country}"
            figures.append(Figure(name, recall, low, high, len(world.sites), "share"))
            figures.append(Figure(f"{prefix}words of any page/{method}/{country}", anywhere))
            recalls.setdefault(method, []).append(recall)
        table.add_section()
    console.print(table)
    report(
        NAME,
        value=round(max(min(recalls[MODEL]), min(recalls[PAGES])), 4),
        unit=f"recall at precision {PRECISION}, smallest of {', '.join(countries)}, by contrast with or without pages "
        "(peer: best of KeyBERT and TF-IDF)",
        target=TARGET_RECALL,
        peer=round(max(*recalls["KeyBERT"], *recalls["TF-IDF"]), 4),
        n=n_firms,
        seed=0,
    )
    return Measured("attention", figures, str(world.settings.seed))


def on_attended_pages(
    pairs: Pairs, page_weights: npt.NDArray[np.floating], contrast: npt.NDArray[np.floating], least: float
) -> npt.NDArray[np.float64]:
    """Chance that a pair stands on a page on products, were the page weights chances and independent, (m,).

    Parameters
    ----------
    page_weights, contrast
        Of the page and the word of each entry, (E,).
    least
        Contrast below which a word is never a keyword.
    """
    missed = np.bincount(pairs.of_entry, weights=np.log1p(-page_weights.clip(max=1 - 1e-6)))
    best = pairs.best(contrast)
    return np.where((best >= least) & (missed < 0), -np.expm1(missed), -np.inf)


def ranked(world: World) -> tuple[dict[str, npt.NDArray[np.float64]], dict[str, float]]:
    """Score of each pair of a firm and a word by each method, (m,), and figures of the default rule.

    Minus infinity: never a keyword.
    """
    settings, sites = world.settings, world.sites
    pairs = Pairs.of(sites)
    bundle = cross_fit(sites, world.labels, settings.model, settings.trainer, settings.seed)
    scores, contrast = bundle.score(sites), fold_contrast(bundle, sites)
    of_rule = rule_figures(world, scores, contrast)
    page_weights = np.repeat(scores.page_weights, np.diff(sites.counts.indptr))
    attention = page_weights * scores.word_weights / sites.counts.data
    attended = np.where(page_weights > 0, attention if contrast is None else contrast, -np.inf)
    frequency = np.bincount(pairs.of_entry, weights=sites.counts.data)
    n_firms_of_word = np.bincount(pairs.word, minlength=len(sites.words))
    scored = {
        MODEL: pairs.best(attended),
        PAGES: pairs.best(attended)
        if contrast is None
        else on_attended_pages(pairs, page_weights, contrast, default_rule().min_contrast or 0.0),
        "dual attention, attention alone": pairs.best(attention),
        "KeyBERT": pairs.best(keybert_cosines(settings, sites)),
        "TF-IDF": (1 + np.log(frequency)) * np.log(len(sites) / n_firms_of_word[pairs.word]),
        "random": np.random.default_rng(settings.seed).random(len(pairs.firm)),
    }
    return scored, of_rule


def keybert_cosines(settings: DualAttentionTraining, sites: Sites) -> npt.NDArray[np.floating]:
    """Cosine of each word with its page by KeyBERT, the mean word vector being the encoder, (E,)."""
    from ipml.keyword_comparison.keybert_words import page_texts, word_cosines
    from ipml.keyword_comparison.sentence_encoders import open_sentence_encoder

    corpus, language = open_corpus(settings.data), open_language(settings.embeddings, settings.language)
    encoder = open_sentence_encoder({"kind": "word_vectors"}, language)
    return word_cosines(
        sites, page_texts(corpus, sites, language.code, None, settings.model.max_pages), encoder
    )


def default_rule() -> Selection:
    """The rule of ``ipml keywords``."""
    rule = compose_settings("keywords")
    assert isinstance(rule, KeywordsSettings)
    return rule.selection


def rule_figures(
    world: World, scores: SiteScores, contrast: npt.NDArray[np.float64] | None
) -> dict[str, float]:
    """Print precision and recall of the keywords by the default rule."""
    rule = default_rule()
    selected = select(world.sites, scores, contrast, {}, rule)
    pairs, (is_planted, n_planted) = Pairs.of(world.sites), planted_pairs(world)
    chosen = pairs.best(selected.taken.astype(float)) > 0
    hits = (chosen & is_planted).sum()
    found = {
        "precision": float(hits / chosen.sum()),
        "recall": float(hits / n_planted.sum()),
        "words a firm": float(chosen.sum() / len(world.sites)),
        "by chance": float(is_planted.mean()),
        "precision, words of any page": float((chosen & product_pairs(world)).sum() / chosen.sum()),
    }
    said = ", ".join(f"{name} {value:.4g}" for name, value in found.items())
    console.print(f"{world.title}: keywords by the default rule: {said}", highlight=False)
    return found


def planted_pairs(world: World) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """Whether each pair is a planted product word, (m,); planted words of each firm, without a vector too, (F,)."""
    sites, pairs = world.sites, Pairs.of(world.sites)
    firms = load_truth(world.settings.data.root).firms.set_index("firm_id").loc[list(sites.firm_ids)]
    number = {word: place for place, word in enumerate(sites.words)}
    planted = [
        firm * len(sites.words) + number[word]
        for firm, words in enumerate(firms["product_words"])
        for word in words
        if word in number
    ]
    return np.isin(pairs.firm * len(sites.words) + pairs.word, planted), firms["product_words"].map(
        len
    ).to_numpy()


def product_pairs(world: World) -> npt.NDArray[np.bool_]:
    """Whether the word of each pair is a product word, on whichever page of the firm it stands, (m,)."""
    firms = load_truth(world.settings.data.root).firms
    known = {word for words in firms["product_words"] for word in words}
    is_product = np.array([word in known for word in world.sites.words])
    return np.asarray(is_product[Pairs.of(world.sites).word])


def recall_at_precision(
    scores: npt.NDArray[np.floating],
    is_planted: npt.NDArray[np.bool_],
    n_planted: float,
    weights: npt.NDArray[np.floating],
    is_right: npt.NDArray[np.bool_] | None = None,
) -> tuple[float, float]:
    """Largest recall at a threshold where precision is high enough, and average precision; pairs have weights.

    Parameters
    ----------
    is_right
        Pairs that count for precision, (m,); None: those that are planted.
    """
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    hits, all_ = np.cumsum((weights * is_planted)[order]), np.cumsum(weights[order])
    right = np.cumsum((weights * (is_planted if is_right is None else is_right))[order])
    ends = np.append(ordered[1:] != ordered[:-1], True) & (ordered > -np.inf) & (all_ > 0)
    hits, all_ = hits[ends], all_[ends]
    precision = right[ends] / all_
    good = hits[precision >= PRECISION]
    area = float((np.diff(hits, prepend=0) * precision).sum() / n_planted)
    return float(good.max(initial=0) / n_planted), area


def interval(
    sites: Sites,
    scores: npt.NDArray[np.floating],
    is_planted: npt.NDArray[np.bool_],
    n_planted: npt.NDArray[np.int64],
) -> tuple[float, float]:
    """95 % bootstrap interval of the recall over firms."""
    firm = Pairs.of(sites).firm
    resampled = [
        recall_at_precision(scores, is_planted, times @ n_planted, times[firm])[0]
        for times in resampling_weights(len(sites), N_RESAMPLES, seed=0)
    ]
    return percentile_interval(np.array(resampled))
