import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ipml.alignment.fusion import candidates
from ipml.alignment.fusion.candidates import Candidates, Witnesses, script_shares, times_translation
from ipml.alignment.fusion.dictionary import make_dictionary
from ipml.alignment.fusion.views import JointSpace
from ipml.alignment.fusion.written_form import WrittenForm, spelling_vectors
from ipml.alignment.lexicons.lexicon import Lexicon
from ipml.statistics.angles import unit_vectors

WORDS = ["犬小屋", "犬", "ネコ", "ネコ車", "tokyoの犬", "ひつじ"]
TARGETS = ["kennel", "dog", "cat", "catcar", "tokyodog", "sheep", "goat"]


def space(name, seed, without_source=(), without_target=()):
    rng = np.random.default_rng(seed)
    source, target = (torch.from_numpy(unit_vectors(rng.normal(size=(n, 4)))).float() for n in (6, 7))
    source[list(without_source)] = 0
    target[list(without_target)] = 0
    return JointSpace(name, source, target, torch.rand(7, generator=torch.Generator().manual_seed(seed)))


@pytest.fixture
def witnesses():
    pairs = [("犬小屋", "kennel"), ("犬", "dog"), ("ネコ", "cat"), ("ネコ", "dog")]
    dictionary = make_dictionary(
        Lexicon(tuple(pairs)), {w: i for i, w in enumerate(WORDS)}, {t: i for i, t in enumerate(TARGETS)}
    )
    meanings = unit_vectors(np.random.default_rng(9).normal(size=(7, 4))).astype(np.float32)
    form = WrittenForm(
        dictionary, meanings, spelling_vectors(TARGETS, 4, 0), n_grams=(1, 2), strength=1.0, neighbours=3
    )
    spaces = [space("one", 0), space("two", 1, without_source=[2], without_target=[5, 6])]
    return Witnesses(WORDS, spaces, form, times_translation(dictionary))


def plain_fusion(tables, number):
    """Sum of 1 / (5 + rank) over the tables that have a target among their own best."""
    total = np.zeros(tables[0].shape)
    for table in tables:
        for query, scores in enumerate(table):
            for rank, target in enumerate(sorted(range(len(scores)), key=lambda t: -scores[t])[:number], 1):
                total[query, target] += 1 / (5 + rank)
    return total


@given(st.integers(0, 2**16), st.integers(1, 12), st.integers(1, 4))
def test_fusion_is_the_sum_of_reciprocal_ranks(seed, number, n_tables):
    tables = np.random.default_rng(seed).normal(size=(n_tables, 3, 8)).astype(np.float32)
    found = candidates._fused([torch.from_numpy(table) for table in tables], number)
    total = plain_fusion(tables, number)
    assert found.shape == (3, min(number, 8))
    for row, scores in zip(found.numpy(), total, strict=True):
        assert len(set(row)) == len(row)
        np.testing.assert_allclose(scores[row], np.sort(scores)[::-1][: len(row)], rtol=1e-5)


def test_scripts_are_counted_by_their_share():
    shares = script_shares(["カメラ屋", "お茶", "IT化", "𠮷", "コーヒー"])
    expected = [[0.75, 0.25, 0, 0], [0, 0.5, 0.5, 0], [0, 1 / 3, 0, 2 / 3], [0, 0, 0, 0], [1, 0, 0, 0]]
    np.testing.assert_allclose(shares[:, :4], expected, rtol=1e-6)
    np.testing.assert_allclose(shares[:, 4], np.log([4, 2, 3, 1, 4]), rtol=1e-6)
    assert script_shares([]).shape == (0, 5)


def test_a_target_counts_as_often_as_it_translates():
    lexicon = Lexicon((("犬", "dog"), ("ネコ", "cat"), ("ネコ", "dog")))
    dictionary = make_dictionary(lexicon, {}, {t: i for i, t in enumerate(TARGETS)})
    assert times_translation(dictionary).tolist() == [0, 1.5, 0.5, 0, 0, 0, 0]


def test_correct_candidates_are_marked():
    found = Candidates(torch.tensor([[4, 2, 7], [0, 1, 2]]), torch.zeros(2, 3, 1))
    marked = found.correct([np.array([7, 4, 9]), np.array([], dtype=np.int64)])
    assert marked.tolist() == [[True, False, True], [False, False, False]]


def test_features_say_what_each_witness_says(witnesses):
    rows = np.array([3, 2, 0])
    found = witnesses.candidates(rows, 4, "test")
    forms, nearest = witnesses.written_form.scores([WORDS[row] for row in rows])
    tables = [s.scores(rows).numpy() for s in witnesses.spaces] + [t.numpy() for t in forms.values()]
    every = [torch.from_numpy(table) for table in tables]
    np.testing.assert_array_equal(found.rows, candidates._fused(every, 4))
    features, at = found.features.numpy(), found.rows.numpy()
    for number, table in enumerate(tables):
        own = np.take_along_axis(table, at, axis=1)
        np.testing.assert_allclose(features[..., 2 * number], own, rtol=1e-5, atol=1e-6)
        ranks = (-own).argsort(axis=1, kind="stable").argsort(axis=1)
        np.testing.assert_allclose(features[..., 2 * number + 1], np.log1p(ranks), rtol=1e-6)
    of_target, of_word = features[..., 2 * len(tables) :][..., :4], features[..., 2 * len(tables) + 4 :]
    np.testing.assert_allclose(of_target[..., 0], np.log1p(at), rtol=1e-6)
    often = np.array([1, 1.5, 0.5, 0, 0, 0, 0])
    np.testing.assert_allclose(of_target[..., 1], np.log1p(often[at]), rtol=1e-6)
    np.testing.assert_array_equal(of_target[..., 2], 1)
    np.testing.assert_array_equal(of_target[..., 3], at < 5)
    shares = script_shares([WORDS[row] for row in rows])
    expected = np.column_stack([np.log1p(rows), nearest, shares, [1, 1, 1], rows != 2])
    for place in range(4):  # they do not vary within a word's list
        np.testing.assert_allclose(of_word[:, place], expected, rtol=1e-6)


def test_vectors_alone_can_speak(witnesses):
    alone = Witnesses(WORDS, witnesses.spaces[:1], None, witnesses.frequency_of_translation)
    found = alone.candidates(np.arange(6), 3, "test")
    np.testing.assert_array_equal(found.rows, witnesses.spaces[0].scores(np.arange(6)).topk(3).indices)
    assert found.features.shape == (6, 3, 7)


def test_words_are_looked_at_in_pieces(witnesses, monkeypatch):
    whole = witnesses.candidates(np.arange(6), 4, "test")
    monkeypatch.setattr(candidates, "_CHUNK_SCORES", 15)  # two words of seven targets
    pieces = witnesses.candidates(np.arange(6), 4, "test")
    np.testing.assert_array_equal(pieces.rows, whole.rows)
    np.testing.assert_allclose(pieces.features, whole.features, rtol=1e-5, atol=1e-6)


def test_there_are_no_more_candidates_than_targets(witnesses):
    found = witnesses.candidates(np.arange(6), 100, "test")
    np.testing.assert_array_equal(found.rows.sort(dim=1).values, np.tile(np.arange(7), (6, 1)))
