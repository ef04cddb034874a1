"""Run a study: what is finished and unchanged is kept, what does not need each other runs side by side."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from omegaconf import DictConfig

from ipml.config import settings_hash
from ipml.console import progress
from ipml.errors import InputError
from ipml.files import code_fingerprint, lock_holder, locked, safe_file_name
from ipml.study import memory, results
from ipml.study.decisions import Fingerprint, decide
from ipml.study.executors import local_executor, number_of_workers
from ipml.study.graph import ancestors, chosen, plan, stage_config
from ipml.study.report import print_graph, print_summary
from ipml.study.results import StudyState
from ipml.study.schedule import Schedule
from ipml.study.stage_call import RunCommand

CorpusHash = Callable[[DictConfig], str]


def run_study(config: DictConfig, run_command: RunCommand, corpus_hash: CorpusHash) -> None:
    """Run a study; killed or failed, the same command goes on after the last finished stages.

    Parameters
    ----------
    config
        Of ``ipml run``.
    run_command
        Runs a command with its configuration, also in another process: a function at the top of a module.
    corpus_hash
        Hash of the corpus that a command's configuration names; empty if it names none.

    Raises
    ------
    InputError
        If the study's configuration is wrong, another process runs the study, or a stage failed; stages that do
        not need the failed one are run and kept.
    """
    started = time.monotonic()
    folder = Path(config.paths.runs) / f"study-{safe_file_name(config.study.name)}"
    if config.dry_run:
        study = _Study(config, corpus_hash, StudyState(folder))
        print_graph(study.stages, study.reasons(), config.study.name)
        return
    bound = memory.bound(config.memory)
    with _only_one(folder, config.study.name):
        study = _Study(config, corpus_hash, StudyState(folder))
        results.prepare(config)
        results.close_killed(config, config.study.name)
        reasons, title = study.reasons(), f"study {config.study.name}"
        count = number_of_workers(config.workers, len(reasons))
        schedule = Schedule(
            study.stages, study.configs, study.fingerprints, reasons, study.state, folder, config.study.name
        )
        with progress(title, len(study.stages)) as step, local_executor(count, run_command) as executor:
            came = schedule.run(executor, bound, step, title)
        print_summary(config, time.monotonic() - started, came)


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

    def __init__(self, config: DictConfig, corpus_hash: CorpusHash, state: StudyState) -> None:
        every = plan(config)
        above = ancestors(every)
        wanted = chosen(every, "only", config.only) or set(above)
        wanted = wanted.union(*(above[label] for label in wanted))
        again = chosen(every, "from", config["from"])
        self.asked = {label for label in above if label in again or again & above[label]}
        self.last = every[-1].label
        self.stages = [stage for stage in every if stage.label in wanted]
        self.state = state
        if config.restart:
            self.state.records.clear()
        self.configs = {stage.label: stage_config(stage, config) for stage in self.stages}
        # A dry run opens no corpus, which may have to be made first, for a stage that has never run.
        needed = [label for label in self.configs if label in state.records or not config.dry_run]
        self.fingerprints = {label: _fingerprint(self.configs[label], corpus_hash) for label in needed}

    def reasons(self) -> dict[str, str]:
        """Why stages run, by label."""
        records = {label: self.state.records[label] for label in self.configs if label in self.state.records}
        newest = [
            label
            for label, record in records.items()
            if record.result.run and results.is_newest(self.configs[label], record.result)
        ]
        return decide(self.stages, records, self.fingerprints, newest, self.asked, self.last)


def _fingerprint(config: DictConfig, corpus_hash: CorpusHash) -> Fingerprint:
    return Fingerprint(settings_hash(config), corpus_hash(config), code_fingerprint())
