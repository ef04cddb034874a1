"""One training epoch of the ragged attention against the padded formula: the same batches, shuffled and prepared.

One process, float32, 300 dimensions, a median of 445 words a page, batches of 10 firms and Adagrad as published.
The padded formula pads to the most pages and the longest page of each batch. It runs with one and with two threads,
and the faster one counts; the ragged one runs with one, as in the configuration (its steps are too short to share).
Options: ``firms=N`` (default: 60), ``repeats=N`` (epochs of each, in turn, after one that does not count; default: 3).
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from rich.table import Table
from torch.nn.functional import binary_cross_entropy_with_logits

from benchmarks.figures import Figure, Measured
from benchmarks.options import count, refuse_others
from benchmarks.padded import pad, padded_logits
from benchmarks.result import report
from benchmarks.synthetic_sites import DIMENSION, balanced_labels, synthetic_sites
from ipml.console import console, track
from ipml.dual_attention.data.data_module import SiteData
from ipml.dual_attention.data.sites import Sites
from ipml.dual_attention.network.module import DualAttentionNetwork

NAME = "attention_speed"
Epoch = Callable[[DualAttentionNetwork, Sites, int], None]
N_WORDS, BATCH_SIZE = 20_000, 10
NETWORKS: dict[str, dict[str, Any]] = {"as published": {}, "with LayerNorm": {"layer_norm": True}}


def run(options: dict[str, str]) -> Measured:
    """Time both; the figure is the median ratio over the repeats for the published network."""
    n_firms, repeats = count(options, "firms", 60), count(options, "repeats", 3)
    refuse_others(options, ["firms", "repeats"])
    sites = synthetic_sites(n_firms, N_WORDS, seed=0, in_order=True)
    table = Table("network", *WAYS, "ratio", title=title(sites))
    ratios: dict[str, list[float]] = {}
    for name, extra in NETWORKS.items():
        seconds: dict[str, list[float]] = {way: [] for way in WAYS}
        for repeat in track(range(repeats + 1), f"epochs, {name}"):
            for way, (epoch, threads) in WAYS.items():
                torch.set_num_threads(threads)
                torch.manual_seed(repeat)
                network = DualAttentionNetwork(DIMENSION, **extra).train()
                begun = time.perf_counter()
                epoch(network, sites, repeat)
                if repeat > 0:
                    seconds[way].append(time.perf_counter() - begun)
        ragged, *padded = seconds.values()
        ratios[name] = [min(peers) / own for own, *peers in zip(ragged, *padded, strict=True)]
        cells = [f"{np.median(times):.3f} s" for times in seconds.values()]
        table.add_row(name, *cells, f"{np.median(ratios[name]):.0f} (least {min(ratios[name]):.0f})")
    console.print(table)
    value = float(np.median(ratios["as published"]))
    report(NAME, round(value, 1), "times faster, median of the repeats", target=30, n=len(sites), seed=0)
    figures = [
        Figure(f"speed/times faster/{name}", float(np.median(of)), min(of), max(of), len(of), "ratio")
        for name, of in ratios.items()
    ]
    return Measured("attention", figures, "0")


def title(sites: Sites) -> str:
    """Sizes of the timing in words."""
    assert sites.reading_order is not None
    lengths = np.diff(sites.reading_order.offsets)
    return (
        f"{len(sites)} made-up firms, {len(lengths)} pages, median {np.median(lengths):.0f} words a page, "
        f"{DIMENSION} dimensions, batches of {BATCH_SIZE} firms; an epoch"
    )


def ragged_epoch(network: DualAttentionNetwork, sites: Sites, seed: int) -> None:
    """Train one epoch on the batches of `SiteData`."""
    optimizer = torch.optim.Adagrad(network.parameters(), lr=0.02, lr_decay=0.01)
    for batch in training_data(sites, seed).train_dataloader():
        step(optimizer, network(batch).logits, batch.labels)


def padded_epoch(network: DualAttentionNetwork, sites: Sites, seed: int) -> None:
    """Train one epoch on the same firms in the same order, padded."""
    optimizer = torch.optim.Adagrad(network.parameters(), lr=0.02, lr_decay=0.01)
    vectors, labels = torch.from_numpy(sites.vectors), balanced_labels(len(sites))
    pages = page_words(sites)
    for firms in order_of(sites, seed):
        tokens, is_token = pad([pages[firm] for firm in firms])
        step(optimizer, padded_logits(network, vectors, tokens, is_token), torch.from_numpy(labels[firms]))


def step(optimizer: torch.optim.Optimizer, logits: torch.Tensor, labels: torch.Tensor) -> None:
    """Take one step down the gradient."""
    optimizer.zero_grad()
    binary_cross_entropy_with_logits(logits, labels).backward()
    optimizer.step()


def training_data(sites: Sites, seed: int) -> SiteData:
    """Sites as training data: its loader makes shuffled batches."""
    none, everyone = np.zeros(0, np.int64), np.arange(len(sites))
    return SiteData(sites, balanced_labels(len(sites)), everyone, none, none, BATCH_SIZE, seed)


def order_of(sites: Sites, seed: int) -> list[list[int]]:
    """Firms of each batch of `training_data` with the same seed."""
    data = training_data(sites, seed)
    data.collate = list  # type: ignore[assignment, method-assign]
    return list(data.train_dataloader())


def page_words(sites: Sites) -> list[list[np.ndarray]]:
    """Words of each page of each firm, in order."""
    assert sites.reading_order is not None
    pages = np.split(sites.reading_order.words, sites.reading_order.offsets[1:-1])
    return [pages[a:b] for a, b in zip(sites.page_offsets[:-1], sites.page_offsets[1:], strict=True)]


WAYS: dict[str, tuple[Epoch, int]] = {
    "ragged": (ragged_epoch, 1),
    "padded": (padded_epoch, 1),
    "padded, 2 threads": (padded_epoch, 2),
}
