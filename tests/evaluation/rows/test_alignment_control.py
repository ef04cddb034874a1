"""The alignment control from registered models to rows, in a small simulated world with its planted product words."""

import shutil

import numpy as np
import pandas as pd
import pytest

from ipml.alignment.affine import Alignment
from ipml.cli import main
from ipml.config import compose_settings
from ipml.corpus import load_corpus
from ipml.errors import InputError, LineageError
from ipml.evaluation.pairs import list_pairs
from ipml.evaluation.read_groups import read_groups
from ipml.evaluation.read_words import AlignedWords, CountryWords, own_vectors, words_of_countries
from ipml.evaluation.rows.alignment_control import (
    WHAT,
    AlignmentControl,
    mean_vectors,
    read_versions,
    turned_round,
)
from ipml.evaluation.rows.context import Context
from ipml.simulation import load_truth
from ipml.tracking import Workspace
from ipml.vectors.firm_vectors import PRODUCTS
from tests.evaluation.conftest import WORLD
from tests.simulation.worlds import make_world
from tests.vectors.planted import keyword

pytestmark = pytest.mark.xdist_group("alignment_control")  # one process makes the study

FIRMS = 40
SETTINGS = WORLD | {"min_group": FIRMS, "dictionary": {"wrong": 0.0, "coverage": 0.9}}


def flat(settings, prefix=""):
    """Keys with dots, and values."""
    for key, value in settings.items():
        yield from flat(value, f"{prefix}{key}.") if isinstance(value, dict) else [(prefix + key, value)]


class Study:
    """JP, CN and US firms of one type with alignments, vectors and mappings, made by the commands."""

    def __init__(self, home, tracking_database) -> None:
        self.home, self.root = home, home / "world"
        (home / "mlruns").mkdir()
        shutil.copy(tracking_database, home / "mlruns" / "mlflow.db")
        make_world(self.root, SETTINGS)
        self.truth = load_truth(self.root)
        for country, language in (("JP", "ja"), ("CN", "zh"), ("US", "en")):
            self._add_keywords(country, language)
        for country in ("JP", "CN"):
            maps = 3 if country == "JP" else 0
            self.run("train", "model=alignment", f"country={country}", f"model.bootstrap_maps={maps}")
        for country in ("JP", "CN", "US"):
            self.run("vectors", f"country={country}")
            self.run("train", "model=mapping", f"country={country}", "firm_type=established")

    def run(self, command, *overrides):
        assert main([command, *self.overrides(*overrides)]) == 0

    def overrides(self, *overrides):
        world = [f"data.world.{key}={value}" for key, value in flat(SETTINGS)]
        return [f"paths.root={self.home}", f"data.root={self.root}", *world, *overrides]

    def settings(self, *overrides):
        own = ["inputs.alias=challenger", "firm_types=[established]", "min_industry_firms=5"]
        return compose_settings("evaluate", self.overrides(*own, *overrides))

    def workspace(self):
        return Workspace(self.settings())

    def read_groups(self):
        settings = self.settings()
        wanted = [(country, "established") for country in settings.countries]
        return read_groups(self.workspace(), wanted, settings.inputs.alias, settings.min_firms)

    def words(self):
        return words_of_countries(self.workspace(), self.read_groups())

    def _add_keywords(self, country, language):
        firms = self.truth.firms
        of_country = firms[(firms["country"] == country) & firms["has_patent"]]
        rows = [
            keyword(firm.firm_id, word, 1.0, rank)
            for firm in of_country.itertuples()
            for rank, word in enumerate(firm.product_words, start=1)
        ]
        with self.workspace().start_run("keywords", f"keywords-{country}") as run:
            run.set_tags({"country": country, "language": language})
            run.add_lineage({"corpus": load_corpus(self.root).info.hash}, "test")
            run.log_table("keywords", pd.DataFrame(rows))


@pytest.fixture(scope="module")
def study(tmp_path_factory, tracking_database):
    return Study(tmp_path_factory.mktemp("control"), tracking_database)


@pytest.fixture(scope="module")
def results(study):
    study.run(
        "evaluate", "inputs.alias=challenger", "firm_types=[established]", "min_industry_firms=5",
        "alignment_control=true",
    )  # fmt: skip
    newest = max((study.home / "runs" / "evaluate").iterdir(), key=lambda path: path.stat().st_mtime)
    return pd.read_csv(newest / "results.csv")


@pytest.fixture(scope="module")
def rows(results):
    return results[results["what"].str.startswith("alignment_control")]


def test_errors_of_words_are_counted_where_words_are_aligned(results):
    angles = results[(results["what"] == "angle") & (results["level"] == "group")]
    keys = ["group", "direction"]
    counted = angles[angles["method"] == "word_errors"].set_index(keys)
    debiased = angles[angles["method"] == "debiased"].set_index(keys)
    assert len(counted) == 3 * 3
    assert (counted["value"] <= debiased.loc[counted.index, "value"]).all()
    assert (counted["value"] < debiased.loc[counted.index, "value"]).any()


def test_pairs_have_no_errors_of_words_where_an_alignment_is_too_old_to_know_them(study, monkeypatch):
    countries = study.words()
    words = AlignedWords.read(countries)
    assert (set(words.errors), words.unknown) == ({"ja", "zh"}, {})
    monkeypatch.setattr(Alignment, "word_error", None)
    old = AlignedWords.read(countries)
    assert "alignment-ja-en version 1 was trained before" in old.unknown["JP"]
    assert [old.of(pair) for pair in list_pairs(list(study.read_groups().groups.values()))] == [None] * 3


def test_words_that_were_not_calibrated_have_no_known_errors(study):
    countries = study.words()
    for words in countries.values():
        vars(words)["made_with"] = words.made_with.model_copy(update={"calibrated": False})
    words = AlignedWords.read(countries)
    assert words.unknown == dict.fromkeys(("JP", "CN"), "its words are not calibrated")
    assert words.errors == {}


def test_a_level_that_too_few_firms_are_left_for_has_no_row(study):
    settings, found = study.settings(), study.read_groups()
    pairs = list_pairs(list(found.groups.values()))
    context = Context(
        found=found, groups=list(found.groups.values()), words=study.words(), aligned_words=AlignedWords(),
        pairs=[pair for pair in pairs if pair.first.country == "JP"][:1], true_angles=None,
        workspace=study.workspace(), alias="challenger", min_industry_firms=1000, confidence=settings.confidence,
        seed=settings.seed,
    )  # fmt: skip
    found_rows = list(AlignmentControl(enabled=True).rows(context))
    assert list(AlignmentControl(enabled=False).rows(context)) == []
    levels = {row.level for row in found_rows if row.what == WHAT}
    assert levels == {"group"}


def test_the_command_writes_the_control_of_each_pair_of_countries(rows):
    control = rows[(rows["what"] == "alignment_control") & (rows["level"] == "group")]
    assert control["group"].unique().tolist() == [
        "JP-US established",
        "JP-CN established",
        "US-CN established",
    ]
    of_pair = control[control["group"] == "JP-US established"]
    assert of_pair[of_pair["method"] == "debiased"]["direction"].tolist() == ["JP->US", "US->JP", "mean"]
    debiased = control[control["method"] == "debiased"]
    assert ((debiased["low"] <= debiased["value"]) & (debiased["value"] <= debiased["high"])).all()
    assert (control["value"] < 90).all()
    assert (of_pair[["n1", "n2"]] <= FIRMS).all(axis=None)
    assert control["simulated"].all()


def test_coverage_is_reported_for_the_words_of_both_kinds(rows):
    coverage = rows[rows["what"] == "alignment_control_coverage"]
    assert len(coverage) == 3 * 2 * 2
    assert coverage["value"].between(0.6, 0.999).all()
    assert set(coverage["method"]) == {"product_words", "patent_words"}
    assert set(coverage["unit"]) == {"share"}


def test_the_bootstrap_set_of_maps_is_carried_through_where_there_is_one(rows):
    maps = rows[rows["method"] == "bootstrap_maps"]
    assert maps["group"].unique().tolist() == ["JP-US established", "JP-CN established"]
    assert (maps["sd"] > 0).all()
    assert maps["low"].isna().all()  # three maps are too few for an interval


def test_two_aligned_languages_have_the_squared_chords_of_both(rows):
    found = rows[
        (rows["what"] == "alignment_control") & (rows["method"] == "plug_in") & (rows["level"] == "group")
    ].set_index(["group", "direction"])["value"]
    one_sided = [found["JP-US established", "US->JP"], found["US-CN established", "US->CN"]]
    assert found["JP-CN established", "mean"] > min(one_sided)


def country_words(study, country):
    return study.words()[country]


def test_words_are_replaced_by_the_mean_of_their_translations(study):
    JP, US = country_words(study, "JP"), country_words(study, "US")
    firm_ids = JP.firm_ids("established")
    versions = read_versions(JP, PRODUCTS, firm_ids)
    weights, listed = JP.weights(PRODUCTS, firm_ids), JP.dictionaries["ja"].translations()
    assert US.dictionaries == {}
    known, vectors = US.spaces["en"].language.vectors.select(listed_words(listed))
    of_english = dict(zip(np.array(listed_words(listed))[known], vectors, strict=True))
    row = weights.matrix[0].toarray().ravel()
    total, share = 0.0, 0.0
    for word, weight in zip(weights.words, row, strict=True):
        english = [of_english[e] for e in listed.get(word, []) if e in of_english]
        if english:
            unit = [vector / np.linalg.norm(vector) for vector in english]
            total, share = total + weight * np.mean(unit, axis=0), share + weight
    np.testing.assert_allclose(versions.translated[0], total / share, atol=1e-6)
    assert 0 < share < 1 + 1e-6


def listed_words(translations):
    return sorted({word for words in translations.values() for word in words})


def test_words_of_one_language_stay_as_they_are(study):
    US = country_words(study, "US")
    versions = read_versions(US, PRODUCTS, US.firm_ids("established"))
    np.testing.assert_array_equal(versions.own, versions.translated)
    assert versions.coverage == pytest.approx(1)


def test_translations_without_a_vector_are_left_out_of_the_mean(study):
    space = country_words(study, "US").spaces["en"]
    word, other = space.language.vectors.words[:2]
    means, known = mean_vectors([[word, "none-such"], [], [word, other], ["none-such"]], space)
    assert known.tolist() == [True, False, True, False]
    assert np.linalg.norm(means[0]) == pytest.approx(1, abs=1e-6)
    assert not means[1].any()


def test_words_that_have_lost_their_vector_are_counted(study):
    space = country_words(study, "US").spaces["en"]
    known = space.language.vectors.words[0]
    with pytest.raises(
        LineageError, match=r"en: 2 words of the firms have no vector now.*run `ipml vectors`"
    ):
        own_vectors(space, ["none-such", known, "nor-this"])


def test_a_dictionary_is_turned_round(study):
    lexicon = country_words(study, "JP").dictionaries["ja"]
    assert set(turned_round(lexicon).pairs) == {(b, a) for a, b in lexicon.pairs}
    assert turned_round(turned_round(lexicon)) == lexicon


def test_a_run_without_the_weights_of_its_words_is_refused_in_one_line(study):
    run_id = study.read_groups().models["JP established"].run_id
    with pytest.raises(InputError, match=r"it has no table 'product_words'; run its stage again"):
        CountryWords(study.workspace(), run_id).weights(PRODUCTS, ["JP-0-00001"])
