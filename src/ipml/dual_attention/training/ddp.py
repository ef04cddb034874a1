"""Training in several processes that Lightning starts, as ``trainer=ddp`` does.

They are started anew, not forked, for neither CUDA nor the threads of MLflow outlive a fork. So they have no run,
no loggers and no console: the first one sends the figures of its epochs to the process that started it.
"""

import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing.queues import SimpleQueue
from threading import Thread
from typing import Any, NamedTuple

import numpy as np
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Callback
from pytorch_lightning.loggers import Logger
from pytorch_lightning.strategies import DDPStrategy
from pytorch_lightning.utilities.rank_zero import rank_zero_only

from ipml.errors import InputError
from ipml.quiet import quiet_lightning
from ipml.settings import Trainer


class Figures(NamedTuple):
    """What a training logs at one step."""

    metrics: dict[str, float]
    step: int | None


Figured = Callable[[Mapping[str, float]], None]


class SpawnStrategy(DDPStrategy):
    """Lightning's strategy for processes that are started anew, without its remarks on them.

    The graph is static: what a network leaves unused, as without attention, it leaves unused in every step.
    """

    def __init__(self) -> None:
        super().__init__(start_method="spawn", static_graph=True)

    def setup_environment(self) -> None:
        """Join the other processes, and keep Lightning silent for as long as this one lives."""
        starter = multiprocessing.parent_process()
        if starter is not None and not starter.is_alive():
            raise SystemExit(1)  # killed from here on, PyTorch has this process end too; not before
        self._silence = ExitStack()
        self._silence.enter_context(quiet_lightning())
        super().setup_environment()


class QueueLogger(Logger):
    """Sends what the first process logs to the one that started it."""

    def __init__(self, queue: "SimpleQueue[Figures | None]") -> None:
        super().__init__()
        self._queue = queue

    @property
    def name(self) -> str:
        """None is needed."""
        return ""

    @property
    def version(self) -> str:
        """None is needed."""
        return ""

    def log_hyperparams(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: the run holds all settings."""

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Send the figures of a step."""
        self._queue.put(Figures(dict(metrics), step))


class ProcessSettings(Callback):
    """Gives each process its threads and a random state of its own, or all would drop out the same.

    Parameters
    ----------
    threads
        Of the CPU, for PyTorch.
    seed
        Of the training.
    """

    def __init__(self, threads: int, seed: int) -> None:
        self._threads, self._seed = threads, seed

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Set both."""
        torch.set_num_threads(self._threads)
        (own,) = np.random.SeedSequence([self._seed, trainer.global_rank]).generate_state(1)
        torch.manual_seed(int(own))


def in_several_processes(trainer: Trainer) -> bool:
    """Say whether a trainer uses several processes."""
    return trainer.get("strategy", "auto") != "auto"


def check_shares(batch_size: int, processes: int) -> None:
    """Refuse a batch that the processes cannot share equally, for their gradients count the same: `InputError`."""
    if batch_size % processes:
        raise InputError(
            f"trainer.devices={processes}: model.batch_size={batch_size} has no {processes} equal shares; "
            f"allowed: a multiple of {processes}, as model.batch_size={-(-batch_size // processes) * processes}"
        )


@contextmanager
def queue_logger(loggers: Sequence[Logger], on_figures: Figured) -> Iterator[Logger]:
    """Make a logger for processes that are started in the block; what it logs reaches ``loggers`` at the end.

    Parameters
    ----------
    on_figures
        Called with the figures of each step while the training goes on.
    """
    queue: SimpleQueue[Figures | None] = multiprocessing.get_context("spawn").SimpleQueue()
    received: list[Figures] = []

    def receive() -> None:
        for figures in iter(queue.get, None):
            received.append(figures)
            on_figures(figures.metrics)

    # A process that dies while it sends leaves the queue locked; the thread then waits for ever and holds nobody up.
    thread = Thread(target=receive, daemon=True)
    thread.start()
    status = "failed"
    try:
        yield QueueLogger(queue)
        queue.put(None)
        thread.join()
        status = "success"
    finally:
        for logger in loggers:
            for figures in received:
                logger.log_metrics(metrics=figures.metrics, step=figures.step)
                logger.save()
            logger.finalize(status)
