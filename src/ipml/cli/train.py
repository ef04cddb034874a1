"""``ipml train model=… country=…``: train and register a model, or look into a training by ``debug=``."""

import cProfile
import io
import pstats
from typing import TYPE_CHECKING, Any

from ipml.cli.dispatch import perform
from ipml.commands import TRAININGS
from ipml.settings import TrainSettings

if TYPE_CHECKING:
    from ipml.tracking import TrainedModel

PROFILE = "profile.txt"
_KEPT = 80  # functions in the file


def train(settings: TrainSettings) -> Any:
    """Train the stage that ``model.stage`` names; ``debug`` has made its settings smaller already."""
    training = TRAININGS[settings.model.stage]
    debug = None if settings.debug is None else settings.debug.name
    if debug == "overfit":
        return perform(training.overfit or training, settings)  # `debug` names the stages that it is for
    if debug == "profile":
        return _profiled(settings)
    return perform(training, settings)


def _profiled(settings: TrainSettings) -> "TrainedModel":
    """Train, write where the time went into the run folder, and print the beginning."""
    from ipml.console import console
    from ipml.files import write_text
    from ipml.tracking import Workspace

    profile = cProfile.Profile()
    trained: TrainedModel = profile.runcall(perform, TRAININGS[settings.model.stage], settings)
    folder = Workspace(settings).get_run(trained.run_id).folder
    write_text(folder / PROFILE, _table(profile, _KEPT))
    shown = settings.debug.shown if settings.debug is not None else None
    console.print(_table(profile, shown or _KEPT), highlight=False, soft_wrap=True)
    console.print(f"profile: {PROFILE} in the run folder", highlight=False)
    return trained


def _table(profile: cProfile.Profile, rows: int) -> str:
    """Functions with the most time in them and in what they call, first."""
    text = io.StringIO()
    pstats.Stats(profile, stream=text).strip_dirs().sort_stats("cumulative").print_stats(rows)
    return text.getvalue().strip() + "\n"
