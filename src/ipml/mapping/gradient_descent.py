"""What only gradient descent needs of a mapping: a saved matrix to start from, and the check that it can overfit."""

import numpy as np
import numpy.typing as npt

from ipml.console import print_verdict
from ipml.corpus import Corpus
from ipml.errors import InputError
from ipml.linear_map.data import PairsData
from ipml.linear_map.fitting import fit_linear_map
from ipml.linear_map.solvers import Matrix
from ipml.mapping.centre import choose_centre
from ipml.mapping.conversion import Conversion
from ipml.mapping.settings import MappingTraining
from ipml.mapping.splits import Pairs, pairs
from ipml.tracking import Workspace
from ipml.tracking.model_files import Checkpoint
from ipml.vectors.stage import read_vectors


def overfit(settings: MappingTraining, workspace: Workspace, corpus: Corpus) -> float:
    """Train on a few firms and say whether the matrix converts them afterwards.

    Parameters
    ----------
    settings, workspace
        Of ``ipml train model=mapping_sgd debug=overfit``.
    corpus
        The corpus the firm vectors were made from.

    Returns
    -------
    Squared error after training, as a share of that of the identity.

    Raises
    ------
    InputError
        If the error stays above ``debug.greatest_loss``, or the solver is none that is trained.
    """
    solver = settings.model.map.solver
    if solver != "GradientMap":
        raise InputError(f"debug=overfit: {solver} is solved, not trained; allowed: model=mapping_sgd")
    debug = settings.debug
    if debug is None or debug.cases is None or debug.greatest_loss is None:
        raise ValueError("settings of debug=overfit are needed")
    country, firm_type = settings.country.name, str(settings.firm_type)
    every, _ = read_vectors(workspace, corpus, country)
    whole = pairs(every.of_type(firm_type), settings.model.direction, choose_centre(settings).vector)
    few = Pairs(whole.source[: debug.cases], whole.target[: debug.cases])
    description = f"overfit {country} {firm_type}"
    fitted = fit_linear_map(
        settings.model.map, settings.trainer, PairsData(few, None, few, seed=settings.seed), description
    )
    error = float(np.square(few.source @ fitted.matrix.T - few.target).sum())
    start = np.eye(few.target.shape[1], few.source.shape[1])
    share = error / float(np.square(few.source @ start.T - few.target).sum())
    line = f"overfit: {len(few.source)} firms, squared error {share:.1%} of the identity's"
    print_verdict(line, share, debug.greatest_loss)
    return share


def open_start(
    checkpoint: Checkpoint,
    settings: MappingTraining,
    shape: tuple[int, int],
    centre: npt.NDArray[np.float64] | None,
) -> Matrix:
    """Open the matrix to start from.

    Parameters
    ----------
    checkpoint
        The saved model; how it was solved does not matter.
    settings
        Of ``ipml train model=mapping_sgd``.
    shape
        Of the matrix, (e, d).
    centre
        What is taken off the vectors, (d,); None: nothing.

    Raises
    ------
    InputError
        If it is no mapping, or one of another group, direction, split of the firms, centre or dimension.
    """
    conversion = checkpoint.open(Conversion.load)
    model = settings.model
    now = {"country": settings.country.name, "firm_type": settings.firm_type, "seed": settings.seed}
    of_model = {"direction": model.direction, "train_share": model.train_share}
    saved = conversion.settings
    checkpoint.check_same(saved, now)
    checkpoint.check_same(
        {f"model.{key}": saved[key] for key in of_model if key in saved},
        {f"model.{key}": value for key, value in of_model.items()},
    )
    checkpoint.check_shape(conversion.conversion_matrix, shape)
    saved_centre, own_centre = (np.zeros(0) if c is None else c for c in (conversion.centre, centre))
    if not np.array_equal(saved_centre, own_centre):
        raise checkpoint.refused(f"trained with another centre than model.centre={model.centre or 'null'}")
    return conversion.conversion_matrix
