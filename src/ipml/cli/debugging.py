"""``debug=``: a training made small, and where its time goes."""

import cProfile
import io
import pstats
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig, OmegaConf

from ipml.errors import choice_error

if TYPE_CHECKING:
    from ipml.tracking import TrainedModel

PROFILE = "profile.txt"
_KEPT = 80  # functions in the file

Train = Callable[[DictConfig], "TrainedModel"]


def debugged(config: DictConfig) -> DictConfig:
    """Configuration with the keys that ``debug`` sets for the stage; what it trains is not registered.

    Raises
    ------
    InputError
        If the choice of ``debug`` is not for this stage.
    """
    debug, stage = config.debug, config.model.stage
    if stage not in debug.model:
        raise choice_error(f"debug={debug.name} model.stage", stage, debug.model)
    smaller: DictConfig = config.copy()
    smaller.model = OmegaConf.merge(config.model, debug.model[stage])
    smaller.register = False
    return smaller


def profiled(train: Train, config: DictConfig) -> None:
    """Train, write where the time went into the run folder, and print the beginning."""
    from ipml.console import console
    from ipml.files import atomic_path
    from ipml.tracking.runs import FOLDER_TAG
    from ipml.tracking.store import connect

    profile = cProfile.Profile()
    trained = profile.runcall(train, config)
    folder = Path(connect(config).get_run(trained.run_id).data.tags[FOLDER_TAG])
    with atomic_path(folder / PROFILE) as temporary:
        temporary.write_text(_table(profile, _KEPT), encoding="utf-8", newline="\n")
    console.print(_table(profile, config.debug.shown), highlight=False, markup=False, soft_wrap=True)
    console.print(f"profile: {folder / PROFILE}", highlight=False, soft_wrap=True)


def _table(profile: cProfile.Profile, rows: int) -> str:
    """Functions with the most time in them and in what they call, first."""
    text = io.StringIO()
    pstats.Stats(profile, stream=text).strip_dirs().sort_stats("cumulative").print_stats(rows)
    return text.getvalue().strip() + "\n"
