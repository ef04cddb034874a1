"""Figure of a training: loss by epoch, a line for each fold or ranker."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from pytorch_lightning.loggers import Logger

from ipml.figures import BLUE, DPI, ORANGE, save_figure
from ipml.tracking.runs import Run

FILE = "training.png"
_LOSSES = {"train/loss": ("training", BLUE), "val/loss": ("validation", ORANGE)}


class Point(NamedTuple):
    """Loss of one part of a run in one epoch."""

    part: str
    loss: str
    epoch: int
    value: float


class CurveLogger(Logger):
    """Keeps the losses of one part of a run in a list that all parts share."""

    def __init__(self, part: str, points: list[Point]) -> None:
        super().__init__()
        self._part, self._points = part, points

    @property
    def name(self) -> str:
        """Name of the part."""
        return self._part

    @property
    def version(self) -> str:
        """None is needed."""
        return ""

    def log_hyperparams(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: no line of the figure."""

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Keep the losses among the figures of an epoch."""
        for loss in _LOSSES.keys() & metrics.keys():
            self._points.append(Point(self._part, loss, int(metrics["epoch"]) + 1, metrics[loss]))


def draw_curves(run: Run, points: list[Point]) -> None:
    """Save ``training.png``, a panel for each kind of part; nothing where no part has two epochs."""
    from matplotlib.figure import Figure

    lines: dict[tuple[str, str], list[Point]] = {}
    for point in points:
        lines.setdefault((point.part, point.loss), []).append(point)
    lines = {key: line for key, line in lines.items() if len(line) > 1}
    kinds = sorted({_kind(part) for part, _ in lines})
    if not kinds:
        return
    figure = Figure(figsize=(4.5 * len(kinds), 3.2), dpi=DPI, layout="constrained")
    for axes, kind in zip(figure.subplots(1, len(kinds), squeeze=False)[0], kinds, strict=True):
        labelled: set[str] = set()
        parts = {part for part, _ in lines if _kind(part) == kind}
        for (part, loss), line in sorted(lines.items()):
            if part in parts:
                label, colour = _LOSSES[loss]
                epochs, values = [point.epoch for point in line], [point.value for point in line]
                axes.plot(
                    epochs, values, color=colour, linewidth=1, label=None if label in labelled else label
                )
                labelled.add(label)
        axes.set_title(f"{len(parts)} {kind}s" if len(parts) > 1 else kind, fontsize="medium")
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_xlabel("epoch")
        axes.set_ylabel("loss")
        axes.legend(frameon=False)
    simulated = run.client.get_run(run.id).data.tags.get("ipml.simulated") == "True"
    figure.suptitle(run.name + (" (simulated)" if simulated else ""))
    save_figure(figure, run.folder / FILE)
    run.log_file(run.folder / FILE)


def _kind(part: str) -> str:
    return part.rstrip("0123456789").rstrip("_")
