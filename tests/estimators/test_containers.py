"""What estimators take for a list, a table or a dictionary, and what they refuse instead of reading its keys."""

import numpy as np
import pandas as pd
import pytest

from ipml import Aligner, ConversionMap, DualAttention
from ipml.errors import InputError
from ipml.estimators.pages import read_firms
from ipml.estimators.word_pairs import word_pairs
from ipml.estimators.word_vectors import vector_table

RNG = np.random.default_rng(0)
T, P = RNG.normal(size=(30, 3)), RNG.normal(size=(30, 2))
WORDS = ["ja", "nu", "hi", "mo", "ka"]
TRANSLATIONS = ["en", "fr", "de", "ru", "no"]
SOURCE, TARGET = RNG.normal(size=(5, 3)), RNG.normal(size=(5, 3))
PAIRS = list(zip(WORDS, TRANSLATIONS, strict=True))
VECTORS = {"laser": [1.0, 0.0], "silk": [0.0, 1.0], "we": [0.7, 0.7]}
FIRMS = [[["we"] * n + [word], ["we"]] for n in range(1, 11) for word in ("laser", "silk")]
LABELS = ["yes", "no"] * 10
QUICK = {"n_folds": 2, "max_epochs": 1, "batch_size": 4}
PAGES = pd.DataFrame(
    [(f"firm {number}", " ".join(page)) for number, firm in enumerate(FIRMS) for page in firm],
    columns=["firm_id", "text"],
)


def attention(X, y, **given):
    return DualAttention(VECTORS, **QUICK).fit(X, y, **given).predict_proba(FIRMS)


@pytest.mark.parametrize(
    "dictionary",
    [
        PAIRS,
        iter(PAIRS),
        np.array(PAIRS),
        dict(PAIRS),
        {word: [translation] for word, translation in PAIRS},
        pd.DataFrame(PAIRS, columns=["source", "target"]),
        pd.DataFrame(PAIRS, columns=["source", "target"]).assign(note="x")[["note", "target", "source"]],
    ],
)
def test_a_dictionary_is_pairs_a_mapping_or_a_table_with_the_named_columns(dictionary):
    assert word_pairs(dictionary) == tuple(PAIRS)


def test_a_word_may_have_several_translations():
    assert word_pairs({"a": ["x", "y"], "b": "z"}) == (("a", "x"), ("a", "y"), ("b", "z"))


@pytest.mark.parametrize(
    ("dictionary", "message"),
    [
        (pd.DataFrame(PAIRS, columns=["ja", "en"]), "no column 'source'; needed: source, target"),
        (pd.DataFrame([["a", "b", "c"]], columns=["source", "target", "target"]), "2 columns 'target'"),
        (pd.DataFrame({"source": ["a"], "target": [None]}), "column target, row 0: None is no text"),
        (pd.Series(dict(PAIRS)), "dictionary: Series; needed: pairs"),
        (["ja", "en"], "entry 0: 'ja'; needed: pairs"),
        ("jaen", "dictionary: str; needed: pairs"),
        ({("a", "b")}, "dictionary: set"),
        ([("a", "b", "c")], "entry 0"),
        ([("a", None)], "needed: two words"),
        ({"a": {"x": 1}}, "word 'a': dict; needed: a word or a list"),
        (pd.DataFrame(PAIRS, columns=["source", "target"]).groupby("source"), "entry 0"),
        (5, "dictionary: int"),
    ],
)
def test_what_is_no_dictionary_is_refused(dictionary, message):
    with pytest.raises(InputError, match=message):
        Aligner().fit_words((WORDS, SOURCE), (TRANSLATIONS, TARGET), dictionary)


def test_word_vectors_are_a_mapping_a_table_by_word_or_words_and_a_matrix():
    expected = vector_table((WORDS, SOURCE), "source")
    for given in (dict(zip(WORDS, SOURCE, strict=True)), pd.DataFrame(SOURCE, index=WORDS), [WORDS, SOURCE]):
        assert vector_table(given, "source").fingerprint == expected.fingerprint


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        (pd.DataFrame({"word": WORDS, "x": 1.0}), "0 is not a word|needed: numbers"),
        (("janu", np.eye(4)), "source, first of two: str; needed: a list of words"),
        ((dict.fromkeys("abc", 1), np.eye(3)), "source, first of two: dict"),
        ((pd.DataFrame(columns=list("abc")), np.eye(3)), "source, first of two: DataFrame"),
        ((["a", "b"], [["1", "2"], ["3", "4"]]), "needed: numbers"),
        ({"a": "12", "b": "34"}, "needed: numbers|not vectors"),
        (iter([WORDS, SOURCE]), "needed: a mapping of words to vectors"),
    ],
)
def test_what_are_no_word_vectors_is_refused(vectors, message):
    with pytest.raises(InputError, match=message):
        vector_table(vectors, "source")


@pytest.mark.parametrize("words", ["ja", {"ja": 1}, {"ja"}, pd.DataFrame({"ja": [1]}), iter(["ja"]), [1]])
def test_only_a_list_of_words_is_translated(words):
    aligner = Aligner(steps=("unit",)).fit_words((WORDS, SOURCE), (TRANSLATIONS, TARGET), PAIRS)
    assert len(aligner.translate(pd.Series(["ja", "nu"]))) == 2
    with pytest.raises(InputError, match="words"):
        aligner.translate(words)


def test_a_table_of_pages_is_its_firms_in_order_and_its_classes_may_go_by_firm():
    firms, firm_ids = read_firms(PAGES)
    assert firm_ids == [f"firm {number}" for number in range(20)]
    assert firms[1] == ["we silk", "we"]
    of_firm = dict(zip(firm_ids, LABELS, strict=True))
    expected = attention(FIRMS, LABELS, firm_ids=firm_ids)
    shuffled = pd.Series(of_firm).sample(frac=1, random_state=1)
    for y in (of_firm, shuffled, LABELS):
        np.testing.assert_array_equal(attention(PAGES, y), expected)


@pytest.mark.parametrize(
    "X",
    [
        tuple(FIRMS),
        pd.Series(FIRMS),
        [tuple(map(tuple, firm)) for firm in FIRMS],
        [pd.Series(f) for f in FIRMS],
    ],
)
def test_other_sequences_are_lists(X):
    firms, firm_ids = read_firms(X)
    assert [[list(page) for page in firm] for firm in firms] == FIRMS
    assert firm_ids is None


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (dict(enumerate(FIRMS)), "X: dict; needed: a list of firms"),
        (pd.DataFrame({"url": ["a"] * 20}), "no column 'firm_id'; needed: firm_id, text"),
        (PAGES.groupby("firm_id"), "X: DataFrameGroupBy"),
        (list(PAGES.groupby("firm_id")), r"X\[0\]: a page is DataFrame"),
        (iter(FIRMS), r"X: list_iterator"),
        ([{"about": "we"}] * 20, r"X\[0\]: dict; needed: the list of the firm's pages"),
        ([{"we laser"}] * 20, r"X\[0\]: set"),
        ([PAGES] * 20, r"X\[0\]: DataFrame"),
        ([iter(firm) for firm in FIRMS], r"X\[0\]: list_iterator"),
        ([[{"we": 3}]] * 20, r"X\[0\]: a page is dict"),
        ([[None]] * 20, r"X\[0\]: a page is NoneType"),
        ([[b"we"]] * 20, r"X\[0\]: a page is bytes"),
        (np.array("we"), "X: ndarray"),
        (PAGES.assign(firm_id=None), "column firm_id, row 0: None is no text"),
        (PAGES.rename(columns={"text": "firm_id"}), "2 columns 'firm_id'"),
    ],
)
def test_what_are_no_firms_is_refused(X, message):
    with pytest.raises(InputError, match=message):
        DualAttention(VECTORS, **QUICK).fit(X, LABELS)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (dict(enumerate(LABELS)), "y: dict; needed: a list with the class of each firm"),
        (pd.Series(LABELS, index=range(1, 21)), "y: its index is another than that of X"),
        ([1.0, float("nan")] * 10, r"y\[1\]: nan; a class is missing"),
        ([True, None] * 10, r"y\[1\]: NoneType"),
        (pd.array([True, None] * 10, dtype="boolean"), "y: BooleanArray"),
        ([1, "1"] * 10, "y: texts and numbers"),
        ([[1, 0]] * 20, r"y\[0\]: list; needed: a label"),
        (np.ones((20, 2)), r"y\[0\]: ndarray"),
        ("yn" * 10, "y: str"),
        (iter(LABELS), "y: list_iterator"),
    ],
)
def test_what_are_no_classes_is_refused(y, message):
    with pytest.raises(InputError, match=message):
        DualAttention(VECTORS, **QUICK).fit(pd.Series(FIRMS), y)


def test_classes_may_be_texts_of_digits_and_a_series_with_the_same_index():
    index = [f"f{number}" for number in range(20)]
    y = pd.Series(["1", "0"] * 10, index=index)
    model = DualAttention(VECTORS, **QUICK).fit(pd.Series(FIRMS, index=index), y)
    assert model.classes_.tolist() == ["0", "1"]
    assert set(model.predict(FIRMS)) <= {"0", "1"}


@pytest.mark.parametrize(
    ("firm_ids", "message"),
    [
        (["a"] * 20, "firm_ids: 20 firms, but only 1 different identifiers"),
        (list(range(20)), "firm_ids: 0 is no text"),
        (["a"], "inconsistent numbers of samples: 1 identifiers for 20 firms"),
        (dict.fromkeys(map(str, range(20))), "firm_ids: dict"),
    ],
)
def test_identifiers_are_texts_each_its_own(firm_ids, message):
    with pytest.raises(InputError, match=message):
        DualAttention(VECTORS, **QUICK).fit(FIRMS, LABELS, firm_ids=firm_ids)


@pytest.mark.parametrize("estimator", [ConversionMap(), Aligner(steps=("unit",))])
def test_tables_of_numbers_are_paired_in_their_order_and_texts_are_refused(estimator):
    X, Y = pd.DataFrame(T, columns=list("abc")), pd.DataFrame(P, columns=["p", "q"])
    plain, framed = estimator.fit(T, P).score(T, P), estimator.fit(X, Y).score(X, Y)
    assert plain == pytest.approx(framed)
    turned = Y[::-1]
    for X_, y, message in [
        (X, turned, "its index is another than that of X"),
        (X.astype(str), Y, "X: texts in column a; needed: numbers"),
        (T.astype(str), P, "X: texts; needed: numbers"),
        (T, [[str(number) for number in row] for row in P], "y: texts; needed: numbers"),
        (X.to_dict("list"), Y, "X: dict; needed: a table of numbers"),
        (T, "text", "y: str"),
    ]:
        with pytest.raises(InputError, match=message):
            estimator.fit(X_, y)
        with pytest.raises(ValueError, match=r"index|texts|needed|dict"):
            estimator.score(X_, y)
    for container in (iter(T), set(), X.groupby("a"), (row for row in T)):
        with pytest.raises((ValueError, TypeError)):
            estimator.fit(container, P)


def test_products_in_another_order_of_columns_are_refused():
    model = ConversionMap().fit(T, pd.DataFrame(P, columns=["p", "q"]))
    with pytest.raises(InputError, match=r"y: columns \['q', 'p'\]; needed: those of fit"):
        model.score(T, pd.DataFrame(P, columns=["p", "q"])[["q", "p"]])
