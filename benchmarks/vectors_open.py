"""A text file of word vectors opened for the first time, against gensim, and for the second time.

Each reader runs in a process of its own; the figure is gensim's CPU time (user and system) over ours, which includes
the hash of the file, the table on disk and its own hash. Linux only. Options: ``words=N`` (default: 1,000,000),
``dimension=N`` (300), ``path=FILE.vec`` (default: made up, in a temporary folder), ``peer.python=PATH``, a Python that
has gensim (without it the peer is left out).
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from rich.table import Table

from benchmarks.options import count, refuse_others
from benchmarks.result import report
from ipml.console import console
from ipml.errors import InputError

NAME = "vectors_open"
_WORDS, _DIMENSION, _SEED = 1_000_000, 300, 0
_MEASURE = """
import json, os, sys, time
def peak_memory():  # not getrusage, which a process inherits from the one that started it
    with open("/proc/self/status") as status:
        return 1024 * next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
def now():
    times = os.times()
    return times.user + times.system, time.perf_counter()
{body}
after, end = now()
print(json.dumps(dict(cpu=after - before, wall=end - wall, peak=peak_memory(), words=n_words)))
"""
# Importing is not counted, on either side; the memory of what is imported is.
_OURS = """
from ipml.text.embeddings import open_word_vectors
import ipml.text.embeddings.text_file
before, wall = now()
n_words = len(open_word_vectors(dict(kind="text", path=sys.argv[1], cache=sys.argv[2])).words)
"""
_PEER = """
from gensim.models import KeyedVectors
before, wall = now()
n_words = len(KeyedVectors.load_word2vec_format(sys.argv[1]))
"""


def run(options: dict[str, str]) -> None:
    """Write a file, open it twice and once with gensim; the figure is the ratio of CPU times."""
    n_words, dimension = count(options, "words", _WORDS), count(options, "dimension", _DIMENSION)
    given, peer_python = options.pop("path", None), options.pop("peer.python", None)
    refuse_others(options, ["words", "dimension", "path", "peer.python"])
    for key, path in (("path", given), ("peer.python", peer_python)):
        if path is not None and not Path(path).is_file():
            raise InputError(f"{key}={path}: no such file")
    with tempfile.TemporaryDirectory() as name:
        source = Path(given) if given else Path(name) / "made_up.vec"
        if given is None:
            write_vectors(source, n_words, dimension)
        cache = str(Path(name) / "cache")
        first = measure(sys.executable, _OURS, source, cache)
        second = measure(sys.executable, _OURS, source, cache)
        size = sum(file.stat().st_size for file in Path(cache).glob("[!h]*/vectors.npy"))
        peer = None if peer_python is None else measure(peer_python, _PEER, source)
    rows = {"ipml, first time": first, "ipml, second time": second}
    if peer is None:
        console.print("gensim is left out: peer.python=PATH names a Python that has it")
    else:
        rows["gensim load_word2vec_format"] = peer
        if peer["words"] != first["words"]:
            raise InputError(f"{source}: {first['words']:,.0f} words, but gensim reads {peer['words']:,.0f}")
    table = Table(
        "reader", "CPU s", "wall s", "peak / table", title=f"{source.name}: {first['words']:,.0f} words"
    )
    for reader, row in rows.items():
        table.add_row(reader, f"{row['cpu']:.2f}", f"{row['wall']:.2f}", f"{row['peak'] / size:.2f}")
    console.print(table)
    ratio = float("nan") if peer is None else peer["cpu"] / first["cpu"]
    console.print(
        f"peak memory {first['peak'] / size:.2f} x the table (target 1.5 or less); second opening "
        f"{second['wall']:.2f} s (target: below 1 s)"
    )
    if peer is None:
        report(NAME, round(first["cpu"], 2), "CPU seconds, without a peer", n=int(first["words"]), seed=_SEED)
    else:
        report(NAME, round(ratio, 2), "times less CPU than gensim", 10, 1, int(first["words"]), _SEED)


def write_vectors(path: Path, n_words: int, dimension: int) -> None:
    """Write made-up vectors as fastText writes its own: a head, four decimals, a space at the end of a line."""
    generator = np.random.default_rng(_SEED)
    texts = np.array([f"{number / 10_000:.4f} ".encode() for number in range(-10_000, 10_001)])
    with path.open("wb") as stream:
        stream.write(f"{n_words} {dimension}\n".encode())
        for start in range(0, n_words, 1000):
            size = min(1000, n_words - start)
            numbers = np.clip(generator.normal(0, 600, (size, dimension)), -10_000, 10_000).astype(np.int64)
            rows = texts[numbers + 10_000]
            for place, row in enumerate(rows.tolist(), start=start):
                stream.write(f"word{place} ".encode() + b"".join(row) + b"\n")


def measure(python: str, body: str, *arguments: object) -> dict[str, float]:
    """CPU and wall seconds of ``body`` in a process of its own, its peak memory in bytes and number of words."""
    command = [python, "-c", _MEASURE.format(body=body), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise InputError(f"{python}: could not read the vectors: {reason}")
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures
