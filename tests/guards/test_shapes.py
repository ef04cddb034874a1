"""Shapes are refused that a function does not document: nothing is broadcast, flattened or read as something else."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from ipml import Aligner, ConversionMap
from ipml.alignment.accuracy import accuracy_table, chance, first_hits
from ipml.alignment.affine import before_centring, prepare, step_means
from ipml.alignment.retrieval import neighbours
from ipml.errors import InputError
from ipml.evaluation.differences.decomposition import take_apart
from ipml.evaluation.estimates.alignment_control import map_angles, two_versions
from ipml.evaluation.estimates.cluster_effects import fit_effects
from ipml.evaluation.estimates.conversion_fit import ConversionFit, ridge_weights
from ipml.evaluation.estimates.inference import holm
from ipml.evaluation.estimates.plug_in import (
    cell_means,
    conversion_angle,
    plug_in_angles,
    technology_mix_angle,
)
from ipml.evaluation.estimates.sample import ClusteredSample, Sample
from ipml.guards.shapes import Shapes
from ipml.linear_map import solvers
from ipml.linear_map.identity_maps import identity_low_rank, ridge_identity
from ipml.linear_map.low_rank_map import low_rank, rank_errors
from ipml.mapping import null_models, scores
from ipml.mapping.ceiling import Measured, ceiling_table
from ipml.mapping.conversion import Conversion
from ipml.statistics import angles, classification, intervals, ridge_strength
from ipml.statistics.intervals import Bootstrap

RNG = np.random.default_rng(0)
N, D, E, M, K = 12, 5, 4, 7, 3  # all different, so that no wrong shape fits by chance
FEW = Bootstrap(100, 0.95, seed=0)
T, P, A = RNG.normal(size=(N, D)), RNG.normal(size=(N, E)), RNG.normal(size=(E, D))
LABELS = np.arange(N) % 2 == 0
PROBABILITIES = RNG.uniform(size=N)
ROWS = np.arange(N) % K
CELLS = [np.arange(4), np.arange(4, N)]


@dataclass(frozen=True)
class Case:
    """A public function with valid arguments, and the documented pattern of each array among them.

    ``allowed`` names what an argument takes beside its pattern: ``nan``, ``empty``, ``None``.
    """

    function: Callable[..., Any]
    arrays: Mapping[str, tuple[Any, str]]
    others: Mapping[str, Any] = field(default_factory=dict)
    allowed: Mapping[str, str] = field(default_factory=dict)

    def call(self, **changed: Any) -> Any:
        """Call it with some arguments changed."""
        return self.function(
            **{name: array for name, (array, _) in self.arrays.items()} | {**self.others, **changed}
        )


def _measured(**arrays: Any) -> pd.DataFrame:
    first, second = Measured(arrays["A T"], arrays["A u"]), Measured(arrays["P"], arrays["e"])
    return ceiling_table(first, second, arrays["mean"], FEW)


def _map_angles(fitted: Any) -> Any:
    return map_angles((P, T), (P, T), fitted, 1.0, CELLS)


def _score_table(predicted: Any, P: Any, mean: Any) -> pd.DataFrame:
    return scores.score_table({"model": predicted}, P, mean, FEW)


WEIGHTS = sparse.csr_matrix(np.full((N, M), 1 / M))
NEAR = P + 0.1 * RNG.normal(size=P.shape)
FITTED_MAP = ConversionMap().fit(T, P)
VECTOR_MAP = ConversionMap().fit(T, P[:, 0])
COSINE_MAP = ConversionMap(scoring="cosine").fit(T, P)
ALIGNER = Aligner(steps=("unit",)).fit(T, P)
PAIRS = {"X": (T, "n d"), "Y": (P, "n e")}
SAME_SPACE = {"X": (T, "n d"), "Y": (T[::-1], "n d")}
CASES = {
    "unit_vectors": Case(angles.unit_vectors, {"vectors": (T, "... d")}, allowed={"vectors": "empty"}),
    "directions": Case(angles.directions, {"vectors": (T, "... d")}, allowed={"vectors": "empty"}),
    "cosines": Case(angles.cosines, {"X": (P, "n d"), "Y": (NEAR, "n d")}),
    "angle_degrees": Case(angles.angle_degrees, {"a": (P, "... d"), "b": (NEAR, "... d")}),
    "known_angles": Case(
        angles.known_angles, {"a": (P, "n d"), "b": (NEAR, "n d")}, allowed={"a": "nan", "b": "nan"}
    ),
    "squared_chord": Case(
        angles.squared_chord, {"degrees": (PROBABILITIES, "...")}, allowed={"degrees": "nan empty"}
    ),
    "degrees_of_squared_chord": Case(
        angles.degrees_of_squared_chord, {"chord": (PROBABILITIES, "...")}, allowed={"chord": "nan empty"}
    ),
    "classification_metrics": Case(
        classification.classification_metrics,
        {"labels": (LABELS, "n"), "probabilities": (PROBABILITIES, "n"), "weights": (np.ones((M, N)), "... n")},
        allowed={"weights": "None"},
    ),
    "macro_metrics": Case(
        classification.macro_metrics,
        {"labels": (LABELS, "n"), "predicted": (~LABELS, "n"), "weights": (np.ones(N), "... n")},
        allowed={"weights": "None"},
    ),
    "area_under_roc": Case(
        classification.area_under_roc,
        {"labels": (LABELS, "n"), "scores": (PROBABILITIES, "n"), "weights": (np.ones(N), "... n")},
        allowed={"weights": "None"},
    ),
    "bootstrap_metrics": Case(
        classification.bootstrap_metrics,
        {"labels": (LABELS, "n"), "probabilities": (PROBABILITIES, "n")},
        {"n_resamples": 5, "seed": 0},
    ),
    "metrics_with_intervals": Case(
        classification.metrics_with_intervals,
        {"labels": (LABELS, "n"), "probabilities": (PROBABILITIES, "n")},
        {"n_resamples": 5, "seed": 0},
    ),
    "percentile_interval": Case(
        intervals.percentile_interval,
        {"resampled": (PROBABILITIES, "m")},
        allowed={"resampled": "nan"},
    ),
    "bootstrap_mean": Case(
        intervals.bootstrap_mean,
        {"values": (PROBABILITIES, "n")},
        {"bootstrap": FEW},
    ),
    "bootstrap_figure": Case(
        intervals.bootstrap_figure,
        {"values": (T, "n k")},
        {"figure": lambda means: means[:, 0], "bootstrap": FEW},
    ),
    "choose_strength": Case(
        ridge_strength.choose_strength,
        {**PAIRS, "strengths": (np.ones(K), "m")},
        allowed={"strengths": "None"},
    ),
    "strength_grid": Case(ridge_strength.strength_grid, {"X": (T, "n d")}),
    "leave_one_out_errors": Case(
        ridge_strength.leave_one_out_errors, {**PAIRS, "strengths": (np.ones(K), "m")}
    ),
    "least_squares": Case(solvers.least_squares, PAIRS),
    "ridge": Case(solvers.ridge, PAIRS, {"strength": 1.0}),
    "orthogonal": Case(solvers.orthogonal, PAIRS),
    "low_rank": Case(low_rank, PAIRS, {"strength": 1.0, "rank": 2}),
    "rank_errors": Case(rank_errors, PAIRS, {"strength": 1.0, "n_folds": 3}),
    "ridge_identity": Case(ridge_identity, SAME_SPACE, {"strength": 1.0}),
    "identity_low_rank": Case(identity_low_rank, SAME_SPACE, {"strength": 1.0, "rank": 2}),
    "mean_vector": Case(null_models.mean_vector, {"P": (P, "n p"), "T_test": (T[:M], "m t")}),
    "identity": Case(null_models.identity, {"T_test": (T[:M], "m t")}),
    "shuffled": Case(null_models.shuffled, {"P": (P, "n p")}, {"seed": 0}, {"P": "empty"}),
    "null ridge": Case(null_models.ridge, {"T": (T, "n t"), "P": (P, "n p"), "T_test": (T[:M], "m t")}),
    "null orthogonal": Case(
        null_models.orthogonal, {"T": (T, "n t"), "P": (P, "n p"), "T_test": (T[:M], "m t")}
    ),
    "centred_cosines": Case(
        scores.centred_cosines, {"predicted": (NEAR, "n p"), "P": (P, "n p"), "mean": (P[0], "p")}
    ),
    "score_table": Case(_score_table, {"predicted": (NEAR, "n p"), "P": (P, "n p"), "mean": (P[0], "p")}),
    "own_ranks": Case(
        scores.own_ranks, {"predicted": (NEAR, "n p"), "P": (P, "n p"), "mean": (P[0], "p")}
    ),
    "hits": Case(
        scores.hits, {"first": (ROWS + 1, "n"), "shared": (np.ones(N, int), "n")}, {"k": 1}
    ),
    "centred_directions": Case(
        scores.centred_directions,
        {"vectors": (P, "n p"), "mean": (P[0], "p")},
        allowed={"vectors": "empty"},
    ),
    "ceiling_table": Case(
        _measured,
        {
            "A T": (NEAR, "n p"),
            "A u": (NEAR, "n p"),
            "P": (P, "n p"),
            "e": (P, "n p"),
            "mean": (P[0], "p"),
        },
    ),
    "Conversion.apply": Case(Conversion(A, {}).apply, {"vectors": (T, "n t")}, allowed={"vectors": "nan empty"}),
    "cell_means": Case(cell_means, {"vectors": (P, "n p")}, {"cells": CELLS}),
    "plug_in_angles": Case(
        plug_in_angles,
        {"product_vectors": (P, "n p"), "technology_vectors": (T, "n t"), "conversion_matrix": (A, "p t")},
        {"cells": CELLS},
    ),
    "technology_mix_angle": Case(
        technology_mix_angle, {"first_technologies": (T, "n t"), "second_technologies": (T[:M], "m t")}
    ),
    "conversion_angle": Case(
        conversion_angle,
        {
            "first_matrix": (A, "p t"),
            "second_matrix": (A + 1, "p t"),
            "first_technologies": (T, "n t"),
            "second_technologies": (T[:M], "m t"),
        },
    ),
    "holm": Case(holm, {"p_values": (PROBABILITIES, "m")}, allowed={"p_values": "empty"}),
    "ridge_weights": Case(
        ridge_weights, {"technologies": (T, "n t"), "targets": (T[:M], "k t")}, {"strength": 1.0}
    ),
    "ConversionFit": Case(
        ConversionFit, {"products": (P, "n p"), "technologies": (T, "n t")}, {"strength": 1.0}
    ),
    "Sample": Case(
        Sample,
        {"product_vectors": (P, "n p"), "technology_vectors": (T, "n t"), "fitted": (LABELS, "n")},
        {"strength": 1.0},
    ),
    "ClusteredSample": Case(
        ClusteredSample,
        {
            "product_vectors": (P, "n p"),
            "technology_vectors": (T, "n t"),
            "fitted": (LABELS, "n"),
            "clusters": (ROWS, "n"),
        },
        {"strength": 1.0},
    ),
    "fit_effects": Case(
        fit_effects,
        {"products": (P, "n p"), "technologies": (T, "n t"), "clusters": (ROWS, "n")},
        {"strength": 1.0},
    ),
    "two_versions": Case(
        two_versions,
        {
            "own": (RNG.normal(size=(M, D)), "w d"),
            "translated": (RNG.normal(size=(M, D)), "w d"),
            "known": (np.ones(M, bool), "w"),
        },
        {"weights": WEIGHTS},
    ),
    "map_angles": Case(_map_angles, {"fitted": (LABELS, "n")}),
    "first_hits": Case(
        first_hits,
        {"found": (np.tile(np.arange(K), (2, 1)), "q k")},
        {"correct": [[0], [1]]},
        {"found": "empty"},
    ),
    "chance": Case(
        chance,
        {"n_correct": (ROWS, "q")},
        {"n_candidates": 9, "k": 2},
        {"n_correct": "empty"},
    ),
    "accuracy_table": Case(
        accuracy_table,
        {"ranks": (ROWS + 1, "q"), "n_correct": (ROWS, "q")},
        {"n_without_vector": 1, "ks": [1], "bootstrap": FEW},
    ),
    "before_centring": Case(
        before_centring, {"vectors": (T, "n d")}, {"steps": ["unit"]}, {"vectors": "empty"}
    ),
    "step_means": Case(step_means, {"vectors": (T, "n d")}, {"steps": ["centre"]}),
    "prepare": Case(
        prepare,
        {"vectors": (T, "n d"), "means": (T[:2], "c d")},
        {"steps": ["centre", "unit", "centre"]},
        {"vectors": "empty"},
    ),
    "neighbours": Case(
        neighbours,
        {"queries": (T, "q e"), "targets": (T[:M], "m e"), "sources": (T, "n e")},
        {"k": 2, "method": "csls"},
        {"queries": "nan empty", "targets": "nan", "sources": "nan"},
    ),
    "take_apart": Case(
        take_apart, {"difference": (A, "p t"), "first": (T, "n t"), "second": (T[:M], "m t")}
    ),
    "ConversionMap.score": Case(FITTED_MAP.score, {"y": (P, "n p")}, {"X": T}),
    "ConversionMap.score of a vector": Case(VECTOR_MAP.score, {"y": (P[:, 0], "n")}, {"X": T}),
    "ConversionMap.score by cosine": Case(
        COSINE_MAP.score, {"y": (P, "n p"), "sample_weight": (np.ones(N), "n")}, {"X": T}, {"sample_weight": "None"}
    ),
    "ConversionMap.plug_in_angle": Case(FITTED_MAP.plug_in_angle, {"y": (P, "n p")}, {"X": T}),
    "Aligner.score": Case(ALIGNER.score, {"y": (P, "n e")}, {"X": T}),
    "Aligner.nearest": Case(ALIGNER.nearest, {"targets": (P, "m e")}, {"X": T, "k": 1}),
}  # fmt: skip


def wrong(case: Case, name: str) -> Iterator[tuple[str, Any]]:
    """Values that the pattern of an argument does not allow, with what is wrong about each."""
    value, pattern = case.arrays[name]
    value, allowed = np.asarray(value), case.allowed.get(name, "")
    axes = pattern.split()
    yield "object dtype", value.astype(object)
    yield "texts", value.astype(str)
    yield "complex", value.astype(complex)
    if "None" not in allowed:
        yield "None", None
    yield "a dict", {0: value}
    yield "masked", np.ma.masked_array(value, mask=np.zeros(value.shape, bool))
    if "nan" not in allowed:
        for bad in (np.nan, np.inf, -np.inf):
            spoilt = value.astype(float).copy()
            spoilt.flat[-1] = bad
            yield f"one {bad}", spoilt
    if axes == ["..."]:
        return
    yield "a number", float(value.flat[0])
    if axes[0] == "...":
        return
    yield "one axis more in front", value[None]
    yield "one axis more behind", value[..., None]
    yield "one axis less", value[0]
    if "empty" not in allowed:
        yield "empty", value[:0]
    if value.ndim == 2:
        yield "flat", value.ravel()
        if sum(axis in other.split() for _, other in case.arrays.values() for axis in axes) > len(axes):
            yield "transposed", value.T
    for place, axis in enumerate(axes):
        if sum(axis in other.split() for _, other in case.arrays.values()) > 1:
            yield f"other {axis}", np.concatenate([value, value], axis=place)
            yield f"{axis}=1", np.take(value, [0], axis=place)


@pytest.mark.parametrize("name", CASES)
def test_only_documented_shapes_are_taken(name: str) -> None:
    case = CASES[name]
    case.call()
    for argument in case.arrays:
        for what, value in wrong(case, argument):
            with pytest.raises(ValueError, match=r"^[^\n]*$"):
                found = case.call(**{argument: value})
                pytest.fail(f"{name}({argument}={what}) is {found}")


def test_the_message_names_argument_shape_and_pattern() -> None:
    with pytest.raises(InputError, match=r"^Y: shape \(3, 4\); needed: \(n, e\), n=12 as in X$"):
        solvers.ridge(T, P[:3], 1.0)
    with pytest.raises(InputError, match=r"^y: shape \(12,\); needed: \(n, p\)$"):
        FITTED_MAP.score(T, P[:, 0])
    with pytest.raises(InputError, match=r"^p_values: nan at \[1\]; needed: finite numbers, shape \(m,\)$"):
        holm(np.array([0.1, np.nan]))


def test_a_mask_of_firms_is_no_list_of_rows() -> None:
    for cells in ([np.ones(N, bool)], [], [np.array([N])], [np.array([-1])], [np.array([0.0])]):
        with pytest.raises(InputError, match="cells"):
            plug_in_angles(P, T, A, cells)


def test_zeros_and_ones_are_yes_and_no_but_other_numbers_are_not() -> None:
    as_numbers = classification.area_under_roc(LABELS.astype(int), PROBABILITIES, np.ones(N))
    assert as_numbers == classification.area_under_roc(LABELS, PROBABILITIES, np.ones(N))
    for labels in (LABELS + 1, np.where(LABELS, 1, -1), np.where(LABELS, "1", "0")):
        with pytest.raises(InputError, match="labels"):
            classification.area_under_roc(labels, PROBABILITIES, np.ones(N))


def test_an_axis_has_one_size() -> None:
    shapes = Shapes(d=2)
    shapes.check("X", np.ones((3, 2)), "n d")
    with pytest.raises(InputError, match=r"^Y: shape \(2, 2\); needed: \(n, d\), n=3 as in X$"):
        shapes.check("Y", np.ones((2, 2)), "n d")
    with pytest.raises(InputError, match=r"^Z: shape \(3, 3\); needed: \(n, d\), d=2$"):
        shapes.check("Z", np.ones((3, 3)), "n d")


@pytest.mark.parametrize("weights", [np.ones((2, N + 1)), np.ones((1, 1, N)), np.ones((N, 2)), np.ones(1)])
def test_weights_are_one_a_case_and_a_resample(weights: Any) -> None:
    for function in (
        classification.classification_metrics,
        classification.macro_metrics,
        classification.area_under_roc,
    ):
        found = PROBABILITIES if function is not classification.macro_metrics else LABELS
        with pytest.raises(InputError, match="weights: shape"):
            function(LABELS, found, weights)
