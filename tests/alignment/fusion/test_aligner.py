import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from ipml.alignment.fusion.candidates import Candidates
from ipml.alignment.fusion.fitting import FusedAligner, ranked


def first_feature(features):
    return features[..., 0]


def second_feature(features):
    return features[..., 1]


@given(arrays.arrays(np.float32, (3, 5, 2), elements=st.floats(-20, 20, width=32)))
def test_candidates_are_only_put_in_another_order(features):
    rows = torch.tensor([[4, 9, 2, 7, 1], [0, 1, 2, 3, 4], [30, 20, 10, 40, 50]])
    found, probabilities = ranked(Candidates(rows, torch.from_numpy(features)), [first_feature])
    np.testing.assert_array_equal(np.sort(found), np.sort(rows.numpy()))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    assert (np.diff(probabilities) <= 0).all()


def test_the_mean_of_the_scores_decides():
    features = torch.tensor([[[0.0, 3.0], [2.0, 0.0], [0.0, 0.0]]])
    found = Candidates(torch.tensor([[5, 6, 7]]), features)
    order, probabilities = ranked(found, [first_feature, second_feature])
    assert order.tolist() == [[5, 6, 7]]
    e = np.exp([1.5, 1.0, 0.0])
    np.testing.assert_allclose(probabilities, [e / e.sum()], rtol=1e-6)
    assert ranked(found, [first_feature])[0].tolist() == [[6, 5, 7]]


def test_equal_candidates_stay_in_the_order_of_the_witnesses():
    found = Candidates(torch.tensor([[9, 3, 6]]), torch.zeros(1, 3, 1))
    assert ranked(found, [first_feature])[0].tolist() == [[9, 3, 6]]


class OneWitness:
    """Puts forward the next target rows, the last of them the most."""

    def candidates(self, rows, number, description):
        assert len(rows), "nothing to ask"
        targets = torch.from_numpy(rows)[:, None] + torch.arange(number)
        return Candidates(targets, targets[..., None].float())


def test_words_are_translated_in_their_order():
    aligner = FusedAligner(OneWitness(), [first_feature], 3)
    found, probabilities = aligner.translate(np.array([4, 0]))
    assert found.tolist() == [[6, 5, 4], [2, 1, 0]]
    assert probabilities.shape == (2, 3)


def test_no_words_have_no_translations():
    found, probabilities = FusedAligner(OneWitness(), [first_feature], 3).translate(np.zeros(0, np.int64))
    assert found.shape == probabilities.shape == (0, 3)
