"""Moments of texts, firms and word vectors that real and simulated firms are compared by: pure functions."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from sklearn.cluster import KMeans
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline

from ipml.statistics.angles import Array, directions
from ipml.statistics.classification import area_under_roc

Words = list[str]
N_CLUSTERS, N_COMPONENTS = 12, 5
MIN_FIRMS = 60  # for moments of firms' vectors
_GROWTH = (2_000, 20_000)  # words between which the growth of the vocabulary is measured
_MOST_WORDS = 20_000  # of a firm, for TF-IDF
Key = TypeVar("Key")
GROWTH, TOKENS = "growth of the vocabulary", "words a page"
COMMON, PURITY = "words common to pages", "purity of 12 clusters of pages"
FIRM_COSINE, SPECTRUM = "cosine of two firms", "variance in five components"
A_COSINE, MEAN_COSINE = "cosine of A", "cosine of mean P"
AUC, ACCURACY = "AUC of TF-IDF", "AC@1, {} words"
BANDS = ("frequent", "middling", "rare")
MOMENTS = (
    *(GROWTH, TOKENS, COMMON, PURITY, FIRM_COSINE, SPECTRUM, A_COSINE, MEAN_COSINE, AUC),
    *(ACCURACY.format(band) for band in BANDS),
)


Pairs = list[tuple[str, str]]
MOST_PATENTS, LEAST_PATENTS = 10, 3  # of a firm: that count, and that it needs


@dataclass(frozen=True)
class Vectors:
    """Row of each word, the most frequent first, and the vectors, shape (n, d)."""

    rows: Mapping[str, int]
    array: npt.NDArray[np.float32]

    def means(self, texts: Mapping[Key, Words]) -> dict[Key, Array]:
        """Mean vector of the known words of each text, shape (d,); texts without any are left out."""
        known = {
            key: [self.rows[word] for word in words if word in self.rows] for key, words in texts.items()
        }
        return {
            key: np.asarray(self.array[rows].mean(axis=0), np.float64) for key, rows in known.items() if rows
        }


@dataclass
class Source:
    """Texts of firms in one language; what a source does not have is empty.

    Attributes
    ----------
    name
        As tables show it.
    vectors
        Of the language.
    pages
        Words of the pages of each firm.
    is_product
        Of each of these pages: whether it is on products or services.
    products, patents
        Words of a firm's product texts, and of its patents where it has enough.
    has_patent
        By firm.
    """

    name: str
    vectors: Vectors
    pages: dict[str, list[Words]] = field(default_factory=lambda: defaultdict(list))
    is_product: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    products: dict[str, Words] = field(default_factory=dict)
    patents: dict[str, Words] = field(default_factory=dict)
    has_patent: dict[str, bool] = field(default_factory=dict)

    def add_patents(self, firm: str, texts: Iterable[Words]) -> None:
        """Add a firm's patents, the first ten, if there are three or more."""
        taken = list(texts)[:MOST_PATENTS]
        if len(taken) >= LEAST_PATENTS:
            self.patents[firm] = [word for text in taken for word in text]


@dataclass(frozen=True)
class Alignment:
    """Vectors of two languages, the most frequent words first, and the two parts of a dictionary between them."""

    name: str
    source: Vectors
    target: Vectors
    train: Pairs
    test: Pairs


def moments_of(source: Source, seed: int) -> dict[str, float]:
    """All moments that a source has, by name."""
    pages = [page for of_firm in source.pages.values() for page in of_firm]
    sites = {firm: [word for page in of for word in page] for firm, of in source.pages.items()}
    found = {
        GROWTH: vocabulary_growth(pages, seed),
        TOKENS: float(np.median([len(page) for page in pages])),
        COMMON: common_words(source.pages),
    }
    firms = source.vectors.means(sites)
    if len(firms) >= MIN_FIRMS:
        rows = np.array(list(firms.values()))
        found |= {FIRM_COSINE: firm_cosine(rows), SPECTRUM: leading_share(rows)}
    P, T = source.vectors.means(source.products), source.vectors.means(source.patents)
    both = sorted(P.keys() & T.keys())
    if len(both) >= MIN_FIRMS:
        technologies, products = (np.array([of[firm] for firm in both]) for of in (T, P))
        found[A_COSINE], found[MEAN_COSINE] = conversion_cosines(technologies, products)
    if len(set(source.has_patent.values())) == 2:
        labels = np.array(list(source.has_patent.values()))
        found[AUC] = tfidf_auc([sites[firm] for firm in source.has_patent], labels, seed)
    if source.is_product:
        kinds = [kind for firm in source.pages for kind in source.is_product[firm]]
        vectors = source.vectors.means(dict(enumerate(pages)))
        found[PURITY] = page_purity(
            np.array(list(vectors.values())), np.array([kinds[page] for page in vectors]), seed
        )
    return {name: value for name, value in found.items() if not np.isnan(value)}


def vocabulary_growth(pages: Sequence[Words], seed: int) -> float:
    """Heaps' exponent: slope of the log number of distinct words by that of words, pages in random order.

    Between 2,000 and 20,000 words, mean of 10 orders; NaN where there are fewer words (Heaps 1978, "Information
    Retrieval", section 7.5).
    """
    rng, (low, high) = np.random.default_rng(seed), _GROWTH
    if sum(map(len, pages)) < high:
        return float("nan")
    slopes = []
    for _ in range(10):
        words: Words = []
        for page in rng.permutation(len(pages)):
            words += pages[page]
            if len(words) >= high:
                break
        few, many = len(set(words[:low])), len(set(words[:high]))
        slopes.append(np.log(many / few) / np.log(high / low))
    return float(np.mean(slopes))


def common_words(pages: Mapping[str, Sequence[Words]]) -> float:
    """Share of a page's distinct words that stand on at least half of its site's other pages too, mean over pages.

    Sites of three pages and more; pages of ten words and more.
    """
    shares = []
    for site in pages.values():
        sets = [set(page) for page in site if len(page) >= 10]
        if len(sets) < 3:
            continue
        on_pages = Counter(word for words in sets for word in words)
        half = (len(sets) - 1) / 2
        shares += [np.mean([on_pages[word] - 1 >= half for word in words]) for words in sets]
    return float(np.mean(shares)) if shares else float("nan")


def firm_cosine(firms: Array) -> float:
    """Mean cosine between two firms' vectors, (n, d)."""
    unit, n = directions(firms), len(firms)
    return float((np.square(unit.sum(axis=0)).sum() - n) / (n * (n - 1)))


def leading_share(firms: Array, components: int = N_COMPONENTS) -> float:
    """Share of the variance between firms, (n, d), that lies in the first principal components of unit vectors."""
    unit = directions(firms)
    variance = np.square(np.linalg.svd(unit - unit.mean(axis=0), compute_uv=False))
    return float(variance[:components].sum() / variance.sum())


def conversion_cosines(technologies: Array, products: Array, seeds: int = 5) -> tuple[float, float]:
    """Held-out cosine of A T and of the mean P with P, (n, d): ridge on 70 % of the firms, mean of random splits."""
    fitted, null = [], []
    for seed in range(seeds):
        train, test = np.split(
            np.random.default_rng(seed).permutation(len(products)), [int(0.7 * len(products))]
        )
        ridge = RidgeCV(np.logspace(-4, 2, 13)).fit(technologies[train], products[train])
        unit = directions(products[test])
        fitted.append((directions(ridge.predict(technologies[test])) * unit).sum(axis=1).mean())
        null.append((directions(products[train].mean(axis=0, keepdims=True)) * unit).sum(axis=1).mean())
    return float(np.mean(fitted)), float(np.mean(null))


def tfidf_auc(texts: Sequence[Words], labels: npt.NDArray[np.bool_], seed: int) -> float:
    """Cross-fitted AUC of TF-IDF and logistic regression in five folds."""
    bag = TfidfVectorizer(analyzer=_cut, sublinear_tf=True, min_df=2)
    model = make_pipeline(bag, LogisticRegression(C=10, class_weight="balanced", max_iter=1000))
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    probability = cross_val_predict(model, list(texts), labels, cv=folds, method="predict_proba")[:, 1]
    return float(area_under_roc(labels, probability, np.ones(len(labels))))


def _cut(words: Words) -> Words:
    return words[:_MOST_WORDS]


def page_purity(pages: Array, kinds: npt.NDArray[np.bool_], seed: int) -> float:
    """Share of pages in a cluster of their kind: 12-means of unit page vectors, (n, d), clusters named by majority."""
    clusters = KMeans(N_CLUSTERS, n_init=5, random_state=seed).fit_predict(directions(pages))
    most = [Counter(kinds[clusters == cluster]).most_common(1) for cluster in range(N_CLUSTERS)]
    return float(sum(counted[0][1] for counted in most if counted) / len(kinds))


def accuracy_by_frequency(alignment: Alignment) -> dict[str, float]:
    """AC@1 of each third of the test words by frequency: Procrustes of centred unit vectors, nearest neighbours.

    Pairs of words without vectors are left out.
    """
    source, target = alignment.source, alignment.target
    x_all, y_all = (directions(v.array - v.array.mean(axis=0)) for v in (source, target))
    pairs = [
        [(source.rows[s], target.rows[t]) for s, t in part if s in source.rows and t in target.rows]
        for part in (alignment.train, alignment.test)
    ]
    x, y = np.array(pairs[0]).T
    u, _, vt = np.linalg.svd(x_all[x].T @ y_all[y], full_matrices=False)
    right: dict[int, set[int]] = {}
    for s, t in pairs[1]:
        right.setdefault(s, set()).add(t)
    words = sorted(right)
    nearest = (x_all[words] @ u @ vt @ y_all.T).argmax(axis=1)
    hits = np.array([n in right[word] for n, word in zip(nearest, words, strict=True)])
    return {
        ACCURACY.format(band): float(part.mean())
        for band, part in zip(BANDS, np.array_split(hits, len(BANDS)), strict=True)
    }
