"""`ConversionMap`: the matrix A of P = A T as a multi-output regressor."""

from typing import Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, MultiOutputMixin, RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from ipml.codes import code_names
from ipml.console import without_progress
from ipml.errors import InputError, choice_error
from ipml.estimators.containers import check_same_rows, column_names, refuse_texts
from ipml.estimators.defaults import RandomState, default_settings, seed_of
from ipml.evaluation.estimates.plug_in import conversion_angle, plug_in_angles
from ipml.guards.shapes import Shapes
from ipml.linear_map.data import PairsData
from ipml.linear_map.fitting import fit_linear_map
from ipml.linear_map.settings import LinearMap
from ipml.mapping.settings import MappingTraining
from ipml.settings import validated
from ipml.statistics.angles import cosines

SOLVERS = ("ridge", "least_squares", "orthogonal", "low_rank", "ridge_identity", "identity_low_rank", "sgd")
SCORINGS = ("r2", "cosine")
_NEED_TWO = ("low_rank", "identity_low_rank", "sgd")  # a fold, and pairs to stop by


class ConversionMap(MultiOutputMixin, RegressorMixin, BaseEstimator):
    """Matrix A that turns technology vectors T into product vectors P: P = A T, without an intercept.

    Motohashi & Zhu, RIETI DP 24-E-075. The same solvers as ``ipml train model=mapping``.

    Parameters
    ----------
    solver
        ``ridge``, ``least_squares``, ``orthogonal`` (Procrustes), ``low_rank`` (reduced-rank ridge) or ``sgd``
        (gradient descent from the identity, as published); where T and P lie in one space ``ridge_identity`` (ridge
        towards a multiple of the identity) and ``identity_low_rank`` (the same with a correction of low rank).
    strength
        Penalty of the solvers with ridge or rank in their name, in multiples of the mean squared singular value of
        T; None: the one with the smallest exact leave-one-out error.
    objective
        Of ``sgd``: ``mse`` or ``cosine``.
    learning_rate, max_epochs, batch_size
        Of ``sgd`` with Adam; the batch in firms.
    patience, validation_share
        Of ``sgd``: epochs without a lower validation loss before it stops, and the share of the firms that this is
        measured on.
    scoring
        What `score` returns: ``r2`` or ``cosine``, the mean cosine of prediction and truth.
    random_state
        Decides the validation firms and the order of the batches of ``sgd``; the others draw nothing.

    Attributes
    ----------
    conversion_matrix_
        A, shape (p, t).
    figures_
        What the solver found on its way, such as ``relative_strength`` or ``rank``.
    n_features_in_
        Dimensions t of a technology vector.
    feature_names_in_
        Names of these, where T is a frame whose columns have names.

    Examples
    --------
    >>> import numpy as np
    >>> T = np.random.default_rng(0).normal(size=(50, 3))
    >>> turn = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    >>> ConversionMap("orthogonal").fit(T, T @ turn.T).conversion_matrix_.round(6) + 0.0
    array([[ 0., -1.,  0.],
           [ 1.,  0.,  0.],
           [ 0.,  0.,  1.]])
    """

    def __init__(
        self,
        solver: str = "ridge",
        *,
        strength: float | None = None,
        objective: str = "mse",
        learning_rate: float = 0.001,
        max_epochs: int = 300,
        batch_size: int = 64,
        patience: int = 20,
        validation_share: float = 0.15,
        scoring: str = "r2",
        random_state: RandomState = 0,
    ) -> None:
        self.solver = solver
        self.strength = strength
        self.objective = objective
        self.learning_rate = learning_rate
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.patience = patience
        self.validation_share = validation_share
        self.scoring = scoring
        self.random_state = random_state

    @without_progress()
    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike) -> Self:
        """Fit A to firms.

        Parameters
        ----------
        X
            Technology vectors T, shape (n, t): an array, nested lists, or a DataFrame with a column a dimension.
        y
            Product vectors P of the same firms in the same order, shape (n, p), or (n,) for one dimension; likewise.

        Raises
        ------
        InputError
            For an unknown solver or objective; for texts, or two tables whose indices differ; for a solver
            towards the identity and two spaces.
        """
        if self.solver not in SOLVERS:
            raise choice_error("solver", self.solver, SOLVERS)
        refuse_texts("X", X)
        refuse_texts("y", y)
        check_same_rows(X, y)
        least = 2 if self.solver in _NEED_TWO else 1
        T, P = validate_data(
            self, X, y, dtype=np.float64, multi_output=True, y_numeric=True, ensure_min_samples=least
        )
        self._is_vector = P.ndim == 1
        self._target_names = column_names(y)
        settings = self._settings()
        seed = seed_of(self.random_state)
        every = T, P.reshape(len(P), -1).astype(np.float64)
        fitted, held_back = self._split(len(T), seed)
        train, validation = (tuple(part[rows] for part in every) for rows in (fitted, held_back))
        data = PairsData(train, validation, every, seed=seed)
        found = fit_linear_map(settings.model.map, settings.trainer, data, "conversion map")
        self.conversion_matrix_ = found.matrix
        self.figures_ = found.figures
        return self

    def predict(self, X: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Predict T Aᵀ for technology vectors (n, t): shape (n, p), or (n,) after a fit to one dimension."""
        check_is_fitted(self)
        refuse_texts("X", X)
        T = validate_data(self, X, dtype=np.float64, reset=False)
        P = T @ self.conversion_matrix_.T
        return P[:, 0] if self._is_vector else P

    def score(self, X: npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> float:
        """Return R², averaged over the dimensions of P, or mean cosine, as ``scoring`` says.

        Parameters
        ----------
        X, y
            T and P of the firms, shapes (n, t) and (n, p), or (n,) after a fit to one dimension.
        sample_weight
            Of each firm, shape (n,), none negative.

        Raises
        ------
        InputError
            For another shape of y: nothing is broadcast.
        """
        if self.scoring not in SCORINGS:
            raise choice_error("scoring", self.scoring, SCORINGS)
        predicted = self.predict(X)
        P, weights = self._products(X, y, len(predicted)), None
        if sample_weight is not None:
            weights = Shapes(n=len(predicted)).check("sample_weight", sample_weight, "n")
            if (weights < 0).any() or not weights.any():
                raise InputError("sample_weight: negative ones or zeros only; needed: at least one above 0")
        if self.scoring == "r2":
            return float(r2_score(P, predicted.reshape(P.shape), sample_weight=weights))
        return float(np.average(cosines(predicted.reshape(P.shape), P), weights=weights))

    def plug_in_angle(self, X: npt.ArrayLike, y: npt.ArrayLike) -> float:
        """Measure the angle in degrees between the mean P of some firms and what this A makes of their mean T: IP_Diff.

        It is biased upwards, the more so the fewer firms A was fitted on; ``ipml evaluate`` takes that off.

        Parameters
        ----------
        X, y
            T and P of the firms, shapes (n, t) and (n, p), or (n,) after a fit to one dimension.

        Raises
        ------
        InputError
            For another shape of y: nothing is broadcast.
        """
        check_is_fitted(self)
        refuse_texts("X", X)
        T = validate_data(self, X, dtype=np.float64, reset=False)
        P = self._products(X, y, len(T))
        return float(plug_in_angles(P, T, self.conversion_matrix_, [np.arange(len(T))])[0])

    def conversion_angle(self, other: "ConversionMap", X: npt.ArrayLike) -> float:
        """Measure the angle in degrees between what two maps make of the mean technology vector of X, shape (n, t)."""
        check_is_fitted(self)
        if not isinstance(other, ConversionMap):
            raise InputError(f"other: {type(other).__name__}; needed: a fitted ConversionMap")
        check_is_fitted(other)
        Shapes(p=len(self.conversion_matrix_), t=self.n_features_in_).check(
            "other.conversion_matrix_", other.conversion_matrix_, "p t"
        )
        refuse_texts("X", X)
        T = validate_data(self, X, dtype=np.float64, reset=False)
        return conversion_angle(self.conversion_matrix_, other.conversion_matrix_, T, T)

    def _products(self, X: npt.ArrayLike, y: npt.ArrayLike, n: int) -> npt.NDArray[np.float64]:
        """P of n firms as it was fitted, as a matrix: shape (n, p)."""
        refuse_texts("y", y)
        check_same_rows(X, y)
        if self._target_names is not None and column_names(y) not in (None, self._target_names):
            raise InputError(
                f"y: columns {column_names(y)}; needed: those of fit, in their order: {self._target_names}"
            )
        shapes = Shapes(n=n, p=len(self.conversion_matrix_))
        P = shapes.check("y", y, "n" if self._is_vector else "n p")
        return P.astype(np.float64).reshape(n, -1)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        # A rotation keeps lengths, and descent from the identity stops early: neither need fit well.
        tags.regressor_tags.poor_score = self.solver in ("orthogonal", "sgd")
        return tags

    def _settings(self) -> MappingTraining:
        # A mapping is of firms of one type, which decides what is read; here the firms are given.
        firm_type = code_names("firm_type")[0]
        words = "model=mapping", f"linear_map@model.map={self.solver}", f"firm_type={firm_type}"
        settings = default_settings(MappingTraining, "train", *words)
        fit = settings.model.map.model_dump()
        module = {**fit["module"]}
        if self.solver == "sgd":
            optimizer = {**module["optimizer"], "lr": self.learning_rate}
            module |= {"objective": self.objective, "optimizer": optimizer}
            fit |= {"max_epochs": self.max_epochs, "batch_size": self.batch_size, "patience": self.patience}
        elif "lowest" in module and self.strength is not None:
            module |= {"lowest": self.strength, "highest": self.strength, "count": 1}
        chosen = validated(LinearMap, {**fit, "module": module}, "model.map")
        return settings.model_copy(update={"model": settings.model.model_copy(update={"map": chosen})})

    def _split(self, n: int, seed: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Split firms into those to fit and those to stop by, at least one of each; for a closed form all and none."""
        if self.solver != "sgd":
            return np.arange(n), np.arange(0)
        if not 0 < self.validation_share < 1:
            raise InputError(f"validation_share={self.validation_share}: allowed: more than 0, less than 1")
        order = np.random.default_rng(seed).permutation(n)
        held_back = min(max(round(self.validation_share * n), 1), n - 1)
        return np.sort(order[held_back:]), np.sort(order[:held_back])
