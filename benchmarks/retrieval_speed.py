"""CSLS retrieval and its accuracy@k against VecMap's evaluation and faiss flat search, on made-up word vectors.

All search all target words, in processes of their own, with the same number of threads. Reading is not counted, on any
side; VecMap's reader of text files is replaced for that. faiss searches twice: target words for their nearest sources,
then queries with r_S(y) as one more dimension. Each has to find the same accuracy@k (VecMap gives that at 1 only). The
figure is the CPU time of the faster peer over ours. Linux only. Options: ``words=N`` of each language (default:
200,000), ``queries=N`` (10,000), ``dimension=N`` (300), ``threads=N`` (2), ``peer.vecmap=FOLDER`` of its scripts,
``peer.python=PATH``, a Python that has faiss (a peer that is not given is left out).
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table

from benchmarks.made_up_words import Words, made_up_words
from benchmarks.options import count, refuse_others
from benchmarks.result import machine, report
from ipml.alignment.accuracy import first_hits
from ipml.console import console, track
from ipml.errors import InputError

NAME = "retrieval_speed"
_KS, _SEED = (1, 5, 10, 100), 0
_TOLERANCE = 0.001  # of accuracy@k: words with equal scores may change places
# Each process gets the folder of the arrays and the number of threads, and VecMap's the folder of its scripts.
_START = """
import json, os, sys, time
import numpy as np
folder, threads = sys.argv[1], int(sys.argv[2])
def array(name):
    return np.load(os.path.join(folder, name + ".npy"))
def now():
    return time.process_time(), time.perf_counter()
def finish(start, accuracy=None):
    end = now()
    with open("/proc/self/status") as status:
        peak = 1024 * next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    print(json.dumps(dict(cpu=end[0] - start[0], wall=end[1] - start[1], peak=peak, accuracy=accuracy)))
"""
_OURS = """
import torch
from ipml.alignment.retrieval import neighbours
torch.set_num_threads(threads)
sources, targets, queries = array("sources"), array("targets"), array("queries")
start = now()
found = neighbours(sources[queries], targets, int(sys.argv[3]), "csls", sources)
np.save(os.path.join(folder, "found.npy"), found)
finish(start)
"""
_FAISS = """
import faiss
faiss.omp_set_num_threads(threads)
sources, targets, queries = array("sources"), array("targets"), array("queries")
start = now()
for table in (sources, targets):
    faiss.normalize_L2(table)
index = faiss.IndexFlatIP(sources.shape[1])
index.add(sources)
hubness = index.search(targets, min(10, len(sources)))[0].mean(axis=1, keepdims=True)
index = faiss.IndexFlatIP(targets.shape[1] + 1)
index.add(np.hstack([2 * targets, -hubness]))
wanted = np.hstack([sources[queries], np.ones((len(queries), 1), np.float32)])
np.save(os.path.join(folder, "found.npy"), index.search(wanted, int(sys.argv[3]))[1])
finish(start)
"""
_VECMAP = """
import contextlib, io, runpy
sys.path.insert(0, sys.argv[4])
import embeddings
start = []
def read(file, **options):
    table = np.load(file.name)
    start[:] = [now()]
    return [str(row) for row in range(len(table))], table
embeddings.read = read
tables = [os.path.join(folder, name) for name in ("sources.npy", "targets.npy")]
sys.argv = ["eval_translation", *tables, "-d", os.path.join(folder, "dictionary"), "--retrieval", "csls"]
printed = io.StringIO()
with contextlib.redirect_stdout(printed):
    runpy.run_path(os.path.join(sys.path[0], "eval_translation.py"), run_name="__main__")
finish(start[0], float(printed.getvalue().split("Accuracy:")[1].strip().rstrip("%")) / 100)
"""


def run(options: dict[str, str]) -> None:
    """Search with each; the figure is the smaller ratio of CPU times, of those peers that were given."""
    n_words, dimension = count(options, "words", 200_000), count(options, "dimension", 300)
    n_queries, threads = count(options, "queries", 10_000), count(options, "threads", 2)
    vecmap, faiss_python = options.pop("peer.vecmap", None), options.pop("peer.python", None)
    refuse_others(options, ["words", "queries", "dimension", "threads", "peer.vecmap", "peer.python"])
    if n_queries > n_words:
        raise InputError(f"queries={n_queries}: at most words={n_words}")
    if vecmap is not None and not (Path(vecmap) / "eval_translation.py").is_file():
        raise InputError(f"peer.vecmap={vecmap}: no eval_translation.py in it")
    if faiss_python is not None and not Path(faiss_python).is_file():
        raise InputError(f"peer.python={faiss_python}: no such file")
    ways = {"ipml": (sys.executable, _OURS)}
    if vecmap is not None:
        ways["VecMap"] = (sys.executable, _VECMAP)
    if faiss_python is not None:
        ways["faiss flat"] = (faiss_python, _FAISS)
    words = made_up_words(n_words, n_queries, dimension, _SEED)
    results = {}
    with tempfile.TemporaryDirectory() as name:
        write_words(words, Path(name))
        for way, (python, body) in track(ways.items(), "searches"):
            results[way] = search(python, body, words, name, threads, vecmap)
    check_same(results)
    console.print(result_table(results, f"{n_queries:,} queries, {n_words:,} x {dimension} on both sides"))
    console.print(f"{machine()}; threads: {threads}", highlight=False)
    peers = {way: result["cpu"] for way, result in results.items() if way != "ipml"}
    ours = results["ipml"]["cpu"]
    if peers:
        value, unit = round(min(peers.values()) / ours, 2), "times less CPU than the faster peer"
        report(NAME, value, unit, target=1.5, peer=1, n=n_queries, seed=_SEED)
    else:
        console.print("left out: VecMap and faiss; peer.vecmap=FOLDER and peer.python=PATH name them")
        report(NAME, round(ours, 2), "CPU seconds, without a peer", n=n_queries, seed=_SEED)


def write_words(words: Words, folder: Path) -> None:
    """Write the arrays, and the dictionary as VecMap reads it: a word is its number."""
    for name, values in words._asdict().items():
        np.save(folder / f"{name}.npy", values)
    pairs = zip(words.queries.tolist(), words.translations.tolist(), strict=True)
    lines = [f"{source} {target}\n" for source, target in pairs]
    (folder / "dictionary").write_text("".join(lines), encoding="utf-8", newline="\n")


def search(
    python: str, body: str, words: Words, folder: str, threads: int, vecmap: str | None
) -> dict[str, Any]:
    """CPU and wall seconds, peak memory in bytes and accuracy@k (None where it is not given) of one process."""
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads)}
    n_best = str(min(max(_KS), len(words.targets)))
    command = [python, "-c", _START + body, folder, str(threads), n_best, str(vecmap)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise InputError(f"{python}: the search failed: {reason}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if result["accuracy"] is None:
        ranks = first_hits(np.load(Path(folder) / "found.npy"), words.translations[:, None].tolist())
        result["accuracy"] = [float((ranks <= k).mean()) for k in _KS]
    else:
        result["accuracy"] = [result["accuracy"]] + [None] * (len(_KS) - 1)
    return result


def check_same(results: dict[str, dict[str, Any]]) -> None:
    """Refuse results that differ in accuracy@k: the times would not be of the same work."""
    for way, result in results.items():
        for k, ours, theirs in zip(_KS, results["ipml"]["accuracy"], result["accuracy"], strict=True):
            if theirs is not None and abs(ours - theirs) > _TOLERANCE:
                raise InputError(f"accuracy@{k}: {ours:.4f} by ipml, but {theirs:.4f} by {way}")


def result_table(results: dict[str, dict[str, Any]], title: str) -> Table:
    """Table for the screen: a line for each way, the ratios are of its times to ours."""
    table = Table("retrieval", "CPU s", "ratio", "wall s", "ratio", "peak memory, GB", title=title)
    for k in _KS:
        table.add_column(f"AC@{k}")
    ours = results["ipml"]
    for way, result in results.items():
        cells = []
        for clock in ("cpu", "wall"):
            cells += [f"{result[clock]:.1f}", f"{result[clock] / ours[clock]:.2f}"]
        cells.append(f"{result['peak'] / 1e9:.2f}")
        cells += ["" if share is None else f"{share:.4f}" for share in result["accuracy"]]
        table.add_row(way, *cells)
    return table
