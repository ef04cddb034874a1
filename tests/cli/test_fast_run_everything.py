"""Every model trains with ``debug=fast``, every sweep searches and every study is planned, on the smallest world."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from omegaconf import OmegaConf

from ipml.cli import main
from ipml.config import compose_config, compose_settings, config_directory
from ipml.tracking import Workspace
from tests.dual_attention.network.test_contextual import write_encoder
from tests.small_study import TINY

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("fast run of everything")]

OF_ONE_GROUP = ["country=JP", "firm_type=established"]
REAL_DATA = {
    "root": "firms",
    "lexicon": "lexicon",
}  # key of a study: folder of the real data that it asks for


def files(group: str) -> list[str]:
    return sorted(path.stem for path in (config_directory() / group).glob("*.yaml"))


def small(config) -> list[str]:
    """Overrides that set what ``debug=fast`` sets, of the keys that a configuration of ``train`` has; and few words."""
    fast = OmegaConf.load(config_directory() / "debug" / "fast.yaml").model[config.model.stage]
    overrides = few_words(config)
    for key, value in flat(OmegaConf.to_container(fast)):
        if OmegaConf.select(config.model, key) is not None:
            overrides.append(f"model.{key}={value}")
    return overrides


def few_words(config) -> list[str]:
    return ["model.max_words=2000"] if "max_words" in config.model else []


def flat(settings: dict, prefix: str = "") -> list[tuple[str, object]]:
    """Keys with dots, and values."""
    found = []
    for key, value in settings.items():
        inner = isinstance(value, dict)
        found += flat(value, f"{prefix}{key}.") if inner else [(prefix + key, value)]
    return found


def registered() -> set[tuple[str, str]]:
    """Name and number of every registered version."""
    versions = Workspace(compose_settings("registry")).client.search_model_versions()
    return {(version.name, version.version) for version in versions}


def runs() -> dict[str, object]:
    client = Workspace(compose_settings("registry")).client
    return {run.info.run_id: run for run in client.search_runs(["1"], max_results=1000)}


@pytest.fixture(scope="module")
def encoder(tmp_path_factory) -> Path:
    return write_encoder(tmp_path_factory.mktemp("encoder") / "bert")


@pytest.fixture(scope="module")
def world(tmp_path_factory, tracking_database):
    """IPML_HOME with what the stages read: of two countries, everything up to the vectors of their firms."""
    home = tmp_path_factory.mktemp("home")
    (home / "mlruns").mkdir()
    shutil.copy(tracking_database, home / "mlruns" / "mlflow.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPML_HOME", str(home))
        patch.chdir(home)
        stages = [
            ["train", "model=alignment", "country=JP", *small(compose_config("train", ["model=alignment"]))]
        ]
        for country in ("JP", "US"):
            quick = small(compose_config("train", ["model=dual_attn"]))
            stages += [
                ["train", "model=dual_attn", f"country={country}", *quick],
                ["keywords", f"country={country}", "selection=attention"],
                ["vectors", f"country={country}"],
            ]
        for command, *words in stages:
            assert main([command, *words, *TINY]) == 0
        yield home


@pytest.mark.parametrize("model", files("model"))
def test_every_model_trains_fast_and_registers_nothing(world, encoder, capsys, model):
    words = [f"model={model}", *OF_ONE_GROUP]
    config = compose_config("train", words)
    words += few_words(config)
    if config.model.stage == "mapping_pooled":
        words.append("model.countries=[JP,US]")
    if "encoder" in config.model and config.model.encoder is not None:
        words += [f"model.encoder.path={encoder}", "model.encoder.max_pieces=40"]
    versions, before = registered(), runs()
    assert main(["train", *words, "debug=fast", *TINY]) == 0
    assert "not registered" in capsys.readouterr().out
    assert registered() == versions
    (made,) = (run for run_id, run in runs().items() if run_id not in before)
    assert made.data.tags["ipml.debug"] == "fast"
    assert made.info.status == "FINISHED"
    assert made.data.metrics


@pytest.mark.parametrize("sweep", files("sweep"))
def test_every_sweep_searches_and_says_what_was_best(world, capsys, sweep):
    stage = compose_config("sweep", [f"sweep={sweep}"]).sweep.stage
    words = [f"model={stage}", f"sweep={sweep}", *OF_ONE_GROUP, "n_trials=2"]
    with_map = [word for word in compose_config("sweep", words).sweep.overrides if "@" in word]
    words += small(compose_config("train", [f"model={stage}", *with_map]))
    versions = registered()
    before = set((world / "runs" / "sweep").glob("*"))
    assert main(["sweep", *words, *TINY]) == 0
    assert "Best trial and default (simulated)" in " ".join(capsys.readouterr().out.split())
    assert registered() == versions
    (folder,) = set((world / "runs" / "sweep").iterdir()) - before
    table = pd.read_parquet(folder / "trials.parquet")
    assert table["state"].tolist() == ["complete"] * 2
    assert table["score"].notna().all()
    again = compose_config("train", [f"experiment={folder / 'best.yaml'}", f"model={stage}"])
    assert again.model.stage == stage


@pytest.mark.parametrize("study", files("study"))
def test_every_study_is_planned(home, request, capsys, study):
    asked = compose_config("run", [f"study={study}"]).study
    given = []
    for key in asked:
        if OmegaConf.is_missing(asked, key):
            folder = request.getfixturevalue("shared") / "data" / REAL_DATA[key]
            given.append(f"study.{key}={folder}")
    assert main(["run", f"study={study}", *given, "dry_run=true"]) == 0
    planned = capsys.readouterr().out
    for stage in asked.stages:
        assert stage.command in planned
    assert not (home / "runs").exists()
