"""The evaluators that ``conf/evaluate.yaml`` lists, and the order of their rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ipml.console import track
from ipml.errors import InputError
from ipml.evaluation.results import Row
from ipml.evaluation.rows.context import Context, Evaluator
from ipml.evaluation.settings import Evaluators as EvaluatorSettings
from ipml.settings import Target
from ipml.targets import make

_Listed = Mapping[str, Evaluator]


@dataclass(frozen=True)
class Evaluators:
    """Evaluators by name.

    Attributes
    ----------
    pair
        Of a pair of groups: they are asked pair by pair, so that all rows of a pair stand together.
    pairs
        Of all pairs at once.
    group
        Of a group: they are asked group by group.
    """

    pair: _Listed
    pairs: _Listed
    group: _Listed

    @classmethod
    def of(cls, listed: EvaluatorSettings) -> "Evaluators":
        """Make the evaluators that the configuration lists, each a ``_target_`` with its options; null leaves one out.

        Raises
        ------
        InputError
            If one has no method ``rows``.
        """
        return cls(
            *(_made(f"evaluators.{name}", getattr(listed, name)) for name in ("pair", "pairs", "group"))
        )

    def rows(self, context: Context) -> Iterator[Row]:
        """Yield the rows of all evaluators: of each pair, of all pairs, of each group."""
        for pair in track(context.pairs, "comparing groups"):
            yield from _rows(self.pair, context.of_pair(pair))
        yield from _rows(self.pairs, context)
        for group in context.groups:
            yield from _rows(self.group, context.of_group(group))


def _made(key: str, listed: Mapping[str, Target | None]) -> _Listed:
    made = {}
    for name, target in listed.items():
        if target is None:
            continue
        made[name] = make(f"{key}.{name}", target)
        if not callable(getattr(made[name], "rows", None)):
            raise InputError(f"{key}.{name}={target['_target_']}: an evaluator has a method rows(context)")
    return made


def _rows(evaluators: _Listed, context: Context) -> Iterator[Row]:
    for name, evaluator in evaluators.items():
        for row in evaluator.rows(context):
            if not isinstance(row, Row):
                raise InputError(
                    f"evaluator {name}: yields {type(row).__name__}; needed: ipml.evaluation.results.Row"
                )
            yield row
