"""``ckpt_path`` of an alignment by gradient descent: the matrix of a saved one, of the same words and dictionaries."""

from omegaconf import DictConfig

from ipml.alignment.affine import Alignment
from ipml.alignment.task import AlignmentTask
from ipml.linear_map.solvers import Matrix
from ipml.tracking.model_files import Checkpoint


def open_start(checkpoint: Checkpoint, config: DictConfig, task: AlignmentTask) -> Matrix:
    """Open the matrix to start from.

    Parameters
    ----------
    checkpoint
        The saved model; how it was solved does not matter.
    config
        Of ``ipml train model=alignment aligner@model.map=sgd``.
    task
        Languages and dictionaries of this training.

    Raises
    ------
    InputError
        If it is no linear alignment, or one of other vectors, dictionaries, preprocessing, seed or dimension.
    """
    alignment = checkpoint.open(Alignment.load)
    lineage = {f"lexicon-{task.pair}": task.dictionaries}
    for language in task.languages:
        lineage |= language.lineage
    settings = alignment.settings
    trained = {name: settings["lineage"].get(name, "nothing of that name") for name in lineage}
    checkpoint.check_same(
        {"pair": settings["pair"], **trained, "seed": settings["seed"], "model.steps": list(alignment.steps)},
        {"pair": task.pair, **lineage, "seed": config.seed, "model.steps": list(task.steps)},
    )
    shape = task.target.vectors.shape[1], task.source.vectors.shape[1]
    checkpoint.check_shape(alignment.matrix, shape)
    return alignment.matrix
