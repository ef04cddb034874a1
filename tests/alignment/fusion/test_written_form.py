import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import linalg, sparse

from ipml.alignment.fusion import written_form
from ipml.alignment.fusion.dictionary import make_dictionary
from ipml.alignment.fusion.written_form import WrittenForm, keep_largest, sparse_ridge, spelling_vectors
from ipml.alignment.lexicons.lexicon import Lexicon
from ipml.errors import InputError
from ipml.statistics.angles import unit_vectors

SETTINGS = {"n_grams": (1, 3), "strength": 0.1, "neighbours": 5}
# Each character stands for a letter on the other side.
KATAKANA = dict(zip("カミトルネソハワ", "kmtrnshw", strict=True))


def closed_form(X, Y, strength):
    return linalg.solve(X.T @ X + strength * np.eye(X.shape[1]), X.T @ Y, assume_a="pos")


@given(
    st.integers(0, 2**16),
    st.integers(1, 30),
    st.integers(1, 12),
    st.integers(1, 4),
    st.sampled_from([0.1, 1.0, 10.0]),
)
def test_the_ridge_is_that_of_the_closed_form(seed, n, d, e, strength):
    rng = np.random.default_rng(seed)
    X = sparse.random(n, d, 0.4, "csr", dtype=np.float32, random_state=rng)
    Y = rng.normal(size=(n, e)).astype(np.float32)
    expected = closed_form(X.toarray().astype(np.float64), Y, strength)
    found = sparse_ridge(X, Y, strength)
    assert found.dtype == np.float32
    error = np.linalg.norm(found - expected, axis=0)
    assert (error <= 5e-3 * np.linalg.norm(expected, axis=0) + 1e-6).all()


def test_the_ridge_of_columns_of_zeros_is_zero():
    X = sparse.csr_matrix(np.eye(4, 3, dtype=np.float32))
    Y = np.stack([np.zeros(4), np.arange(4.0)], axis=1).astype(np.float32)
    np.testing.assert_allclose(sparse_ridge(X, Y, 1.0), [[0, 0], [0, 0.5], [0, 1.0]], atol=1e-6)


@given(st.integers(0, 2**16), st.integers(1, 5))
def test_the_largest_entries_of_each_row_are_kept(seed, k):
    table = sparse.random(6, 9, 0.5, "csr", random_state=np.random.default_rng(seed))
    before = table.toarray()
    kept = keep_largest(table, k).toarray()
    np.testing.assert_array_equal(table.toarray(), before)
    for row, given_row in zip(kept, before, strict=True):
        largest = np.sort(given_row[given_row > 0])[::-1][:k]
        np.testing.assert_array_equal(np.sort(row[row > 0])[::-1], largest)
        np.testing.assert_array_equal(row[row > 0], given_row[row > 0])


def test_entries_as_large_as_the_kth_are_kept():
    table = sparse.csr_matrix([[0.5, 0.2, 0.5, 0.5, 0.1], [0, 0, 0, 0, 0]])
    np.testing.assert_array_equal(keep_largest(table, 2).toarray(), [[0.5, 0, 0.5, 0.5, 0], [0] * 5])


@pytest.mark.parametrize(
    "words", [["a"], ["a", "b"], ["cat", "cats", "dog"], ["x", "catalogue", "catalogues", "dog"]]
)
@pytest.mark.parametrize("dimension", [1, 2, 300])
def test_spellings_have_length_one_however_few_and_short_the_words(words, dimension):
    vectors = spelling_vectors(words, dimension, seed=0)
    assert vectors.dtype == np.float32
    assert len(vectors) == len(words)
    assert len(words) == 1 or vectors.shape[1] <= min(dimension, len(words) - 1)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)


def test_words_spelled_alike_have_vectors_alike():
    words = ["network", "networks", "networking", "salt", "salty", "saltier", "x", "yes"]
    vectors = spelling_vectors(words, 5, seed=0)
    assert vectors.shape == (8, 5)
    similar = vectors @ vectors.T
    assert similar[0, 1:3].min() > 0.8 > 0.2 > np.abs(similar[0, 3:6]).max()
    np.testing.assert_array_equal(vectors, spelling_vectors(words, 5, seed=0))


def compounds():
    """Words of two Han characters, each of which adds its part to the meaning of a word that is spelled at random."""
    rng = np.random.default_rng(2)
    parts = rng.normal(size=(2, 12, 16))
    words = [a + b for a in "水火木金土石山川空雨雪風" for b in "車船機器具所人屋店道場室"]
    meanings = np.array([parts[0, i] + parts[1, j] for i in range(12) for j in range(12)])
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    names = ["".join(rng.choice(letters, 8)) for _ in words]
    return words, names, unit_vectors(meanings).astype(np.float32)


def loans(number):
    """Words of four katakana and what they are spelled with on the other side."""
    rng = np.random.default_rng(3)
    words = sorted({"".join(rng.choice(list(KATAKANA), 4)) for _ in range(2 * number)})
    words = rng.permutation(words)[:number].tolist()
    return words, ["".join(KATAKANA[kana] + "aeiou"[ord(kana) % 5] for kana in word) for word in words]


def fitted(words, names, meanings, n_train):
    lexicon = Lexicon(tuple(zip(words[:n_train], names[:n_train], strict=True)))
    dictionary = make_dictionary(lexicon, {}, {name: row for row, name in enumerate(names)})
    return WrittenForm(dictionary, meanings, spelling_vectors(names, 60, seed=0), **SETTINGS)


def share_right(scores, rows):
    return (scores.argmax(dim=1).numpy() == rows).mean()


def test_parts_of_a_word_tell_its_meaning():
    words, names, meanings = compounds()
    order = np.random.default_rng(0).permutation(len(words))
    words, names, meanings = [words[i] for i in order], [names[i] for i in order], meanings[order]
    scores, nearest = fitted(words, names, meanings, 100).scores(words[100:])
    assert set(scores) == {
        "translations of words written alike",
        "spelling of those",
        "meaning by written form",
        "spelling by written form",
    }
    assert all(table.shape == (44, 144) and table.dtype == torch.float32 for table in scores.values())
    rows = np.arange(100, 144)
    assert share_right(scores["meaning by written form"], rows) > 0.8
    assert share_right(scores["spelling by written form"], rows) < 0.2
    # No word of the dictionary is the word itself, but some share a character with it.
    assert nearest.shape == (44,)
    assert ((nearest > 0) & (nearest < 0.99)).all()


def test_a_word_of_the_dictionary_is_its_own_nearest():
    words, names, meanings = compounds()
    scores, nearest = fitted(words, names, meanings, 144).scores(words[:20])
    np.testing.assert_allclose(nearest, 1, rtol=1e-5)
    assert share_right(scores["translations of words written alike"], np.arange(20)) == 1


def test_katakana_tells_the_spelling_by_a_regression_of_its_own():
    words, names = loans(300)
    meanings = unit_vectors(np.random.default_rng(1).normal(size=(300, 8))).astype(np.float32)
    scores, _ = fitted(words, names, meanings, 240).scores(words[240:])
    rows = np.arange(240, 300)
    assert share_right(scores["spelling by katakana"], rows) > 0.8
    assert share_right(scores["spelling by written form"], rows) > 0.8
    assert share_right(scores["meaning by written form"], rows) < 0.2
    few, _ = fitted(words, names, meanings, written_form._ENOUGH_LOANED - 1).scores(words[240:])
    assert "spelling by katakana" not in few


def test_a_word_of_unknown_characters_has_no_say():
    words, names, meanings = compounds()
    scores, nearest = fitted(words, names, meanings, 144).scores(["龍" * 3, words[0]])
    assert nearest[0] < 0.4 < nearest[1]
    unlike = scores["translations of words written alike"]
    assert unlike[0].max() < 0.1 * unlike[1].max()
    assert all(table.isfinite().all() for table in scores.values())


def test_a_word_that_is_like_no_other_has_no_neighbours():
    meanings = compounds()[2]
    dictionary = make_dictionary(Lexicon((("水車", "a"), ("水車屋", "b"))), {}, {"a": 0, "b": 1})
    form = WrittenForm(
        dictionary, meanings[:2], spelling_vectors(["a", "b"], 2, 0), **{**SETTINGS, "n_grams": (2, 3)}
    )
    scores, nearest = form.scores(["龍"])
    assert nearest.tolist() == [0]
    assert not scores["translations of words written alike"].any()


@pytest.mark.parametrize(("words", "n_grams"), [(["水車"], (1, 3)), (["水車", "火"], (2, 3)), ([], (1, 3))])
def test_a_dictionary_whose_words_share_nothing_is_refused(words, n_grams):
    dictionary = make_dictionary(Lexicon(tuple((word, "a") for word in words)), {}, {"a": 0, "b": 1})
    table = np.eye(2, dtype=np.float32)
    message = rf"n_grams=\[{n_grams[0]}, 3\]: none stands in two of the {len(words)} words"
    with pytest.raises(InputError, match=message):
        WrittenForm(dictionary, table, table, **{**SETTINGS, "n_grams": n_grams})
