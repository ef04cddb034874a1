"""Run a study: what is finished and unchanged is kept, what does not need each other runs side by side."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ipml.console import console, progress
from ipml.corpus.card import header
from ipml.errors import InputError
from ipml.files import code_fingerprint, lock_holder, locked, safe_file_name, short_hash
from ipml.guards.secrets import masked
from ipml.settings import CommandSettings, Data
from ipml.study import memory, results
from ipml.study.decisions import Fingerprint, decide
from ipml.study.executors import local_executor, number_of_workers
from ipml.study.graph import ancestors, chosen, plan, stage_settings
from ipml.study.report import print_graph, print_summary
from ipml.study.results import StudyState
from ipml.study.schedule import Schedule
from ipml.study.settings import RunSettings
from ipml.study.stage_call import LastStage, RunCommand
from ipml.tracking import Workspace

CorpusHash = Callable[[CommandSettings], str]


def run_study(
    settings: RunSettings, workspace: Workspace, run_command: RunCommand, corpus_hash: CorpusHash
) -> LastStage | None:
    """Run a study; killed or failed, the same command goes on after the last finished stages.

    Parameters
    ----------
    settings
        Of ``ipml run``.
    run_command
        Runs a command with its settings, also in another process: a function at the top of a module.
    corpus_hash
        Hash of the corpus that a command's settings name; empty if it names none.

    Returns
    -------
    Its last stage; None for a dry run.

    Raises
    ------
    InputError
        If the study is wrong, another process runs the study, or a stage failed; stages that do
        not need the failed one are run and kept.
    """
    started, name = time.monotonic(), settings.study.name
    folder = Path(settings.paths.runs) / f"study-{safe_file_name(name)}"
    if settings.dry_run:
        study = _Study(settings, corpus_hash, StudyState(folder))
        print_graph(study.stages, study.reasons(), name)
        return None
    bound = memory.bound(settings.memory)
    with _only_one(folder, name):
        study = _Study(settings, corpus_hash, StudyState(folder))
        for line in study.headers():
            console.print(line, highlight=False, soft_wrap=True)
        for own in study.workspaces():
            results.prepare(own)
            results.close_killed(own, name)
        reasons, title = study.reasons(), f"study {name}"
        count = number_of_workers(settings.workers, len(reasons))
        schedule = Schedule(
            study.stages, study.settings, study.fingerprints, reasons, study.state, folder, name
        )
        with progress(title, len(study.stages)) as step, local_executor(count, run_command) as executor:
            came = schedule.run(executor, bound, step, title)
        print_summary(settings, time.monotonic() - started, came)
        return study.end()


@contextmanager
def _only_one(folder: Path, study: str) -> Iterator[None]:
    path = folder / "lock"
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(path, wait=False))
        except BlockingIOError as error:
            raise InputError(
                f"study {study}: process {lock_holder(path)} is running it in {folder}; "
                "wait for it or end it, then run the same command again"
            ) from error
        yield


class _Study:
    """The wanted stages of a study, what each would be made from now, and what is remembered of them."""

    def __init__(self, settings: RunSettings, corpus_hash: CorpusHash, state: StudyState) -> None:
        every = plan(settings)
        above = ancestors(every)
        wanted = chosen(every, "only", settings.only) or set(above)
        wanted = wanted.union(*(above[label] for label in wanted))
        again = chosen(every, "from", settings.from_)
        self.asked = {label for label in above if label in again or again & above[label]}
        self.last = every[-1].label
        self.stages = [stage for stage in every if stage.label in wanted]
        self.state = state
        if settings.restart:
            self.state.records.clear()
        self.settings = {stage.label: stage_settings(stage, settings) for stage in self.stages}
        # A dry run opens no corpus, which may have to be made first, for a stage that has never run.
        needed = [label for label in self.settings if label in state.records or not settings.dry_run]
        self.fingerprints = {label: _fingerprint(self.settings[label], corpus_hash) for label in needed}

    def workspaces(self) -> list[Workspace]:
        """Where the stages' runs and models are: a workspace a namespace."""
        return list({own.namespace: own for own in map(Workspace, self.settings.values())}.values())

    def headers(self) -> list[str]:
        """Corpora that the stages are about, with the namespaces: a line each."""
        named = [(getattr(of, "data", None), of.namespace or "") for of in self.settings.values()]
        lines = (header(data, namespace, True) for data, namespace in named if isinstance(data, Data))
        return list(dict.fromkeys(lines))

    def end(self) -> LastStage:
        """Return the last stage that was wanted, which is finished."""
        stage = self.stages[-1]
        own = self.settings[stage.label]
        namespace = [f"namespace={own.namespace}"] if own.namespace else []
        run_id = self.state.records[stage.label].result.run
        return LastStage(stage.command, own, [*stage.overrides, *namespace], run_id)

    def reasons(self) -> dict[str, str]:
        """Decide why stages run, by label."""
        records = {label: self.state.records[label] for label in self.settings if label in self.state.records}
        newest = [
            label
            for label, record in records.items()
            if record.result.run and results.is_newest(Workspace(self.settings[label]), record.result)
        ]
        return decide(self.stages, records, self.fingerprints, newest, self.asked, self.last)


def _fingerprint(settings: CommandSettings, corpus_hash: CorpusHash) -> Fingerprint:
    content = json.dumps(masked(settings.model_dump()), sort_keys=True)
    return Fingerprint(short_hash(content), corpus_hash(settings), code_fingerprint())
