import unicodedata

import numpy as np
import pytest

from ipml.settings.world import Dictionary, Languages, Pages, Topics
from ipml.simulation.concepts import draw_concepts, topic_usage, zipf
from ipml.simulation.languages import (
    draw_dictionary,
    draw_language,
    invent_words,
    random_rotation,
    translations,
)
from tests.simulation.worlds import CODES

TOPICS = Topics(technology=4, product=5, words=20, page_themes=3, page_theme_words=5, general_words=300)


@pytest.fixture(scope="module")
def concepts():
    return draw_concepts(TOPICS, 16, np.random.default_rng(0))


def language(code, concepts, seed=1, **settings):
    usage = topic_usage(concepts.topic_names, TOPICS, Pages())
    return draw_language(code, CODES, concepts, usage, Languages(**settings), np.random.default_rng(seed))


def test_concepts_lie_in_topics_with_a_common_mean(concepts):
    assert len(concepts.topic) == 300 + 9 * 20 + 4 * 15
    assert list(concepts.topics_of("technology")) == [1, 2, 3, 4]
    assert len(concepts.topics_of("product")) == 5
    np.testing.assert_allclose(np.bincount(concepts.topic, weights=concepts.probability), 1.0)
    np.testing.assert_allclose(np.linalg.norm(concepts.meaning, axis=1), 1.0)
    cosine = concepts.meaning @ concepts.meaning.T
    same = concepts.topic[:, None] == concepts.topic
    other = cosine[~same].mean()
    topical = concepts.topic > 0
    assert cosine[same & topical & ~np.eye(len(cosine), dtype=bool)].mean() > other + 0.2
    assert other > 0.1  # the common mean


def test_zipf_probabilities_in_closed_form():
    np.testing.assert_allclose(zipf(3, 1.0), np.array([6, 3, 2]) / 11)
    np.testing.assert_allclose(zipf(4, 0.0), 0.25)


@pytest.mark.parametrize(("code", "script"), [("en", "LATIN"), ("ja", "KATAKANA"), ("zh", "CJK")])
def test_invented_words_are_distinct_and_in_their_script(code, script):
    words = invent_words(code, CODES.word_forms[code], 3000, np.random.default_rng(0))
    assert len(set(words)) == len(words) == 3000
    assert all(
        unicodedata.name(character).startswith(script) for character in "".join(words).replace("ー", "")
    )
    assert words == invent_words(code, CODES.word_forms[code], 3000, np.random.default_rng(0))


def test_without_noise_a_language_is_the_meanings_turned(concepts):
    ja = language("ja", concepts, noise=0.0)
    np.testing.assert_allclose(ja.rotation @ ja.rotation.T, np.eye(16), atol=1e-12)
    np.testing.assert_allclose(ja.vectors @ ja.rotation, concepts.meaning[ja.concept], atol=1e-6)


def test_english_is_the_reference(concepts):
    en = language("en", concepts)
    first = np.searchsorted(en.concept, np.arange(len(concepts.topic)))
    np.testing.assert_allclose(en.vectors[first], concepts.meaning, atol=1e-6)
    assert (en.rotation == np.eye(16)).all()


def test_words_share_the_probability_of_their_concept(concepts):
    ja = language("ja", concepts, synonyms=0.3)
    np.testing.assert_allclose(np.bincount(ja.concept, weights=ja.probability), concepts.probability)
    assert 0.2 < len(ja.words) / len(concepts.topic) - 1 < 0.4
    assert 0.9 < ja.has_vector.mean() < 1.0


def test_topic_means_leave_out_words_without_a_vector(concepts):
    en = language("en", concepts, without_vector=0.4)
    k = 3
    rows = np.flatnonzero((en.topic == k) & en.has_vector)
    expected = np.average(en.vectors[rows], axis=0, weights=en.probability[rows])
    np.testing.assert_allclose(en.topic_means()[k], expected, rtol=1e-6)


def test_rotations_are_orthogonal_and_differ():
    rng = np.random.default_rng(0)
    first, second = random_rotation(7, rng), random_rotation(7, rng)
    np.testing.assert_allclose(first @ first.T, np.eye(7), atol=1e-12)
    assert not np.allclose(first, second)


def test_translations_join_all_words_of_a_concept(concepts):
    ja, en = language("ja", concepts, synonyms=0.3), language("en", concepts, seed=2, synonyms=0.3)
    pairs = translations(ja, en)
    n = np.bincount(ja.concept) * np.bincount(en.concept)
    assert len(pairs) == n.sum()
    concept_ja, concept_en = (dict(zip(x.words, x.concept, strict=True)) for x in (ja, en))
    assert (pairs["source"].map(concept_ja) == pairs["target"].map(concept_en)).all()


def test_a_dictionary_has_gaps_and_wrong_entries_and_keeps_the_test_words_apart(concepts):
    ja, en = language("ja", concepts), language("en", concepts, seed=2)
    settings = Dictionary(coverage=0.6, wrong=0.2, test_share=0.25)
    train, test = draw_dictionary(ja, en, settings, np.random.default_rng(0))
    assert not set(train["source"]) & set(test["source"])
    known = len(set(train["source"])) + len(set(test["source"]))
    assert known / len(ja.words) == pytest.approx(0.6, abs=0.06)
    assert len(set(test["source"])) / known == pytest.approx(0.25, abs=0.06)
    correct = set(translations(ja, en).itertuples(index=False, name=None))
    right = [pair in correct for pair in train.itertuples(index=False, name=None)]
    assert np.mean(right) == pytest.approx(0.8, abs=0.06)


def test_a_perfect_dictionary_is_all_translations(concepts):
    ja, en = language("ja", concepts), language("en", concepts, seed=2)
    settings = Dictionary(coverage=1.0, wrong=0.0, test_share=0.5)
    parts = draw_dictionary(ja, en, settings, np.random.default_rng(0))
    found = {pair for part in parts for pair in part.itertuples(index=False, name=None)}
    assert found == set(translations(ja, en).itertuples(index=False, name=None))


def test_rare_words_have_worse_vectors(concepts):
    ja = language("ja", concepts, noise=1.0, noise_by_rarity=0.5)
    error = np.linalg.norm(ja.vectors @ ja.rotation - concepts.meaning[ja.concept], axis=1)
    order = np.argsort(ja.frequency)
    third = len(order) // 3
    assert error[order[:third]].mean() > 1.3 * error[order[-third:]].mean()
    alike = language("ja", concepts, noise=1.0)
    error = np.linalg.norm(alike.vectors @ alike.rotation - concepts.meaning[alike.concept], axis=1)
    assert error[order[:third]].mean() == pytest.approx(error[order[-third:]].mean(), rel=0.1)


def test_a_dictionary_covers_frequent_words_more(concepts):
    ja, en = language("ja", concepts), language("en", concepts, seed=2)
    known = np.zeros(len(ja.words))
    for seed in range(12):
        parts = draw_dictionary(
            ja, en, Dictionary(coverage=0.5, wrong=0, gaps_by_rarity=0.5), np.random.default_rng(seed)
        )
        known += np.isin(ja.words, np.concatenate([part["source"] for part in parts]))
        assert not set(parts[0]["source"]) & set(parts[1]["source"])
    rare = np.median(ja.frequency) / ja.frequency
    np.testing.assert_allclose(known / 12, 0.5 ** np.sqrt(rare), atol=0.55)
    for low, high in ((0, 0.5), (0.5, 1.5), (1.5, 5)):
        band = (rare > low) & (rare <= high)
        assert known[band].mean() / 12 == pytest.approx((0.5 ** np.sqrt(rare[band])).mean(), abs=0.06)
