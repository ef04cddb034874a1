"""Which diagnostics of a model failed: figures against thresholds that were learned on simulated worlds."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from ipml.files import read_json, write_json
from ipml.tracking.failed_diagnostics import FAILED, NOT_JUDGED, PASSED

PREFIX = "diagnostic/"
FILE = "diagnostics.json"
RULE = Path(__file__).with_name("thresholds.json")
_DIGITS = 3
# What a figure beyond its threshold means, and what to do.
MEANING = {
    "keyword_agreement": (
        "networks of different folds name different words",
        "train on more firms or longer, or with more seeds (model.n_seeds)",
    ),
    "product_angle": (
        "the mean product vectors of different folds point elsewhere",
        "read no angle of this model; train on more firms, or with more seeds (model.n_seeds)",
    ),
    "keyword_steadiness": (
        "many words lie at selection.min_contrast, so that a little more of it loses them",
        "take boilerplate off the pages, or lower selection.min_contrast and look at the words",
    ),
    "page_contrast": (
        "pages with attention have the words of the others",
        "use model=dual_attn, whose page attention chooses, and take boilerplate off the pages",
    ),
}


@dataclass(frozen=True)
class Threshold:
    """Where a diagnostic fails: below or above a value."""

    fails: Literal["below", "above"]
    value: float

    def is_failed(self, figure: float) -> bool:
        """Whether a figure lies beyond."""
        return figure < self.value if self.fails == "below" else figure > self.value


@dataclass(frozen=True)
class Verdict:
    """Diagnostics of a model and those of them that failed.

    Attributes
    ----------
    figures
        By name; empty where there was nothing to judge.
    failed
        Names, in the order of the thresholds.
    """

    figures: Mapping[str, float]
    failed: tuple[str, ...]

    @property
    def tag(self) -> str:
        """As the run's tag ``diagnostics`` has it: ``passed``, ``failed: NAME, NAME`` or ``not judged``."""
        if not self.figures:
            return NOT_JUDGED
        return f"{FAILED}{', '.join(self.failed)}" if self.failed else PASSED

    @property
    def metrics(self) -> dict[str, float]:
        """Figures as the run has them: ``diagnostic/NAME``."""
        return {f"{PREFIX}{name}": value for name, value in self.figures.items()}

    def write(self, folder: Path) -> Path:
        """Write figures, thresholds and verdict as ``diagnostics.json`` into a folder, which is made."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / FILE
        limits = {name: vars(limit) for name, limit in thresholds().items()}
        write_json(path, {"verdict": self.tag, "figures": dict(self.figures), "thresholds": limits})
        return path

    def lines(self) -> list[str]:
        """Say the verdict, and of each diagnostic that failed what it means and what to do."""
        if not self.figures:
            return ["  diagnostics: not judged, no firm has more than one page"]
        lines = [
            f"  diagnostics: {'failed' if self.failed else 'passed'} ({', '.join(map(self._said, thresholds()))})"
        ]
        for name in self.failed:
            what, remedy = MEANING[name]
            lines.append(f"    {self._said(name)}: {what}; {remedy}")
        return lines

    def _said(self, name: str) -> str:
        limit = thresholds()[name]
        if name not in self.figures:
            return f"{name} not known"
        bound = "at least" if limit.fails == "below" else "at most"
        return f"{name} {self.figures[name]:.{_DIGITS}g}, {bound} {limit.value:.{_DIGITS}g}"


def judge(figures: Mapping[str, float]) -> Verdict:
    """Hold figures against the thresholds; one that is absent fails nothing."""
    failed = [
        name for name, limit in thresholds().items() if name in figures and limit.is_failed(figures[name])
    ]
    return Verdict(figures, tuple(failed))


@cache
def thresholds() -> dict[str, Threshold]:
    """Thresholds by name, of ``thresholds.json``; ``python -m benchmarks diagnostics learn=yes`` writes them."""
    return {name: Threshold(**limit) for name, limit in _rule()["thresholds"].items()}


def _rule() -> dict[str, Any]:
    content: dict[str, Any] = read_json(RULE)
    return content
