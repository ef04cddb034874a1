"""The stages of a study and what each of them needs, read from ``conf/study``."""

import heapq
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from ipml.codes import config_folders
from ipml.config import command_keys, compose_settings
from ipml.errors import InputError, choice_error, nearest
from ipml.guards.secrets import mask
from ipml.overrides import ALLOWANCES, search_path_override, top_key
from ipml.settings import CommandSettings
from ipml.study.settings import RunSettings, StudyStage
from ipml.text_overrides import takes_text

SHARED = ("paths", "seed", "namespace", "tracking", *ALLOWANCES)


@dataclass(frozen=True)
class Stage:
    """A command of a study with the overrides it is called with.

    Attributes
    ----------
    name
        Name of its entry in the study, by which others say that they need it; without one, the command.
    values
        Its values of the entry's ``each``.
    needs
        Labels of the stages it needs, in the order of the study.
    """

    command: str
    overrides: tuple[str, ...]
    label: str
    name: str
    values: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()


def plan(settings: RunSettings) -> list[Stage]:
    """List the stages of a study, each after those it needs: an entry stands once for every combination of ``each``.

    A label that comes again is numbered, as ``evaluate #2``.

    Raises
    ------
    InputError
        For a name that does not exist, an override that no command has the key of, a need that fits no stage, and
        stages that need each other.
    """
    study = settings.study
    # Where the study itself was looked for, its commands look too.
    told = [search_path_override(map(str, config_folders()[1:]))] if config_folders()[1:] else []
    everywhere = [*told, *study.overrides, *settings.overrides]
    _check_fitting(everywhere, {entry.command for entry in study.stages})
    stages: list[list[Stage]] = []
    labels: list[str] = []
    for entry in study.stages:
        _check_values(entry)
        of_entry = []
        for values in _combinations(entry.each):
            own = [*entry.overrides, *(f"{key}={value}" for key, value in values.items())]
            fitting = [o for o in everywhere if top_key(o) in _top_keys(entry.command)]
            label = mask(" ".join([entry.command, *own]))
            # A study may come back to a stage: what it kept of the first time is not for the second.
            again = sum(before.split(" #")[0] == label for before in labels)
            label += f" #{again + 1}" if again else ""
            labels.append(label)
            of_entry.append(
                Stage(entry.command, (*fitting, *own), label, entry.name or entry.command, values)
            )
        stages.append(of_entry)
    return _sorted(_with_needs(study.stages, stages), study.name)


def stage_settings(stage: Stage, settings: RunSettings) -> CommandSettings:
    """Compose the settings of a stage's command within a study."""
    shared = {key: getattr(settings, key) for key in SHARED}
    try:
        return compose_settings(stage.command, stage.overrides, shared)
    except InputError as error:
        raise InputError(f"stage `{stage.label}`: {error}") from error


def ancestors(stages: Sequence[Stage]) -> dict[str, set[str]]:
    """Collect the labels of all that a stage stands on, by its label; stages come after those they need."""
    found: dict[str, set[str]] = {}
    for stage in stages:
        found[stage.label] = set(stage.needs).union(*(found[need] for need in stage.needs))
    return found


def chosen(stages: Sequence[Stage], key: str, words: Sequence[str] | str | None) -> set[str]:
    """Find the labels of the stages that ``only`` or ``from`` of the configuration means: by label or by name."""
    labels: set[str] = set()
    for word in [words] if isinstance(words, str) else list(words or []):
        fitting = {stage.label for stage in stages if word in (stage.label, stage.name)}
        if not fitting:
            raise choice_error(key, word, [*dict.fromkeys(s.name for s in stages), "a label of dry_run=true"])
        labels |= fitting
    return labels


def _check_fitting(everywhere: Sequence[str], commands: Iterable[str]) -> None:
    """Refuse an override that no stage would get: a misspelt key would change nothing, silently."""
    known = sorted(frozenset[str]().union(*map(_top_keys, commands)))
    for override in everywhere:
        if top_key(override) not in known:
            meant = nearest(top_key(override), known) or f"; allowed: {', '.join(known)}"
            raise InputError(f"overrides={override}: no command of the study has this key{meant}")


def _check_values(entry: StudyStage) -> None:
    """Refuse a number as a value of ``each`` where the key is text, as ``firm``: YAML has read it in its own way."""
    for key, values in entry.each.items():
        for value in values:
            if isinstance(value, int | float) and takes_text(entry.command, key):
                raise InputError(
                    f"stage `{entry.name or entry.command}`: each.{key}={value}: text is needed; what looks like a "
                    "number stands in quotes in a file"
                )


def _with_needs(entries: Sequence[StudyStage], stages: Sequence[Sequence[Stage]]) -> list[Stage]:
    """Give every stage the labels it needs: those of the names in ``needs``, or the entry before."""
    every = [stage for of_entry in stages for stage in of_entry]
    names = list(dict.fromkeys(stage.name for stage in every))
    result = []
    for number, (entry, of_entry) in enumerate(zip(entries, stages, strict=True)):
        before = list(stages[number - 1]) if number and entry.needs is None else []
        needs = entry.needs or []
        for name in needs:
            if name not in names:
                raise choice_error(f"stage `{of_entry[0].label}`: needs", name, names)
            if not any(_fits(stage, other) for stage in of_entry for other in every if other.name == name):
                raise InputError(
                    f"stage `{of_entry[0].label}`: needs={name}: no stage of that name has its values"
                )
        for stage in of_entry:
            needed = before or [other for other in every if other.name in needs and _fits(stage, other)]
            labels = tuple(other.label for other in needed)
            result.append(
                Stage(stage.command, stage.overrides, stage.label, stage.name, stage.values, labels)
            )
    return result


def _fits(stage: Stage, other: Stage) -> bool:
    """Tell whether two stages agree where both have a value: keywords of JP need the model of JP."""
    shared = stage.values.keys() & other.values.keys()
    return all(stage.values[key] == other.values[key] for key in shared)


def _sorted(stages: Sequence[Stage], study: str) -> list[Stage]:
    """Sort stages after those they need, otherwise in the order of the study."""
    numbers = {stage.label: number for number, stage in enumerate(stages)}
    sorter = TopologicalSorter({stage.label: stage.needs for stage in stages})
    try:
        sorter.prepare()
    except CycleError as error:
        labels = sorted(set(error.args[1]), key=numbers.__getitem__)
        circle = ", ".join(dict.fromkeys(f"`{stages[numbers[label]].name}`" for label in labels))
        raise InputError(f"study {study}: stages need each other in a circle: {circle}") from error
    ready: list[int] = []
    result = []
    while sorter.is_active():
        for label in sorter.get_ready():
            heapq.heappush(ready, numbers[label])
        stage = stages[heapq.heappop(ready)]
        result.append(stage)
        sorter.done(stage.label)
    return result


def _combinations(each: Mapping[str, Sequence[object]]) -> Iterator[dict[str, str]]:
    for values in itertools.product(*each.values()):
        yield {str(name): str(value) for name, value in zip(each, values, strict=True)}


def _top_keys(command: str) -> frozenset[str]:
    # Every command can be told where more configuration lies, by hydra.searchpath.
    return command_keys(command) | {"hydra"}
