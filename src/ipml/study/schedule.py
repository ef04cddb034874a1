"""The order in which stages run: each when what it needs is there, as many as memory and the executor allow."""

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from ipml.console import Step
from ipml.files import safe_file_name, short_hash
from ipml.provenance import command_line
from ipml.settings import CommandSettings
from ipml.study import memory, results
from ipml.study.decisions import INPUT, Fingerprint, changed
from ipml.study.graph import Stage
from ipml.study.report import Progress
from ipml.study.results import StageRecord, StageResult, StudyState
from ipml.study.stage_call import Executor, Outcome, StageCall
from ipml.tracking import Workspace


class Schedule:
    """Runs the stages of a study that have a reason to, and keeps the others.

    Parameters
    ----------
    stages
        Those that are wanted, in order.
    settings, fingerprints
        Settings of each stage, and what it is made from, by label.
    reasons
        Why stages run, by label; one without a reason is kept.
    state, folder
        What is remembered of the study, and its folder.
    study
        Its name.
    """

    def __init__(
        self,
        stages: Sequence[Stage],
        settings: Mapping[str, CommandSettings],
        fingerprints: Mapping[str, Fingerprint],
        reasons: Mapping[str, str],
        state: StudyState,
        folder: Path,
        study: str,
    ) -> None:
        self._waiting = list(stages)
        self._settings, self._fingerprints, self._reasons = settings, fingerprints, reasons
        self._state, self._folder = state, folder
        self._study = study
        self._numbers = {stage.label: number for number, stage in enumerate(stages, start=1)}
        self._running: dict[str, tuple[Stage, str, float]] = {}  # with the call's id and the memory planned
        self.progress = Progress()

    def run(self, executor: Executor, bound: float, step: Step, title: str) -> Progress:
        """Run until nothing is left that can run; ``bound`` is in GiB."""
        while self._waiting or self._running:
            self._settle(step)
            self._fill(executor, bound)
            names = ", ".join(self._running)
            step.advance(0, f"{title}: {names}" if names else title)
            if self._running:
                call, outcome = executor.next_outcome()
                self._end(call.label, outcome)
                step.advance()
        return self.progress

    def _settle(self, step: Step) -> None:
        """Keep what is unchanged, and give up what a failed stage stands before, as far as that is known."""
        for stage in list(self._waiting):
            broken = [
                need for need in stage.needs if need in self.progress.failed or need in self.progress.not_run
            ]
            if broken:
                self.progress.not_run[stage.label] = broken[0]
            elif self.progress.done.issuperset(stage.needs) and self._is_kept(stage):
                self.progress.done.add(stage.label)
                self.progress.say_kept(stage.label)
                self._write("kept", stage.label)
                if reason := self._state.records[stage.label].left_out:
                    self.progress.left_out.append(reason)
            else:
                continue
            self._waiting.remove(stage)
            step.advance()

    def _is_kept(self, stage: Stage) -> bool:
        reason = self._reasons.get(stage.label)
        if reason != INPUT:
            return reason is None
        # What it needs has run again: where that gave the same, as a retrained model may, nothing has changed.
        record = self._state.records[stage.label]
        if changed(record, self._fingerprints[stage.label], self._needs(stage)) is not None:
            return False
        return not record.result.run or results.is_newest(
            Workspace(self._settings[stage.label]), record.result
        )

    def _needs(self, stage: Stage) -> dict[str, str]:
        return {need: self._state.records[need].result.key for need in stage.needs}

    def _fill(self, executor: Executor, bound: float) -> None:
        """Start what is ready and fits beside what runs; a stage that fits nowhere runs alone."""
        for stage in list(self._waiting):
            if not executor.has_room:
                return
            label = stage.label
            planned = self._state.memory.get(label) or memory.estimate(self._settings[label])
            taken = sum(running[2] for running in self._running.values())
            if not self.progress.done.issuperset(stage.needs) or (self._running and taken + planned > bound):
                continue
            settings, call = results.tag_call(self._settings[label], self._study)
            log = self._new_log(label)
            self._waiting.remove(stage)
            self._running[label] = stage, call, planned
            self._write("started", label)
            own = [f"namespace={settings.namespace}"] if settings.namespace else []
            line = command_line(stage.command, [*stage.overrides, *own])
            executor.submit(StageCall(label, stage.command, settings, str(log), line))

    def _end(self, label: str, outcome: Outcome) -> None:
        stage, call, planned = self._running.pop(label)
        self.progress.peak = max(self.progress.peak, outcome.memory)
        if outcome.memory or outcome.killed:
            self._state.remember_memory(label, outcome.memory or 2 * planned)
        if outcome.failed:
            self.progress.failed[label] = outcome.failed
            self.progress.say_failed(label, outcome.failed)
            self._write("failed", label)
            return
        self._write("ended", label)
        needs = self._needs(stage)
        of = self._fingerprints[label]
        made_from = short_hash(of.settings, of.data, of.code, json.dumps(needs, sort_keys=True))
        result = StageResult(made_from)
        if not outcome.left_out:
            result = results.result_of(Workspace(self._settings[label]), call, made_from)
        record = StageRecord(of.settings, of.data, of.code, needs, result, outcome.seconds, outcome.left_out)
        self._state.finish(label, record)
        self.progress.done.add(label)
        if outcome.left_out:
            self.progress.left_out.append(outcome.left_out)
            self.progress.say_left_out(label, outcome.left_out)
        else:
            self.progress.say_done(label, outcome.seconds)
        self._write("remembered", label)

    def _new_log(self, label: str) -> Path:
        """Choose a file for what a stage prints, in the study's folder; that of its last time is taken away."""
        name = safe_file_name(label.replace(" ", "_"))
        log = self._folder / "logs" / f"{self._numbers[label]:02d}-{name}.log"
        log.parent.mkdir(exist_ok=True)
        log.unlink(missing_ok=True)
        return log

    def _write(self, event: str, label: str) -> None:
        """Add a line to the study's journal."""
        line = json.dumps({"time": round(time.time(), 3), "event": event, "stage": label}, ensure_ascii=False)
        with (self._folder / "journal.jsonl").open("a", encoding="utf-8", newline="\n") as stream:
            stream.write(line + "\n")
