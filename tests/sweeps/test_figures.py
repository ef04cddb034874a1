"""What the figures of a sweep show, read from their axes."""

import numpy as np
import optuna
import pytest
from optuna.distributions import FloatDistribution
from optuna.trial import TrialState, create_trial

from ipml.sweeps.figures import history_figure, importance_figure

COMPLETE, PRUNED = TrialState.COMPLETE, TrialState.PRUNED


@pytest.fixture
def study_of():
    def make(*trials, direction="maximize"):
        study = optuna.create_study(direction=direction)
        for number, (state, value) in enumerate(trials):
            study.add_trial(
                create_trial(
                    state=state,
                    value=value if state == COMPLETE else None,
                    params={"lr": (number + 1) / 10},
                    distributions={"lr": FloatDistribution(0.0, 1.0)},
                    intermediate_values={1: value},
                )
            )
        return study

    return make


@pytest.mark.parametrize(
    ("direction", "best"), [("maximize", [0.6, 0.7, 0.7, 0.7]), ("minimize", [0.6, 0.6, 0.5, 0.5])]
)
def test_the_best_so_far_goes_on_to_the_last_trial_and_pruned_ones_lie_on_the_axis(study_of, direction, best):
    study = study_of(
        (COMPLETE, 0.6), (COMPLETE, 0.7), (PRUNED, 0.9), (COMPLETE, 0.5), (PRUNED, 0.1), direction=direction
    )
    (axes,) = history_figure(study, "test/auc", simulated=True).axes
    (line,) = axes.lines
    assert np.asarray(line.get_xdata()).tolist() == [0, 1, 3, 4]
    assert np.asarray(line.get_ydata()).tolist() == best
    complete, pruned = (np.asarray(points.get_offsets()).tolist() for points in axes.collections)
    assert complete == [[0, 0.6], [1, 0.7], [3, 0.5]]
    assert pruned == [[2, 0], [4, 0]]
    assert axes.get_ylim()[0] > 0.4  # 0.1 and 0.9 of the pruned ones are no scores
    assert axes.get_ylim()[1] < 0.8


def test_importances_need_four_complete_trials_that_differ(study_of):
    assert importance_figure(study_of(*[(COMPLETE, 0.1 * n) for n in range(3)]), "test/auc", 0, False) is None
    assert importance_figure(study_of(*[(COMPLETE, 0.5)] * 4), "test/auc", 0, False) is None
    (axes,) = importance_figure(study_of(*[(COMPLETE, 0.1 * n) for n in range(4)]), "test/auc", 0, False).axes
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([1.0])
