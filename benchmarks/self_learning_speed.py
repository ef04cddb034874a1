"""Iterative self-learning against VecMap: the same seed dictionary, the same number of rounds, made-up vectors.

Both begin from unit, centred, unit vectors and look at all candidates; the figure is VecMap's wall time over ours,
each in a process of its own, files left out. Options: ``words=N`` (default 50,000) and ``dimension=N`` (300) of each
language, ``seeds=N`` (5,000) pairs, ``rounds=N`` (5), ``vocabulary=N`` (20,000: the most frequent words that
dictionaries are found among), ``threads=N`` (all cores), ``peer.vecmap=FOLDER`` with VecMap's ``map_embeddings.py``
(without it the peer is left out).
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.table import Table

from benchmarks.options import count, refuse_others
from benchmarks.result import report
from ipml.alignment.affine import prepare, step_means
from ipml.alignment.retrieval import neighbours
from ipml.console import console
from ipml.errors import InputError
from ipml.linear_map.solvers import random_orthogonal
from ipml.statistics.angles import unit_vectors

NAME = "self_learning_speed"
_SEED, _TEST_WORDS, _NOISE = 0, 2000, 1.4
_STEPS = ["unit", "centre", "unit"]
_OURS = """
import json, sys, time
import numpy as np
from ipml.alignment.data import AlignmentData
from ipml.config import compose_settings
from ipml.linear_map.fitting import fit_linear_map
given = np.load(sys.argv[1])
rows = given["seeds"]
nothing = np.empty((0, 2), dtype=np.int64)
settings = compose_settings("train", ["model=alignment", "aligner@model.map=self_learning", *sys.argv[3:]])
began = time.perf_counter()
X, Y = (given[name].astype(np.float64) for name in "XY")
data = AlignmentData(X, Y, rows, nothing, rows[:10], np.ones(len(rows)), nothing[:, 0])
fitted = fit_linear_map(settings.model.map, settings.trainer, data, "self-learning")
seconds = time.perf_counter() - began
np.savez(sys.argv[2], A=fitted.matrix, B=fitted.search_matrix)
print(json.dumps(dict(seconds=seconds, rounds=fitted.figures["n_rounds"])))
"""


def run(options: dict[str, str]) -> None:
    """Make two languages, run both and compare time and accuracy@1 on words that were no seeds."""
    names = {
        "words": 50_000,
        "dimension": 300,
        "seeds": 5_000,
        "rounds": 5,
        "vocabulary": 20_000,
        "threads": os.cpu_count() or 1,
    }
    chosen = {name: count(options, name, default) for name, default in names.items()}
    peer = options.pop("peer.vecmap", None)
    refuse_others(options, [*names, "peer.vecmap"])
    if peer is not None and not (Path(peer) / "map_embeddings.py").is_file():
        raise InputError(f"peer.vecmap={peer}: no map_embeddings.py in it")
    if chosen["seeds"] + _TEST_WORDS > chosen["words"]:
        raise InputError(f"seeds={chosen['seeds']}: at most words - {_TEST_WORDS} are possible")
    X, Y, rows = made_up(chosen["words"], chosen["dimension"])
    seeds, test = rows[: chosen["seeds"]], rows[chosen["seeds"] :][:_TEST_WORDS]
    rounds, vocabulary = chosen["rounds"], chosen["vocabulary"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seconds, mapped = _ours(folder, X, Y, seeds, rounds, vocabulary, chosen["threads"])
        results = {"ipml": (seconds, _accuracy(*mapped, test))}
        if peer is not None:
            seconds, mapped = _vecmap(Path(peer), folder, X, Y, seeds, rounds, vocabulary, chosen["threads"])
            results["VecMap"] = (seconds, _accuracy(*mapped, test))
    table = Table("method", "seconds", "AC@1", title=f"{rounds} rounds, {len(seeds)} seeds, {len(X)} words")
    for method, (seconds, accuracy) in results.items():
        table.add_row(method, f"{seconds:.1f}", f"{accuracy:.3f}")
    console.print(table)
    if peer is None:
        console.print("VecMap is left out: peer.vecmap=FOLDER names a copy of it")
        report(NAME, round(results["ipml"][0], 2), "seconds, without a peer", n=len(test), seed=_SEED)
        return
    ratio = results["VecMap"][0] / results["ipml"][0]
    difference = results["ipml"][1] - results["VecMap"][1]
    console.print(f"AC@1 against VecMap: {difference:+.3f} (target: not lower)")
    report(NAME, round(ratio, 2), "times faster than VecMap", 1, 1, len(test), _SEED)


def made_up(n_words: int, dimension: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], Any]:
    """Two languages, prepared, and which words translate each other: (n, d), (n, d), pairs (n, 2) in random order.

    The target is the source turned, with noise; its words stand in another order.
    """
    rng = np.random.default_rng(_SEED)
    latent = rng.standard_normal((n_words, dimension)) * np.geomspace(1, 0.2, dimension)
    sides = []
    for seed in (1, 2):
        noise = _NOISE * rng.standard_normal(latent.shape) * np.geomspace(1, 0.2, dimension)
        side = (latent + noise) @ random_orthogonal(dimension, dimension, seed)
        sides.append(prepare(side, _STEPS, step_means(side, _STEPS)).astype(np.float32))
    # A frequent word is translated by one that is about as frequent, so that the vocabularies that are searched agree.
    order = np.argsort(np.arange(n_words) + rng.normal(0, 50, n_words))
    pairs = np.column_stack([order, np.arange(n_words)])
    frequent = pairs[: n_words // 2]
    rest = pairs[n_words // 2 :]
    return sides[0], sides[1][order], np.concatenate([rng.permutation(frequent), rng.permutation(rest)])


def _accuracy(queries: npt.NDArray[Any], targets: npt.NDArray[Any], test: npt.NDArray[np.int64]) -> float:
    found = neighbours(unit_vectors(queries)[test[:, 0]], unit_vectors(targets), 1, "nearest")
    return float((found[:, 0] == test[:, 1]).mean())


def _ours(
    folder: Path, X: Any, Y: Any, seeds: Any, rounds: int, vocabulary: int, threads: int
) -> tuple[float, tuple[Any, Any]]:
    np.savez(folder / "given.npz", X=X, Y=Y, seeds=seeds)
    overrides = [
        f"model.map.max_epochs={rounds}",
        f"model.map.module.interval={rounds}",
        f"model.map.module.vocabulary={vocabulary}",
        "model.map.module.keep_training_pairs=false",
    ]
    given, written = str(folder / "given.npz"), str(folder / "ours.npz")
    done = _process([sys.executable, "-c", _OURS, given, written, *overrides], threads)
    figures = json.loads(done.stdout.splitlines()[-1])
    if figures["rounds"] != rounds:
        raise InputError(f"rounds={rounds}: self-learning ended after {figures['rounds']:.0f}")
    maps = np.load(written)
    return figures["seconds"], (X @ maps["A"].T @ maps["B"].T, Y @ maps["B"].T)


def _vecmap(
    peer: Path, folder: Path, X: Any, Y: Any, seeds: Any, rounds: int, vocabulary: int, threads: int
) -> tuple[float, tuple[Any, Any]]:
    """VecMap as a process; its time is the sum of what it says each round took."""
    for name, vectors in (("x", X), ("y", Y)):
        head = f"{len(vectors)} {vectors.shape[1]}"
        words = np.array([f"{name}{row}" for row in range(len(vectors))])
        with (folder / f"{name}.vec").open("w") as stream:
            stream.write(head + "\n")
            for word, row in zip(words, vectors.tolist(), strict=True):
                stream.write(f"{word} {' '.join(f'{value:.6f}' for value in row)}\n")
    (folder / "seeds.txt").write_text("".join(f"x{a} y{b}\n" for a, b in seeds))
    command = [
        sys.executable,
        str(peer / "map_embeddings.py"),
        "--semi_supervised",
        str(folder / "seeds.txt"),
    ]
    command += [str(folder / name) for name in ("x.vec", "y.vec", "x.out", "y.out")]
    command += ["--vocabulary_cutoff", str(vocabulary), "--stochastic_initial", "1", "--verbose"]
    # No gain is ever large enough, so it ends after the interval: a fixed number of rounds.
    command += ["--threshold", "1000", "--stochastic_interval", str(rounds), "--normalize", "none"]
    done = _process(command, threads)
    took = [line.split("(")[1].split("s)")[0] for line in done.stderr.splitlines() if "ITERATION" in line]
    if len(took) != rounds:
        raise InputError(f"peer.vecmap={peer}: {len(took)} rounds, not {rounds}")
    return sum(map(float, took)), (_read(folder / "x.out"), _read(folder / "y.out"))


def _read(path: Path) -> npt.NDArray[np.float32]:
    with path.open() as stream:
        n, dimension = map(int, stream.readline().split())
        rows = np.empty((n, dimension), dtype=np.float32)
        for row, line in enumerate(stream):
            rows[row] = np.array(line.split(" ", 1)[1].split(), dtype=np.float32)
    return rows


def _process(command: list[str], threads: int) -> subprocess.CompletedProcess[str]:
    environment = dict(os.environ)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        environment[name] = str(threads)
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise InputError(f"{command[1]}: failed: {reason}")
    return done
