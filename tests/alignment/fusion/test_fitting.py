from dataclasses import replace

import numpy as np
import pytest
import torch

from ipml.alignment.accuracy import first_hits
from ipml.alignment.fusion.candidates import Witnesses
from ipml.alignment.fusion.dictionary import Dictionary
from ipml.alignment.fusion.fitting import FusedFitting
from ipml.alignment.fusion.views import View
from ipml.alignment.lexicons.lexicon import Lexicon
from ipml.errors import InputError
from tests.alignment.fusion.planted import Planted, folds


@pytest.fixture(scope="module")
def planted():
    return Planted()


def fit(fitting, dictionary):
    """Fit the aligner to a dictionary, in five folds."""
    return fitting.fit(dictionary, fitting.stacked(dictionary, folds(dictionary)))


def accuracy(planted, found):
    """Share of test words whose first candidate, shape (q, C), is right."""
    return (found[:, 0] == planted.translation[planted.test]).mean()


def fused_accuracy(planted, *overrides, views=None):
    aligner = fit(planted.fitting(*overrides, views=views), planted.dictionary())
    return accuracy(planted, aligner.translate(planted.test)[0])


def witness_accuracies(planted, fitting):
    """Accuracy of each witness by itself."""
    witnesses = fitting.witnesses(planted.dictionary())
    tables = {space.name: space.scores(planted.test) for space in witnesses.spaces}
    tables |= witnesses.written_form.scores([planted.source[row] for row in planted.test])[0]
    return {name: accuracy(planted, table.topk(1).indices.numpy()) for name, table in tables.items()}


def scrambled(planted, rows):
    """Lexicon in which these words stand for each other's translations."""
    wrong = np.roll(rows, 1)
    right = np.setdiff1d(planted.train, rows)
    pairs = [
        (planted.source[i], planted.target[planted.translation[j]]) for i, j in zip(rows, wrong, strict=True)
    ]
    by_source = dict(planted.lexicon(right).pairs) | dict(pairs)
    return Lexicon(tuple((planted.source[i], by_source[planted.source[i]]) for i in planted.train))


def test_written_form_and_a_second_embedding_lift_the_accuracy(planted):
    views = [planted.words_view, planted.view("second", planted.second)]
    alone = fused_accuracy(planted, "model.written_form=null")
    with_form = fused_accuracy(planted)
    with_second = fused_accuracy(planted, "model.written_form=null", views=views)
    everything = fused_accuracy(planted, views=views)
    of_first = witness_accuracies(planted, planted.fitting())
    of_both = witness_accuracies(planted, planted.fitting(views=views))
    linear = of_first["words orthogonal"]
    assert 0.4 < linear < 0.65
    assert alone > linear - 0.05
    assert with_form > linear + 0.15
    assert with_second > linear + 0.25
    assert everything > with_second + 0.05
    # No witness by itself does as well as all of them, weighed.
    assert (len(of_first), len(of_both)) == (4 + 3, 4 + 3 * 3)
    assert with_form > max(of_first.values()) + 0.05
    assert everything > max(of_both.values()) + 0.05


def test_an_embedding_of_one_language_stands_beside_the_others_alone(planted):
    one_sided = View("one", planted.view("one", planted.second).source, np.zeros((300, 0), np.float32))
    fitting = planted.fitting(views=[planted.words_view, one_sided])
    assert [view.name for view in fitting.views] == ["words", "words+one"]
    assert fused_accuracy(planted, views=[planted.words_view, one_sided]) > 0.7


def test_words_are_heard_by_witnesses_that_have_not_seen_them(planted, monkeypatch):
    fit_witnesses, hear = FusedFitting.witnesses, Witnesses.candidates
    learned, heard = [], []

    def fit_and_note(self, dictionary):
        learned.append((fit_witnesses(self, dictionary), set(dictionary.words)))
        return learned[-1][0]

    def hear_and_note(self, rows, number, description):
        (words,) = (words for witnesses, words in learned if witnesses is self)
        heard.append((words, [self.words[row] for row in rows]))
        return hear(self, rows, number, description)

    monkeypatch.setattr(FusedFitting, "witnesses", fit_and_note)
    monkeypatch.setattr(Witnesses, "candidates", hear_and_note)
    dictionary = planted.dictionary()
    stack = planted.fitting().stacked(dictionary, folds(dictionary))
    assert len(heard) == 5
    for seen, words in heard:
        assert not seen & set(words)
        assert seen | set(words) == set(dictionary.words)
    every = [word for _, words in heard for word in words]
    assert sorted(every) == sorted(dictionary.words)
    assert [planted.source[row] for row in stack.rows] == every


def test_what_is_said_of_a_word_does_not_depend_on_its_own_translation(planted):
    dictionary = planted.dictionary()
    fold = folds(dictionary)
    left_out = planted.train[fold == 2]
    fitting = planted.fitting()
    right = fitting.stacked(dictionary, fold)
    other = fitting.stacked(planted.dictionary(scrambled(planted, left_out)), fold)
    inside = torch.from_numpy(right.fold == 2)
    torch.testing.assert_close(other.candidates.rows[inside], right.candidates.rows[inside], rtol=0, atol=0)
    torch.testing.assert_close(
        other.candidates.features[inside], right.candidates.features[inside], rtol=0, atol=0
    )
    assert not torch.equal(other.correct[inside], right.correct[inside])
    assert not torch.equal(other.candidates.features[~inside], right.candidates.features[~inside])


def test_a_fold_is_ranked_by_rankers_of_the_others(planted):
    dictionary = planted.dictionary()
    fitting = planted.fitting()
    stack = fitting.stacked(dictionary, folds(dictionary, 3))
    found = fitting.cross_validated(stack)
    np.testing.assert_array_equal(np.sort(found), stack.candidates.rows.sort(dim=1).values)
    inside = torch.from_numpy(stack.fold == 1)
    wrong = stack.correct.clone()
    wrong[inside] = wrong[inside].roll(7, dims=1)
    other = fitting.cross_validated(replace(stack, correct=wrong))
    np.testing.assert_array_equal(other[inside], found[inside])
    assert (other[~inside] != found[~inside]).any()
    inner = (first_hits(found, stack.translations) == 1).mean()
    outer = accuracy(planted, fitting.fit(dictionary, stack).translate(planted.test)[0])
    assert 0.55 < inner < outer + 0.05  # two thirds of the dictionary teach less than all of it


def test_the_seed_decides_the_model(planted):
    models = []
    for seed in (0, 0, 1):
        torch.manual_seed(len(models))
        fitting = planted.fitting(f"seed={seed}", "model.ranker.max_epochs=2")
        aligner = fit(fitting, planted.dictionary())
        models.append(aligner.translate(np.arange(300)))
    for one, same, other in zip(*models, strict=True):
        np.testing.assert_array_equal(one, same)
        assert (one != other).any()


def test_fitting_leaves_the_random_numbers_of_others_alone(planted):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    fit(planted.fitting("model.ranker.max_epochs=1"), planted.dictionary())
    torch.testing.assert_close(torch.rand(3), expected)


def test_scores_of_several_rankers_are_averaged(planted):
    fitting = planted.fitting("model.n_rankers=2", "model.ranker.max_epochs=2")
    aligner = fit(fitting, planted.dictionary())
    first, second = aligner.rankers
    assert not torch.equal(first.layers[0].weight, second.layers[0].weight)
    assert not first.training
    single = fit(planted.fitting("model.ranker.max_epochs=2"), planted.dictionary()).rankers[0]
    torch.testing.assert_close(single.layers[0].weight, first.layers[0].weight, rtol=0, atol=0)


def test_dictionary_words_without_a_vector_are_learned_from_but_not_heard(planted):
    dictionary = planted.dictionary()
    rows = dictionary.rows.copy()
    rows[::3] = -1
    partly = Dictionary(dictionary.words, rows, dictionary.weights)
    stack = planted.fitting().stacked(partly, folds(partly))
    assert sorted(stack.rows) == sorted(rows[rows >= 0])
    assert len(stack.correct) == len(stack.translations) == (rows >= 0).sum()


def test_words_of_one_fold_are_too_few(planted):
    dictionary = planted.dictionary()
    with pytest.raises(InputError, match=r"lexicon\.train: 150 words with vectors; two folds of them"):
        planted.fitting().stacked(dictionary, np.full(150, 3))


def test_nothing_can_be_learned_without_a_translation_among_the_candidates(planted):
    everywhere = View("words", *(np.eye(300, dtype=np.float32),) * 2)
    overrides = ["model.view_methods=[identity]", "model.written_form=null", "model.n_candidates=1"]
    pairs = [(planted.source[i], planted.target[i + 1]) for i in range(0, 20, 2)]
    dictionary = planted.dictionary(Lexicon(tuple(pairs)))
    with pytest.raises(InputError, match=r"lexicon\.train: no translation is among the candidates"):
        planted.fitting(*overrides, views=[everywhere]).stacked(dictionary, np.arange(10) % 2)


def test_the_rankers_learn_from_as_many_words_as_allowed(planted):
    dictionary = planted.dictionary()
    fold = np.arange(len(dictionary)) % 3
    stacks = [planted.fitting("model.max_stacked_words=40").stacked(dictionary, fold) for _ in range(2)]
    assert len(np.unique(stacks[0].rows)) == len(stacks[0].rows) == 40
    assert set(stacks[0].rows) <= set(dictionary.rows)
    np.testing.assert_array_equal(stacks[0].rows, stacks[1].rows)
    every = planted.fitting("model.max_stacked_words=150").stacked(dictionary, fold)
    assert sorted(every.rows) == sorted(dictionary.rows)
