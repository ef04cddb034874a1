"""The benchmark of retrieval on small tables, with scripts that stand in for the peers."""

import json

import numpy as np
import pytest

from benchmarks.made_up_words import made_up_words
from benchmarks.retrieval_speed import check_same, run
from ipml.alignment.retrieval import neighbours
from ipml.errors import InputError

SMALL = {"words": "400", "queries": "60", "dimension": "20", "threads": "1"}
# What the benchmark asks of VecMap's folder: a module that reads and a script that prints a line.
READER = "def read(file, **options):\n    raise NotImplementedError\n"
SCRIPT = """
import sys
import embeddings
with open(sys.argv[1]) as file:
    words, table = embeddings.read(file, dtype="float32")
assert len(words) == len(table) == 400 and sys.argv[-1] == "csls"
assert len(open(sys.argv[4]).readlines()) == 60
print("Coverage:100.00%  Accuracy: {}%")
"""


def accuracy_at_1():
    words = made_up_words(400, 60, 20, 0)
    found = neighbours(words.sources[words.queries], words.targets, 1, "csls", words.sources)
    return float((found[:, 0] == words.translations).mean())


def stand_in(folder, accuracy):
    (folder / "embeddings.py").write_text(READER)
    (folder / "eval_translation.py").write_text(SCRIPT.replace("{}", f"{100 * accuracy:.2f}"))
    return {"peer.vecmap": str(folder)}


def test_made_up_words_have_planted_translations_and_hubs():
    words = made_up_words(3000, 500, 50, 0)
    assert words.sources.shape == words.targets.shape == (3000, 50)
    for table in (words.sources, words.targets):
        np.testing.assert_allclose(np.linalg.norm(table, axis=1), 1, atol=1e-5)
    assert len(set(words.queries.tolist())) == len(set(words.translations.tolist())) == 500
    queries = words.sources[words.queries]
    accuracy, most_frequent = {}, {}
    for method in ("nearest", "csls"):
        found = neighbours(queries, words.targets, 10, method, words.sources)
        accuracy[method] = (found[:, 0] == words.translations).mean()
        most_frequent[method] = np.bincount(found.ravel()).max()
    assert 0.2 < accuracy["nearest"] < accuracy["csls"] < 0.9
    assert most_frequent["csls"] < 2 / 3 * most_frequent["nearest"]


def test_without_a_peer_it_says_so(capsys):
    run(dict(SMALL))
    printed = capsys.readouterr().out
    figure = json.loads(printed.splitlines()[-1])
    assert (figure["name"], figure["n"], figure["peer"]) == ("retrieval_speed", 60, None)
    assert figure["value"] >= 0
    assert (
        printed.splitlines()[-2]
        == "left out: VecMap and faiss; peer.vecmap=FOLDER and peer.python=PATH name them"
    )


def test_a_peer_gives_a_ratio(tmp_path, capsys):
    run(SMALL | stand_in(tmp_path, accuracy_at_1()))
    printed = capsys.readouterr().out
    assert "VecMap" in printed
    assert f"{accuracy_at_1():.4f}" in printed
    figure = json.loads(printed.splitlines()[-1])
    assert figure["unit"] == "times less CPU than the faster peer"
    assert figure["target"] == 1.5


def test_a_peer_with_another_accuracy_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"accuracy@1: 0\.\d{4} by ipml, but 0\.0100 by VecMap"):
        run(SMALL | stand_in(tmp_path, 0.01))
    same = {"ipml": {"accuracy": [0.5, 0.6, 0.7, 0.8]}, "faiss flat": {"accuracy": [0.5, 0.6, 0.7, 0.8005]}}
    check_same(same)
    same["faiss flat"]["accuracy"][3] = 0.79
    with pytest.raises(InputError, match=r"accuracy@100: 0\.8000 by ipml, but 0\.7900 by faiss flat"):
        check_same(same)


def test_mistakes_are_named(tmp_path):
    (tmp_path / "python").write_text("#!/bin/sh\necho no faiss >&2\nexit 1\n")
    (tmp_path / "python").chmod(0o755)
    with pytest.raises(InputError, match="the search failed: no faiss"):
        run(SMALL | {"peer.python": str(tmp_path / "python")})
    with pytest.raises(InputError, match=r"peer\.python=none: no such file"):
        run({"peer.python": "none"})
    with pytest.raises(InputError, match=r"peer\.vecmap=none: no eval_translation\.py in it"):
        run({"peer.vecmap": "none"})
    with pytest.raises(InputError, match="queries=20: at most words=10"):
        run({"words": "10", "queries": "20"})
    with pytest.raises(InputError, match="option=speed: not a choice"):
        run({"speed": "1"})
