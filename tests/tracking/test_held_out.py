import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from ipml.errors import InputError
from ipml.statistics.intervals import Bootstrap
from ipml.tracking import HeldOut
from ipml.tracking.held_out import check_same_data, compare, too_few

N = 120
UNITS = [f"firm {number}" for number in range(N)]
GENERATOR = np.random.default_rng(3)
LABELS = GENERATOR.random(N) < 0.4


def scored(noise, labels=LABELS, seed=5):
    """Probabilities that tell the labels, the worse the more noise; rounded, so that there are ties."""
    scores = labels + noise * np.random.default_rng(seed).normal(size=N)
    return HeldOut("auc", {"corpus": "c1"}, UNITS, scores.round(1), labels)


def test_the_interval_of_a_difference_of_aucs_is_that_of_a_plain_loop():
    challenger, champion = scored(0.8), scored(1.2, seed=6)
    found = compare(challenger, champion, Bootstrap(400, 0.9, 1))
    both = [roc_auc_score(LABELS, model.scores) for model in (challenger, champion)]
    assert found[1:4] == pytest.approx((*both, both[0] - both[1]))
    differences = []
    for drawn in np.random.default_rng(1).integers(N, size=(400, N)):
        one, other = (roc_auc_score(LABELS[drawn], m.scores[drawn]) for m in (challenger, champion))
        differences.append(one - other)
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(differences, [0.05, 0.95])))
    assert found.n == N


def test_the_interval_is_paired():
    """A model that is everywhere a little better is surely better, however much units differ."""
    values = GENERATOR.normal(size=N)
    old = HeldOut("cosine", {}, UNITS, values)
    new = HeldOut("cosine", {}, UNITS, values + 0.01)
    found = compare(new, old, Bootstrap(100, 0.95, 1))
    assert found[3:6] == pytest.approx((0.01, 0.01, 0.01))


def test_resamples_with_one_class_are_left_out():
    labels = np.arange(N) == 0
    found = compare(scored(0.5, labels), scored(0.6, labels, 6), Bootstrap(50, 0.95, 1))
    assert not np.isnan([found.low, found.high]).any()


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (HeldOut("cosine", {"corpus": "c1"}, UNITS, LABELS), "new is scored by auc, old by cosine"),
        (HeldOut("auc", {"corpus": "c2"}, UNITS, LABELS), "new was scored on corpus c1, old on corpus c2"),
        (HeldOut("auc", {"words": "w"}, UNITS, LABELS), "on corpus c1, old on corpus none"),
        (HeldOut("auc", {"corpus": "c1"}, UNITS[1:], LABELS), "on 120 units, old on 119: .* firm 0 in one"),
    ],
)
def test_other_data_is_named_on_both_sides(other, message):
    with pytest.raises(InputError, match=message):
        check_same_data(scored(1.0), other, ("new", "old"))


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        (None, "4 held-out units; at least 5 are needed for a comparison"),
        ([True] + [False] * 9, "1 held-out units of a class; at least 5 are needed for a comparison"),
        ([True, False] * 5, ""),
    ],
)
def test_few_units_are_no_comparison(labels, reason):
    n = 4 if labels is None else len(labels)
    given = None if labels is None else np.array(labels)
    assert too_few(HeldOut("cosine", {}, UNITS[:n], np.zeros(n), given)) == reason
