"""``ckpt_path`` of a mapping by gradient descent: the matrix of a saved one that has not seen the test firms."""

import numpy as np
import numpy.typing as npt
from omegaconf import DictConfig

from ipml.linear_map.solvers import Matrix
from ipml.mapping.conversion import Conversion
from ipml.tracking.model_files import Checkpoint


def open_start(
    checkpoint: Checkpoint,
    config: DictConfig,
    shape: tuple[int, int],
    centre: npt.NDArray[np.float64] | None,
) -> Matrix:
    """Open the matrix to start from.

    Parameters
    ----------
    checkpoint
        The saved model; how it was solved does not matter.
    config
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
    model = config.model
    now = {"country": config.country.name, "firm_type": config.firm_type, "seed": config.seed}
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
