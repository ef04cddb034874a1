import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline

from ipml import DualAttention
from ipml.dual_attention.data.sites import read_sites
from ipml.dual_attention.training.cross_fitting import cross_fit
from ipml.errors import InputError
from ipml.text import open_language
from tests.dual_attention.planted import GENERAL, PATENTED, TRADED, WORDS, World, word_vectors

SMALL = {
    "n_folds": 2,
    "max_epochs": 10,
    "batch_size": 8,
    "learning_rate": 0.05,
}  # strong enough for planted words
VECTORS = (WORDS, word_vectors())


@pytest.fixture(scope="module")
def world(tmp_path_factory, tracking_database):
    return World(tmp_path_factory.mktemp("planted"), tracking_database, n_firms=120)


@pytest.fixture(scope="module")
def firms(world):
    """Firms with a label: their pages, their labels and their identifiers."""
    table = world.corpus.firms("JP").set_index("firm_id")
    labelled = table[table["has_patent"].notna()]
    pages = world.corpus.pages(labelled.index.tolist(), "ja", None).to_pylist()
    of_firm = {firm_id: [] for firm_id in labelled.index}
    for page in pages:
        of_firm[page["firm_id"]].append(page["text"])
    return list(of_firm.values()), labelled["has_patent"].to_numpy(dtype=bool), list(of_firm)


@pytest.fixture(scope="module")
def fitted(firms):
    return DualAttention(VECTORS, **SMALL).fit(firms[0], firms[1], firm_ids=firms[2])


def bundle_of_stage(world, firms):
    """Sites of the same firms and the bundle of the stage."""
    settings = world.train_settings("model.n_folds=2", "model.max_epochs=2")
    language = open_language(settings.embeddings, "ja")
    sites = read_sites(
        world.corpus, firms[2], language, None, settings.model.max_pages, settings.model.max_tokens
    )
    label = dict(zip(firms[2], firms[1], strict=True))
    labels = np.array([label[firm] for firm in sites.firm_ids], np.float32)
    return sites, cross_fit(sites, labels, settings.model, settings.trainer, settings.seed)


def test_it_is_the_model_of_the_stage(world, firms):
    sites, bundle = bundle_of_stage(world, firms)
    fitted = DualAttention(VECTORS, n_folds=2, max_epochs=2, batch_size=8).fit(*firms[:2], firm_ids=firms[2])
    row = {firm_id: number for number, firm_id in enumerate(firms[2])}
    read = [row[firm_id] for firm_id in sites.firm_ids]
    own = bundle.score(sites)
    np.testing.assert_array_equal(
        fitted.cross_fitted_probabilities_[read, 1].astype(np.float32), own.probabilities
    )
    for mine, theirs in zip(fitted.bundle_.folds, bundle.folds, strict=True):
        for name, value in theirs.network.state_dict().items():
            np.testing.assert_array_equal(
                mine.network.state_dict()[name].numpy(), value.numpy(), err_msg=name
            )


def planted_firms(n, seed):
    """Firms of four pages, the second on products, and who of them holds patents."""
    rng = np.random.default_rng(seed)
    pages, labels = [], []
    for number in range(n):
        own, other = (PATENTED, TRADED) if number % 2 else (TRADED, PATENTED)
        products = [*rng.choice(own, size=5), *rng.choice(other, size=4)]
        pages.append([list(products if page == 1 else rng.choice(GENERAL, size=9)) for page in range(4)])
        labels.append(bool(number % 2))
    return pages, labels


def test_it_tells_who_holds_patents_and_names_their_words():
    model = DualAttention(VECTORS, **SMALL).fit(*planted_firms(120, 0))
    pages, labels = planted_firms(60, 1)
    probabilities = model.predict_proba(pages)
    assert roc_auc_score(labels, probabilities[:, 1]) > 0.7
    assert model.score(pages, labels) == (model.predict(pages) == labels).mean() > 0.7
    table = model.keywords(pages)
    assert table["word"].isin([*PATENTED, *TRADED]).mean() > 0.9
    assert table["page"].eq(1).mean() > 0.9
    assert table.groupby("firm")["rank"].apply(lambda ranks: ranks.tolist() == sorted(ranks)).all()


def test_a_firm_vector_is_the_mean_of_its_words_under_both_attentions(firms, fitted):
    plain = clone(fitted).set_params(attention=False, max_epochs=1).fit(firms[0], firms[1])
    pages = [page.split() for page in firms[0][5]]
    vector = dict(zip(*VECTORS, strict=True))
    means = [np.mean([vector[word] for word in page if word in vector], axis=0) for page in pages]
    np.testing.assert_allclose(plain.transform([pages])[0], np.mean(means, axis=0), atol=1e-5)
    towards_products = [model.transform(firms[0])[:, 0].mean() for model in (fitted, plain)]
    assert towards_products[0] > 1.2 * towards_products[1]


def test_texts_and_words_are_the_same(firms, fitted):
    texts = firms[0][:10]
    words = [[page.split() for page in firm] for firm in texts]
    np.testing.assert_array_equal(fitted.predict_proba(texts), fitted.predict_proba(words))


def test_a_firm_without_a_known_word_gets_the_share_of_the_classes(firms, fitted):
    found = fitted.predict_proba([[], ["nothing known"], *firms[0][:1]])
    np.testing.assert_allclose(found[:2], np.tile(fitted.class_prior_, (2, 1)))
    np.testing.assert_array_equal(fitted.transform([[]]), np.zeros((1, word_vectors().shape[1])))
    assert fitted.keywords([[]]).empty


def test_the_same_seed_gives_the_same_and_labels_can_be_words(firms, capfd, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pages, labels = firms[0][:40], np.where(firms[1][:40], "yes", "no")
    model = DualAttention(VECTORS, n_folds=2, max_epochs=3)
    first, again = (clone(model).fit(pages, labels) for _ in range(2))
    other = clone(model).set_params(random_state=1).fit(pages, labels)
    np.testing.assert_array_equal(first.predict_proba(pages), again.predict_proba(pages))
    assert not np.array_equal(first.predict_proba(pages), other.predict_proba(pages))
    assert first.classes_.tolist() == ["no", "yes"]
    assert set(first.predict(pages)) <= {"no", "yes"}
    copied = pickle.loads(pickle.dumps(first))  # noqa: S301
    np.testing.assert_array_equal(copied.predict_proba(pages), first.predict_proba(pages))
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []


def test_it_works_in_a_pipeline_a_grid_and_folds(firms):
    pages, labels = np.empty(60, dtype=object), firms[1][:60]
    pages[:] = firms[0][:60]
    model = DualAttention(VECTORS, n_folds=2, max_epochs=1, batch_size=8)
    assert cross_val_score(model, pages, labels, cv=2, scoring="roc_auc").shape == (2,)
    search = GridSearchCV(model, {"attention": [True, False]}, cv=2).fit(pages, labels)
    assert set(search.cv_results_["param_attention"]) == {True, False}
    pipeline = make_pipeline(model, LogisticRegression()).fit(firms[0][:60], labels)
    assert pipeline.predict(firms[0][:60]).shape == (60,)


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        ("text", [1], "X: str; needed: a list of firms"),
        ([], [], "X: 0 samples"),
        (["text", "text"], [0, 1], r"X\[0\]: str; needed: the list of the firm's pages"),
        ([["text"], [5]], [0, 1], r"X\[1\]: a page is int; needed: a text or a list of words"),
        ([["text"], [["a", 5]]], [0, 1], r"X\[1\]: a page is list"),
        ([["text"], ["text"]], [1, 1], "y: 1 class; needed: two"),
        ([["text"]] * 3, [1, 2, 3], "y: 3 classes; needed: two"),
        ([["text"]] * 4, [1, 2, 1, 2], "X: no word of 4 firms has a vector"),
        ([["text"]] * 4, [1, 2, 1], "inconsistent numbers of samples"),
    ],
)
def test_wrong_input_is_named(X, y, message):
    with pytest.raises(ValueError, match=message):
        DualAttention(VECTORS).fit(X, y)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"vectors": None}, "vectors: NoneType; needed"),
        ({"tokenizer": "magic"}, "tokenizer.kind=magic"),
        ({"n_folds": 1}, "n_folds=1"),
        ({"page_attention": "hardmax"}, "page_attention=hardmax"),
        ({"class_weight": "heavy"}, "class_weight=heavy"),
    ],
)
def test_a_wrong_parameter_is_named(firms, parameters, message):
    with pytest.raises(InputError, match=message):
        DualAttention(VECTORS).set_params(**parameters).fit(*firms[:2])


def test_an_unknown_selection_is_named_and_an_unfitted_model_refuses(fitted, firms):
    with pytest.raises(
        InputError, match=r"selection=magic: not a choice; allowed: attention, contrast, published"
    ):
        fitted.keywords(firms[0], selection="magic")
    with pytest.raises(NotFittedError):
        DualAttention(VECTORS).predict(firms[0])
