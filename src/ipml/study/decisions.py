"""Which stages of a study run, and why: pure functions of what is known of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ipml.study.graph import Stage, ancestors
from ipml.study.results import StageRecord, StageResult

NEVER = "never run"
CODE = "code changed"
CONFIG = "config changed"
INPUT = "input changed"
REPLACED = "a newer result has taken its place"
ASKED = "asked for by from"
LAST = "prints the study's result"


@dataclass(frozen=True)
class Fingerprint:
    """What a stage would be made from now: hashes of its configuration, its corpus and the program."""

    settings: str
    data: str
    code: str


def changed(
    record: StageRecord | None, fingerprint: Fingerprint | None, needs: Mapping[str, str]
) -> str | None:
    """Say why a record does not stand for a stage any more; None if it does.

    Parameters
    ----------
    record
        Of the stage, if it has ever finished.
    fingerprint, needs
        What the stage would be made from now, and the results of the stages it needs, by label.
    """
    if record is None or fingerprint is None:
        return NEVER
    if record.code != fingerprint.code:
        return CODE
    if record.settings != fingerprint.settings:
        return CONFIG
    return INPUT if record.data != fingerprint.data or record.needs != needs else None


def decide(
    stages: Sequence[Stage],
    records: Mapping[str, StageRecord],
    fingerprints: Mapping[str, Fingerprint],
    newest: Collection[str],
    asked: Collection[str] = (),
    last: str | None = None,
) -> dict[str, str]:
    """Give the reasons to run, by label; stages without one are kept.

    A stage that runs reads the newest results of the stages before it. A result that something newer has replaced,
    as when a study comes back to a stage, is therefore made again first.

    Parameters
    ----------
    stages
        In order.
    records, fingerprints
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
            reason = _reason(stage, records, fingerprints, reasons, stage.label in asked, stage.label == last)
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
    records: Mapping[str, StageRecord],
    fingerprints: Mapping[str, Fingerprint],
    reasons: Mapping[str, str],
    asked: bool,
    last: bool,
) -> str | None:
    record = records.get(stage.label)
    needs = {need: records[need].result.key for need in stage.needs if need in records}
    reason = changed(record, fingerprints.get(stage.label), needs)
    if reason not in (None, INPUT):
        return reason
    if asked or last:
        return ASKED if asked else LAST
    return INPUT if any(need in reasons for need in stage.needs) else reason


def _replaced(
    stages: Sequence[Stage],
    records: Mapping[str, StageRecord],
    reasons: Mapping[str, str],
    newest: Collection[str],
    above: Mapping[str, Collection[str]],
) -> set[str]:
    """Find kept stages that a running one stands on, although another result would be the newest by then."""
    results = {stage.label: records[stage.label].result for stage in stages if stage.label in records}
    holder = {_place(results[label]): label for label in newest}
    found: set[str] = set()
    for stage in stages:
        label = stage.label
        if label not in reasons:
            continue
        read = {
            _place(results[s.label]): s.label
            for s in stages
            if s.label in above[label] and s.label in results
        }
        if label in results:
            own = _place(results[label])
            read.pop(own, None)  # what it makes itself it does not read
            holder[own] = label
        found |= {
            other
            for place, other in read.items()
            if results[other].run and holder.get(place) != other and other not in reasons
        }
    return found


def _place(result: StageResult) -> tuple[str, str]:
    return result.stage, result.name
