from dataclasses import replace

import numpy as np
import pytest

from benchmarks import page_recovery
from benchmarks.page_figures import AUC, FIGURES, KEPT
from benchmarks.page_kinds import PRODUCT
from benchmarks.page_recovery import controls, measure, spread_cells, untrained
from benchmarks.page_worlds import World
from ipml.corpus.labels import labelled_firms
from ipml.dual_attention.data.sites import read_sites
from ipml.errors import InputError
from ipml.text import open_language
from tests.dual_attention import planted


@pytest.fixture(scope="module")
def world(tmp_path_factory, tracking_database) -> World:
    """Firms whose second page of four is on products."""
    made = planted.World(tmp_path_factory.mktemp("pages"), tracking_database)
    settings = made.train_settings()
    firms, _ = labelled_firms(made.corpus, "JP")
    language = open_language(settings.embeddings, "ja")
    sites = read_sites(made.corpus, firms.index.tolist(), language, None, max_pages=32, max_tokens=864)
    labels = firms.loc[list(sites.firm_ids), "has_patent"].to_numpy(np.float32)
    kinds = np.array([PRODUCT if url.endswith("/1") else "plain" for url in sites.urls], dtype=object)
    return World("planted", settings, sites, labels, kinds)


def test_planted_product_pages_are_found(world, capsys):
    figures, kept = measure(world, n_seeds=1)
    assert tuple(figures) == FIGURES
    assert min(value for name, value in figures.items() if name != KEPT) > 0.9
    assert figures[KEPT] < 0.8  # of random or untrained weights: 1
    by_name = {figure.name: figure for figure in kept}
    assert by_name["pages/AUC within firm/planted"].value == figures[AUC]
    assert by_name["pages/random/planted"].n == 1
    printed = capsys.readouterr().out
    assert all(
        name in printed for name in ("shuffled labels, 1", "untrained, 1", "length of the page", "plain")
    )


def test_controls_with_chance_in_them_come_once_a_seed(world):
    # How many controls there are is asked here, not how good they are.
    model = world.settings.model.model_copy(update={"max_epochs": 1})
    found = controls(replace(world, settings=world.settings.model_copy(update={"model": model})), 2)
    assert [len(weights) for weights in found.values()] == [2, 2, 1, 2]
    random = found["random, 2"]
    assert not np.array_equal(*random)
    _, _, kept, top = spread_cells(world.truth, random)
    assert kept.startswith("1.000")
    assert float(top.split()[0]) == pytest.approx(0.25, abs=0.1)


def test_untrained_weights_are_the_seeds(world):
    first, again, other = (
        untrained(world.sites, world.settings, seed).score(world.sites).page_weights for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    totals = np.add.reduceat(first, world.sites.page_offsets[:-1])
    np.testing.assert_allclose(totals, 1, rtol=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"part": "real"}, "option=part: not a choice"),
        ({"parts": "reel"}, "parts=reel: not a choice; allowed: simulated, real"),
        ({"seeds": "0"}, "seeds=0: a whole number"),
        ({"seeds": "many"}, "seeds=many: a whole number"),
        ({"seeds": "2.5"}, "seeds=2.5: a whole number"),
        ({"mention": "1"}, "mention=1"),
        ({"mention": "half"}, "mention=half: a number from 0 to 0.9"),
    ],
)
def test_wrong_options_are_named(options, message):
    with pytest.raises(InputError, match=message):
        page_recovery.run(options)


def test_a_missing_folder_of_real_firms_is_said_aloud(tmp_path, capsys):
    with pytest.raises(InputError, match="no such folder"):
        page_recovery.run({"parts": "real", "data.root": str(tmp_path / "none")})
    assert "real part skipped" in capsys.readouterr().out
