"""Extra peak memory of training steps of the ragged attention against the padded formula, on the same batches.

Each runs in a process of its own: its peak less what stood in memory before the first step, the sites and the word
vectors included. Options: ``firms=N`` (default: 60).
"""

import multiprocessing
import resource
import threading
from multiprocessing.connection import Connection
from pathlib import Path

import torch
from rich.table import Table

from benchmarks.attention_speed import BATCH_SIZE, N_WORDS, Epoch, padded_epoch, ragged_epoch
from benchmarks.figures import Figure, Measured
from benchmarks.options import count, refuse_others
from benchmarks.result import report
from benchmarks.synthetic_sites import DIMENSION, synthetic_sites
from ipml.console import console
from ipml.dual_attention.network.module import DualAttentionNetwork

NAME = "attention_memory"
_MEBI = 2**20


def run(options: dict[str, str]) -> Measured:
    """Measure both; the figure is the share of the ragged one."""
    n_firms = count(options, "firms", 60)
    refuse_others(options, ["firms"])
    extra = {"ragged": extra_memory(ragged_epoch, n_firms), "padded": extra_memory(padded_epoch, n_firms)}
    table = Table(
        "computation", "extra peak memory, MiB", title=f"{n_firms} made-up firms, batches of {BATCH_SIZE}"
    )
    for name, size in extra.items():
        table.add_row(name, f"{size / _MEBI:.0f}")
    console.print(table)
    share = extra["ragged"] / extra["padded"]
    report(NAME, round(share, 4), "of the padded formula's extra peak memory", target=0.2, n=n_firms, seed=0)
    return Measured("attention", [Figure("memory/share of the padded formula", share, unit="ratio")], "0")


def extra_memory(epoch: Epoch, n_firms: int) -> int:
    """Peak less start of an epoch in a new process, in bytes."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_measure, args=(epoch, n_firms, sender))
    process.start()
    sender.close()
    size: int = receiver.recv()
    process.join()
    return size


def _measure(epoch: Epoch, n_firms: int, sender: Connection) -> None:
    torch.set_num_threads(2)
    sites = synthetic_sites(n_firms, N_WORDS, seed=0, in_order=True)
    torch.manual_seed(0)
    network = DualAttentionNetwork(DIMENSION).train()
    # The peak so far may lie above what is in use now, so the memory in use is watched instead.
    stop, peak = threading.Event(), [0]
    start = resident()
    watcher = threading.Thread(target=_watch, args=(stop, peak))
    watcher.start()
    epoch(network, sites, 0)
    stop.set()
    watcher.join()
    sender.send(max(peak[0] - start, 1))


def _watch(stop: threading.Event, peak: list[int]) -> None:
    while not stop.wait(0.001):
        peak[0] = max(peak[0], resident())


def resident() -> int:
    """Memory of this process that is in use now, in bytes (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()
