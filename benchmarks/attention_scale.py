"""Ten training epochs on a corpus of the study's US size, and on a quarter and a sixteenth of it: time and memory.

6,893 made-up firms with about 64,643 pages, 124,000 words and 300 dimensions; the published network in the
configuration's own training loop, after the texts have been tokenised. Each size runs in a process of its own.
Options: ``epochs=N`` (default: 10), ``threads=N`` (default: 2), ``sizes=1,4,16`` (parts of the whole).
"""

import multiprocessing
import resource
import time
from multiprocessing.connection import Connection

import numpy as np
from rich.table import Table

from benchmarks.figures import Figure, Measured
from benchmarks.options import count, refuse_others
from benchmarks.result import report
from benchmarks.synthetic_sites import DIMENSION, balanced_labels, synthetic_sites
from benchmarks.training_settings import training_settings
from ipml.console import console, track
from ipml.dual_attention.data.data_module import SiteData
from ipml.dual_attention.training.cross_fitting import train_network
from ipml.errors import InputError

NAME = "attention_scale"
N_FIRMS, N_WORDS = 6_893, 124_000


def run(options: dict[str, str]) -> Measured:
    """Train at each size; the figure is the exponent of time in the number of firms, between the two ends."""
    epochs, threads = count(options, "epochs", 10), count(options, "threads", 2)
    text = options.pop("sizes", "1,4,16")
    if not all(part.isdecimal() and int(part) for part in text.split(",")) or len(set(text.split(","))) < 2:
        raise InputError(f"sizes={text}: two or more parts of the whole are needed, as 1,4,16")
    parts = sorted({int(part) for part in text.split(",")}, reverse=True)
    refuse_others(options, ["epochs", "threads", "sizes"])
    table = Table(
        "firms",
        "pages",
        "words",
        "seconds",
        "peak memory, GB",
        title=f"{epochs} epochs, {DIMENSION} dimensions",
    )
    n_firms, seconds, memory = [], [], []
    for part in track(parts, "sizes"):
        firms, pages, words, used, peak = in_new_process(part, epochs, threads)
        n_firms.append(firms)
        seconds.append(used)
        memory.append(peak)
        table.add_row(f"{firms:,}", f"{pages:,}", f"{words:,}", f"{used:.1f}", f"{peak / 1e9:.2f}")
    console.print(table)
    exponent = float(np.log(seconds[-1] / seconds[0]) / np.log(n_firms[-1] / n_firms[0]))
    console.print(f"peak memory {memory[-1] / 1e9:.2f} GB (target: at most 3)", highlight=False)
    report(NAME, round(exponent, 3), "growth exponent of time in firms", target=1.1, n=n_firms[-1], seed=0)
    figures = [Figure("scale/exponent", exponent, n=n_firms[-1], unit="ratio")]
    for n, used, peak in zip(n_firms, seconds, memory, strict=True):
        figures.append(Figure(f"scale/seconds/{n} firms", used, n=n, unit="s"))
        figures.append(Figure(f"scale/peak memory/{n} firms", peak / 1e9, n=n, unit="GB"))
    return Measured("attention", figures, "0")


def in_new_process(part: int, epochs: int, threads: int) -> tuple[int, int, int, float, int]:
    """Firms, pages, words, seconds of training and peak memory in bytes for one part of the whole."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_train, args=(part, epochs, threads, sender))
    process.start()
    sender.close()
    measured: tuple[int, int, int, float, int] = receiver.recv()
    process.join()
    return measured


def _train(part: int, epochs: int, threads: int, sender: Connection) -> None:
    # The vocabulary grows with the root of the text (Heaps' law).
    n_firms, n_words = N_FIRMS // part, int(N_WORDS / part**0.5)
    sites = synthetic_sites(n_firms, n_words, seed=0)
    overrides = ["model=dual_attn_published", f"model.max_epochs={epochs}", f"model.threads={threads}"]
    settings = training_settings([*overrides, f"model.patience={epochs}"])
    rows = np.random.default_rng(0).permutation(n_firms)
    validation, training = np.split(rows, [n_firms // 10])
    none = np.zeros(0, np.int64)
    data = SiteData(sites, balanced_labels(n_firms), training, validation, none, settings.model.batch_size, 0)
    begun = time.perf_counter()
    train_network(data, settings.model, settings.trainer, 0, "training")
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    sender.send((n_firms, sites.counts.shape[0], n_words, seconds, peak))
