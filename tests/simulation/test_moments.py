"""The default world shows about the moments of the published study, measured here by plain pipelines.

With the default settings (seed 0) these read: median 445 words a page, 9.0 pages a firm, .17 of them on products;
AC@1 .21 (ja-en) and .24 (zh-en) by Procrustes and nearest neighbours; macro F1 of "has patents" from the words of
the pages .72 (JP) and .74 (US), from the mean vector of all words .68 and .69, of the planted product words .74
and .74; test cosine of A .85 to .90 over the nine groups, mean .87, where the mean P reads .84. Published: AC@1
.18 and .22, F1 .67 to .72, test accuracy of A .84 to .89.
"""

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ipml.simulation import load_truth
from tests.simulation.worlds import make_world

LANGUAGES = {"JP": "ja", "US": "en", "CN": "zh"}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    root = tmp_path_factory.mktemp("default") / "world"
    return root, make_world(root, {}), load_truth(root)


def read_vectors(root, code):
    words = (root / "vectors" / code / "words.txt").read_text(encoding="utf-8").split("\n")
    return {word: row for row, word in enumerate(words)}, np.load(root / "vectors" / code / "vectors.npy")


def mean_vectors(root, code, texts):
    rows, vectors = read_vectors(root, code)
    return np.array([vectors[[rows[word] for word in text if word in rows]].mean(axis=0) for text in texts])


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def mean_cosine(x, y):
    return float((unit(x) * unit(y)).sum(axis=1).mean())


def product_texts(firms):
    pairs = zip(firms["product_words"], firms["counts"], strict=True)
    return [list(np.repeat(np.array(words, dtype=object), counts)) for words, counts in pairs]


def macro_f1(model, features, labels):
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    return f1_score(labels, cross_val_predict(model, features, labels, cv=folds), average="macro")


def test_pages(world):
    pages = world[2].pages
    assert pages["n_words"].median() == pytest.approx(445, abs=15)
    assert (pages["kind"] == "product").mean() == pytest.approx(5 / 31, abs=0.025)
    sizes = pages.groupby("firm_id").size()
    assert 8 < sizes.mean() < 10.5
    assert sizes.max() <= 32
    assert pages["n_words"].sum() < 8_500_000  # small enough to try everything


@pytest.mark.parametrize("pair", ["ja-en", "zh-en"])
def test_alignment(world, pair):
    root = world[0]
    (source, sources), (target, targets) = (read_vectors(root, code) for code in pair.split("-"))
    sources, targets = (unit(vectors - vectors.mean(axis=0)) for vectors in (sources, targets))
    parts = {}
    for part in ("train", "test"):
        text = (root / "lexicon" / f"{pair}.{part}.tsv").read_text(encoding="utf-8")
        entries = [line.split("\t") for line in text.splitlines()]
        parts[part] = [(source[s], target[t]) for s, t in entries if s in source and t in target]
    x, y = np.array(parts["train"]).T
    u, _, vt = np.linalg.svd(sources[x].T @ targets[y])
    correct: dict[int, set[int]] = {}
    for s, t in parts["test"]:
        correct.setdefault(s, set()).add(t)
    nearest = (sources[list(correct)] @ u @ vt @ targets.T).argmax(axis=1)
    accuracy = np.mean([n in good for n, good in zip(nearest, correct.values(), strict=True)])
    assert 0.15 < accuracy < 0.27


@pytest.mark.parametrize("country", ["JP", "US"])
def test_patent_classifier(world, country):
    root, corpus, truth = world
    firms = truth.firms[truth.firms["country"] == country]
    labels, code = firms["has_patent"].to_numpy(int), LANGUAGES[country]
    pages = corpus.pages(firms["firm_id"], code).to_pandas()
    sites = pages.groupby("firm_id")["text"].agg(" ".join)[firms["firm_id"]].tolist()
    bag = TfidfVectorizer(
        tokenizer=str.split, token_pattern=None, lowercase=False, sublinear_tf=True, min_df=2
    )
    by_words = make_pipeline(bag, LogisticRegression(C=10, class_weight="balanced"))
    assert 0.65 < macro_f1(by_words, sites, labels) < 0.80
    by_vector = make_pipeline(StandardScaler(), LogisticRegression(C=0.3, class_weight="balanced"))
    everything = macro_f1(by_vector, mean_vectors(root, code, map(str.split, sites)), labels)
    products = macro_f1(by_vector, mean_vectors(root, code, product_texts(firms)), labels)
    assert 0.60 < everything < 0.80
    assert 0.60 < products < 0.80


def test_conversion_matrix(world):
    root, corpus, truth = world
    scores = []
    for country, code in LANGUAGES.items():
        firms = truth.firms[(truth.firms["country"] == country) & truth.firms["has_patent"]]
        patents = corpus.patents(firms["firm_id"], code).to_pandas()
        abstracts = patents.groupby("firm_id")["abstract"].agg(" ".join)[firms["firm_id"]]
        P = mean_vectors(root, code, product_texts(firms))
        T = mean_vectors(root, code, abstracts.str.split())
        for firm_type in firms["firm_type"].unique():
            members = np.flatnonzero(firms["firm_type"] == firm_type)
            for seed in range(5):
                order = np.random.default_rng(seed).permutation(members)
                train, test = np.split(order, [int(0.7 * len(order))])
                ridge = RidgeCV(np.logspace(-4, 2, 13)).fit(T[train], P[train])
                null = np.broadcast_to(P[train].mean(axis=0), P[test].shape)
                scores.append(
                    (
                        country,
                        firm_type,
                        mean_cosine(ridge.predict(T[test]), P[test]),
                        mean_cosine(null, P[test]),
                    )
                )
    table = (
        pd.DataFrame(scores, columns=["country", "firm_type", "ridge", "mean_P"])
        .groupby(["country", "firm_type"])
        .mean()
    )
    print(table)
    assert table["ridge"].between(0.80, 0.92).all()
    assert 0.84 < table["ridge"].mean() < 0.89
    assert (table["mean_P"] < table["ridge"]).all()
    assert 0.015 < (table["ridge"] - table["mean_P"]).mean() < 0.06


def test_the_planted_angle_is_what_the_texts_show(tmp_path):
    """With many firms and English only, the plug-in angle between two types comes near the true one."""
    settings = {
        "scale": 0,
        "min_group": 400,
        "min_without_patents": 0,
        "pages": {"mean": 2.0, "max": 4, "median_tokens": 300},
        "languages": {"without_vector": 0.0},
    }
    corpus, truth = make_world(tmp_path / "world", settings), load_truth(tmp_path / "world")
    firms = truth.firms[(truth.firms["country"] == "US") & truth.firms["has_patent"]]
    abstracts = (
        corpus.patents(firms["firm_id"], "en").to_pandas().groupby("firm_id")["abstract"].agg(" ".join)
    )
    P = mean_vectors(tmp_path / "world", "en", product_texts(firms))
    T = mean_vectors(tmp_path / "world", "en", abstracts[firms["firm_id"]].str.split())
    first, second = ((firms["firm_type"] == name).to_numpy() for name in ("high_growth", "established"))
    ridge = RidgeCV(np.logspace(-4, 1, 11)).fit(T[second], P[second])
    converted, sold = ridge.predict(T[first].mean(axis=0, keepdims=True))[0], P[first].mean(axis=0)
    angle = np.degrees(np.arccos(converted @ sold / np.linalg.norm(converted) / np.linalg.norm(sold)))
    row = truth.angles.query(
        "country_1 == 'US' and country_2 == 'US' and firm_type_1 == 'high_growth' "
        "and firm_type_2 == 'established' and industry == 'all'"
    )
    assert angle == pytest.approx(row["forward"].item(), abs=2.0)
