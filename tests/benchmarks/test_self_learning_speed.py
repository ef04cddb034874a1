"""The benchmark of self-learning, on small languages and without its peer."""

import json

import numpy as np
import pytest

from benchmarks.self_learning_speed import made_up, run
from ipml.errors import InputError

SMALL = {
    "words": "2600",
    "dimension": "20",
    "seeds": "200",
    "rounds": "2",
    "vocabulary": "500",
    "threads": "1",
}


def test_the_made_up_languages_are_translated_by_the_pairs():
    X, Y, pairs = made_up(400, 10)
    assert sorted(pairs[:, 0]) == sorted(pairs[:, 1]) == list(range(400))
    similar = [
        np.corrcoef((rows @ rows.T)[np.triu_indices(400, 1)], ours)[0, 1]
        for rows, ours in _similarities(X, Y, pairs)
    ]
    assert similar[0] > 0.07 > 0.02 > abs(similar[1])


def _similarities(X, Y, pairs):
    """Similarities within the target language, in the order of the pairs and mixed, beside those of the source."""
    source = X[pairs[:, 0]]
    ours = (source @ source.T)[np.triu_indices(len(X), 1)]
    yield Y[pairs[:, 1]], ours
    yield np.random.default_rng(0).permutation(Y), ours


@pytest.mark.slow
def test_without_a_peer_it_says_so(capsys):
    run(dict(SMALL))
    printed = capsys.readouterr().out
    assert "VecMap is left out" in printed
    figure = json.loads(printed.splitlines()[-1])
    assert (figure["name"], figure["n"], figure["peer"]) == ("self_learning_speed", 2000, None)


@pytest.mark.slow
def test_mistakes_are_named(tmp_path):
    with pytest.raises(InputError, match=r"peer\.vecmap=.*no map_embeddings\.py"):
        run({**SMALL, "peer.vecmap": str(tmp_path)})
    with pytest.raises(InputError, match="seeds=2000: at most words - 2000"):
        run({**SMALL, "seeds": "2000"})
    (tmp_path / "map_embeddings.py").write_text("raise SystemExit('no numpy')")
    with pytest.raises(InputError, match="failed: no numpy"):
        run({**SMALL, "peer.vecmap": str(tmp_path)})
