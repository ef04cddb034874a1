"""Page weights of whole sites, by networks trained on mixed sites in several set-ups, and by controls."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from benchmarks.mixed_sites import Mixed, encode_sites
from benchmarks.page_figures import PageTruth
from benchmarks.page_recovery import untrained
from benchmarks.site_mixes import FEWEST, LabelledText, in_lines, mix, other_pages, unit_cutter, whole_sites
from benchmarks.site_pages import PRODUCT_KINDS, SitePage
from ipml.dual_attention.bundle import Bundle
from ipml.dual_attention.data.sites import Sites
from ipml.dual_attention.network.attention import page_attention
from ipml.dual_attention.settings import DualAttentionTraining
from ipml.dual_attention.training.cross_fitting import cross_fit
from ipml.errors import InputError
from ipml.text import Language

Weights = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Setup:
    """How pages are cut, trained on and weighed.

    Attributes
    ----------
    units
        What word attention weighs: ``phrases`` or ``words``.
    repeats
        Keep the lines that repeat over the pages of a firm.
    page_attention
        In training; None: as the settings say.
    sharpened
        Weigh by the sparsemax of the mean page scores of all networks, whatever they were trained with: the
        logarithm of a softmax is the score, but for a constant of the firm.
    """

    units: str = "phrases"
    repeats: bool = True
    page_attention: str | None = None
    sharpened: bool = False


CHOSEN = "phrases, softmax then sparsemax"  # largest smaller ratio of both languages on the development sites
SETUPS = {
    CHOSEN: Setup(page_attention="softmax", sharpened=True),
    "phrases": Setup(),
    "phrases, repeated lines left out": Setup(repeats=False),
    "words, softmax then sparsemax": Setup("words", page_attention="softmax", sharpened=True),
    "words": Setup("words"),
}
N_DRAWS = 3  # of controls with chance in them


@dataclass(frozen=True)
class Task:
    """What is judged: whole sites of a part, by networks trained on mixes of other sites.

    Attributes
    ----------
    vectors
        Language with its vectors and tokenizer.
    sites
        All whole sites in the language.
    judged
        Firms whose sites are judged; their pages are in no mix.
    labelled
        Product texts and labels, of other firms.
    n_firms, n_networks
        Labelled firms to draw, and networks to train, each on all of them but one in so many.
    mention
        Of `mix`.
    """

    language: str
    vectors: Language
    sites: dict[str, list[SitePage]]
    judged: Sequence[str]
    labelled: dict[str, LabelledText]
    settings: DualAttentionTraining
    n_firms: int
    n_networks: int
    mention: float


@dataclass(frozen=True)
class Judged:
    """Page weights of whole sites: several sets where a control has chance in it, else one.

    Attributes
    ----------
    pages
        The G pages, firm after firm.
    lengths
        Units of each, (G,).
    weights
        Of each page, (G,).
    """

    name: str
    pages: Sequence[SitePage]
    lengths: Weights
    weights: Sequence[Weights]

    def truth(self, corrected: bool) -> PageTruth:
        """Which pages are on products and services, by the kinds of the data or by the corrected ones."""
        firms = [page.firm_id for page in self.pages]
        starts = [place for place, firm_id in enumerate(firms) if place == 0 or firms[place - 1] != firm_id]
        kinds = [page.corrected if corrected else page.kind for page in self.pages]
        is_product = np.array([kind in PRODUCT_KINDS for kind in kinds])
        return PageTruth(np.array([*starts, len(firms)], dtype=np.int64), is_product)

    def designers(self, truth: PageTruth) -> list[str]:
        """Who made the site of each firm that has a product page and another one."""
        first = truth.page_offsets[:-1][truth.has_both]
        return [self.pages[place].designer for place in first]


def together(parts: Sequence[Judged]) -> Judged:
    """Join what was judged of several parts of the sites, each by networks of its own."""
    pages = [page for part in parts for page in part.pages]
    lengths, weights = ([getattr(part, name) for part in parts] for name in ("lengths", "weights"))
    return Judged(
        parts[0].name, pages, np.concatenate(lengths), [np.concatenate([own[0] for own in weights])]
    )


def page_weights(task: Task, name: str, with_controls: bool) -> Iterator[Judged]:
    """Train in a set-up and yield the weights of the judged pages, and those of the controls if asked for."""
    setup = SETUPS[name]
    cut = unit_cutter(setup.units, task.vectors.tokenizer)
    others = other_pages(task.sites, task.judged, setup.units, cut, setup.repeats)
    products = {firm_id: cut(own.text) for firm_id, own in task.labelled.items()}
    products = {firm_id: own for firm_id, own in products.items() if len(own) >= FEWEST[setup.units]}
    if not products or not others:
        raise InputError(
            f"languages={task.language}: {len(products)} product texts, {len(others)} kinds of other pages"
        )
    seed = task.settings.seed
    drawn = np.random.default_rng(seed).permutation(sorted(products))[: task.n_firms]
    mixed = mix({firm_id: products[firm_id] for firm_id in sorted(drawn)}, others, task.mention, seed)
    whole, pages = whole_sites(task.sites, task.judged, cut, setup.repeats)
    reading = in_lines(task.vectors)
    learnt, judged = encode_sites(mixed, reading, "\n"), encode_sites(whole, reading, "\n")
    labels = np.array([task.labelled[firm_id].label for firm_id in learnt.firm_ids], dtype=np.float32)
    lengths = np.array([float(len(page)) for page in whole.pages])

    def of(title: str, *weights: Weights) -> Judged:
        return Judged(title, pages, lengths, weights)

    yield of(name, _weigh(_trained(task, setup, learnt, labels, f"{task.language}, {name}"), setup, judged))
    if with_controls:
        draws = range(N_DRAWS)
        shuffled = [np.random.default_rng(draw).permutation(labels) for draw in draws]
        yield of(
            "shuffled labels",
            *(
                _weigh(
                    _trained(task, setup, learnt, own, f"{task.language}, shuffled {draw + 1}"), setup, judged
                )
                for draw, own in enumerate(shuffled)
            ),
        )
        settings = _settings(task, setup)
        yield of("untrained", *(_weigh(untrained(learnt, settings, draw), setup, judged) for draw in draws))
        yield of("TF-IDF", tf_idf_weights(mixed, labels, whole, judged))
        yield of("length of the page", lengths)


def sharpened(by_network: npt.NDArray[np.floating], sites: Sites) -> Weights:
    """Sparsemax, firm by firm, of the mean logarithm of the softmax weights of several networks, (n, G)."""
    scores = np.log(np.maximum(by_network, np.finfo(np.float32).tiny)).mean(axis=0)
    return _sparsemax(scores, sites)


def tf_idf_weights(mixed: Mixed, labels: npt.NDArray[np.float32], whole: Mixed, judged: Sites) -> Weights:
    """Weights by a logistic regression on one to three characters, learnt from whole mixed sites.

    A page's score is its logit, in standard deviations within the firm; sparsemax makes it a weight.
    """
    texts: dict[str, list[str]] = {}
    for firm_id, page in zip(mixed.firm_ids, mixed.pages, strict=True):
        texts.setdefault(firm_id, []).extend(page)
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=3, sublinear_tf=True)
    model = make_pipeline(vectorizer, LogisticRegression(C=10, max_iter=1000))
    model.fit([" ".join(units) for units in texts.values()], labels > 0)
    logits = model.decision_function([" ".join(page) for page in whole.pages])
    firm, n_firms = judged.firm_of_page, len(judged)
    mean = np.bincount(firm, logits, n_firms) / judged.n_pages
    deviation = np.sqrt(np.bincount(firm, (logits - mean[firm]) ** 2, n_firms) / judged.n_pages)
    return _sparsemax((logits - mean[firm]) / np.maximum(deviation, 1e-9)[firm], judged)


def _sparsemax(scores: Weights, sites: Sites) -> Weights:
    has_words = torch.from_numpy(np.asarray(sites.counts.sum(axis=1)).ravel() > 0)
    values, n_pages = torch.from_numpy(scores.astype(np.float32)), torch.from_numpy(sites.n_pages)
    weights: Weights = page_attention(values, has_words, n_pages, "sparsemax").numpy()
    return weights


def _trained(task: Task, setup: Setup, sites: Sites, labels: npt.NDArray[np.float32], line: str) -> Bundle:
    settings = _settings(task, setup)
    return cross_fit(sites, labels, settings.model, settings.trainer, settings.seed, description=line)


def _settings(task: Task, setup: Setup) -> DualAttentionTraining:
    """Settings of the task with as many folds as networks and the page attention of the set-up."""
    model = task.settings.model
    attention = {} if setup.page_attention is None else {"page_attention": setup.page_attention}
    network = model.network.model_copy(update=attention)
    return task.settings.model_copy(
        update={"model": model.model_copy(update={"n_folds": task.n_networks, "network": network})}
    )


def _weigh(bundle: Bundle, setup: Setup, judged: Sites) -> Weights:
    """Mean weights of the networks, none of which knows the firms."""
    if setup.sharpened:
        return sharpened(bundle.page_weights_by_member(judged), judged)
    return bundle.score(judged).page_weights
