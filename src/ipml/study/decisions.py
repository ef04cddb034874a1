"""Which stages of a study run, and why: pure functions of what is known of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ipml.study.graph import Stage, ancestors
from ipml.study.state import Given, Record

NEVER = "never run"
CODE = "code changed"
CONFIG = "config changed"
INPUT = "input changed"
REPLACED = "a newer result has taken its place"
ASKED = "asked for by from"
LAST = "prints the study's result"


@dataclass(frozen=True)
class Parts:
    """What a stage would be made from now: hashes of its configuration, its corpus and the program."""

    settings: str
    data: str
    code: str


def changed(record: Record | None, parts: Parts | None, needs: Mapping[str, str]) -> str | None:
    """Why a record does not stand for a stage any more; None if it does.

    Parameters
    ----------
    record
        Of the stage, if it has ever finished.
    parts, needs
        What the stage would be made from now, and the results of the stages it needs, by label.
    """
    if record is None or parts is None:
        return NEVER
    if record.code != parts.code:
        return CODE
    if record.settings != parts.settings:
        return CONFIG
    return INPUT if record.data != parts.data or record.needs != needs else None


def decide(
    stages: Sequence[Stage],
    records: Mapping[str, Record],
    parts: Mapping[str, Parts],
    newest: Collection[str],
    asked: Collection[str] = (),
    last: str | None = None,
) -> dict[str, str]:
    """Reasons to run, by label; stages without one are kept.

    A stage that runs reads the newest results of the stages before it. A result that something newer has replaced,
    as when a study comes back to a stage, is therefore made again first.

    Parameters
    ----------
    stages
        In order.
    records, parts
        By label; a stage that never finished has no record.
    newest
        Labels of the records whose result is the newest of its name.
    asked
        Labels that run in any case.
    last
        Label of the stage that always runs, because it prints the study's result.
    """
    above = ancestors(stages)
    replaced: set[str] = set()
    while True:
        reasons: dict[str, str] = {}
        for stage in stages:
            reason = _reason(stage, records, parts, reasons, stage.label in asked, stage.label == last)
            if reason is None and stage.label in replaced:
                reason = REPLACED
            if reason is not None:
                reasons[stage.label] = reason
        found = _replaced(stages, records, reasons, newest, above)
        if found <= replaced:
            return reasons
        replaced |= found


def _reason(
    stage: Stage,
    records: Mapping[str, Record],
    parts: Mapping[str, Parts],
    reasons: Mapping[str, str],
    asked: bool,
    last: bool,
) -> str | None:
    record = records.get(stage.label)
    needs = {need: records[need].given.result for need in stage.needs if need in records}
    reason = changed(record, parts.get(stage.label), needs)
    if reason not in (None, INPUT):
        return reason
    if asked or last:
        return ASKED if asked else LAST
    return INPUT if any(need in reasons for need in stage.needs) else reason


def _replaced(
    stages: Sequence[Stage],
    records: Mapping[str, Record],
    reasons: Mapping[str, str],
    newest: Collection[str],
    above: Mapping[str, Collection[str]],
) -> set[str]:
    """Kept stages that a running one stands on, although another result would be the newest by then."""
    given = {stage.label: records[stage.label].given for stage in stages if stage.label in records}
    holder = {_place(given[label]): label for label in newest}
    found: set[str] = set()
    for stage in stages:
        label = stage.label
        if label not in reasons:
            continue
        read = {
            _place(given[s.label]): s.label for s in stages if s.label in above[label] and s.label in given
        }
        if label in given:
            own = _place(given[label])
            read.pop(own, None)  # what it makes itself it does not read
            holder[own] = label
        found |= {
            other
            for place, other in read.items()
            if given[other].run and holder.get(place) != other and other not in reasons
        }
    return found


def _place(given: Given) -> tuple[str, str]:
    return given.stage, given.name
