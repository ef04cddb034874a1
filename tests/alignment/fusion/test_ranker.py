import math

import pytest
import torch

from ipml.alignment.fusion.ranker import CandidateRanker, ListsData, listwise_loss


def test_the_loss_is_minus_the_log_probability_of_a_correct_candidate():
    scores = torch.tensor([[0.0, math.log(2), math.log(5)], [math.log(3), 0.0, 0.0]])
    correct = torch.tensor([[False, True, False], [True, False, False]])
    assert listwise_loss(scores, correct).item() == pytest.approx(-(math.log(2 / 8) + math.log(3 / 5)) / 2)


def test_several_correct_candidates_share_the_probability():
    scores = torch.tensor([[0.0, math.log(2), math.log(5)]])
    correct = torch.tensor([[True, True, False]])
    assert listwise_loss(scores, correct).item() == pytest.approx(-math.log(3 / 8))
    assert listwise_loss(scores, torch.ones_like(correct)).item() == pytest.approx(0, abs=1e-6)


def test_the_gradient_is_that_of_the_loss():
    generator = torch.Generator().manual_seed(0)
    scores = torch.randn(4, 6, dtype=torch.float64, generator=generator, requires_grad=True)
    correct = torch.rand(4, 6, generator=generator) < 0.3
    correct[:, 2] = True
    assert torch.autograd.gradcheck(lambda s: listwise_loss(s, correct), scores)
    listwise_loss(scores, correct).backward()
    # Both sides are softmaxes: over the list, and over its correct ones.
    inside = scores.detach().masked_fill(~correct, -math.inf).softmax(dim=1)
    torch.testing.assert_close(scores.grad, (scores.detach().softmax(dim=1) - inside) / 4)


def test_scores_do_not_depend_on_the_units_of_the_features():
    features = torch.randn(5, 7, 3, generator=torch.Generator().manual_seed(1))
    features[..., 2] = 4.0  # does not vary
    torch.manual_seed(0)
    ranker = CandidateRanker(3, 8, 0.1).eval()
    ranker.standardise_by(features)
    assert ranker.deviation[2] == 1
    torch.testing.assert_close(ranker.mean[2], torch.tensor(4.0))
    before = ranker(features)
    assert before.shape == (5, 7)
    scaled = features * torch.tensor([100.0, 0.01, 1.0]) + 3
    ranker.standardise_by(scaled)
    torch.testing.assert_close(ranker(scaled), before, rtol=1e-4, atol=1e-4)


def test_lists_without_a_correct_candidate_are_left_out():
    features = torch.arange(24.0).reshape(4, 3, 2)
    correct = torch.tensor([[True, False, False], [False] * 3, [False, True, True], [False] * 3])
    data = ListsData(features, correct, 2, seed=0)
    torch.testing.assert_close(data.features, features[[0, 2]])
    assert data.correct.tolist() == correct[[0, 2]].tolist()


def test_the_order_of_the_lists_is_the_seeds():
    features = torch.arange(20.0).reshape(20, 1, 1)
    correct = torch.ones(20, 1, dtype=torch.bool)

    def order(seed):
        batches = list(ListsData(features, correct, 8, seed).train_dataloader())
        assert [len(batch[0]) for batch in batches] == [8, 8, 4]
        return torch.cat([batch[0].ravel() for batch in batches]).tolist()

    assert order(0) == order(0) != order(1)
    assert sorted(order(1)) == features.ravel().tolist()
