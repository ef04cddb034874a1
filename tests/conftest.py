"""Fixtures for all tests."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

from tests.small_study import SmallStudy, run_study

settings.register_profile("ipml", deadline=None)  # tests run side by side, on machines of any speed
settings.load_profile("ipml")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # the tests run side by side
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

REPOSITORY = Path(__file__).resolve().parents[1]


def pytest_make_parametrize_id(val, argname):
    """Bytes show as the argument's name: gzip writes the time, and workers must collect tests of the same name."""
    return argname if isinstance(val, bytes) else None


def pytest_collection_modifyitems(items):
    """Tests that share a fixture of a module or a package run in one worker, which makes it once."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None and (place := widest_place(item)) is not None:
            item.add_marker(pytest.mark.xdist_group(place))


def widest_place(item: pytest.Item) -> str | None:
    """Module or folder below this one whose fixtures a test shares with others, the widest of several."""
    found = [
        fixture.baseid
        for fixtures in item._fixtureinfo.name2fixturedefs.values()
        for fixture in fixtures
        if fixture.scope != "function" and fixture.baseid.startswith("tests/")
    ]
    return min(found, key=len, default=None)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder with real data beside the checkout; tests that need it are skipped without it."""
    folder = REPOSITORY.parent / "shared"
    if not (folder / "data").is_dir():
        pytest.skip(f"no real data: {folder} does not exist")
    return folder


@pytest.fixture(scope="session")
def tracking_database(tmp_path_factory) -> Path:
    """Empty MLflow database: making one takes seconds, copying it none."""
    from ipml.tracking.store import Store

    folder = tmp_path_factory.mktemp("mlruns")
    Store(folder).connect().search_experiments()
    return folder / "mlflow.db"


@pytest.fixture
def home(tmp_path, tracking_database, monkeypatch) -> Path:
    """Empty IPML_HOME of a test, with an empty tracking database."""
    (tmp_path / "mlruns").mkdir()
    shutil.copy(tracking_database, tmp_path / "mlruns" / "mlflow.db")
    monkeypatch.setenv("IPML_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="session", autouse=True)
def own_models(tmp_path_factory):
    """Models loaded outside of a command may name files in all folders of tests, as own ones do in ``IPML_HOME``."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPML_MODEL_FOLDERS", str(tmp_path_factory.getbasetemp()))
        yield


@pytest.fixture(scope="session")
def small_study(tmp_path_factory) -> SmallStudy:
    """Finished study on the smallest world that has all groups; for tests of one group, see `tests.small_study`."""
    return run_study(tmp_path_factory.mktemp("small_study"))


@pytest.fixture(scope="session")
def attention_world(tmp_path_factory, tracking_database):
    """Planted world of dual attention, for all who only add runs to it; see `attention_model`."""
    from tests.dual_attention.planted import World

    return World(tmp_path_factory.mktemp("dual_attention"), tracking_database)


@pytest.fixture(scope="session")
def attention_model(attention_world) -> str:
    """Version of ``dual_attn-JP``, trained once on `attention_world`; no test of it registers another one."""
    from ipml.dual_attention import stage

    return attention_world.call(stage.train, attention_world.train_settings()).version
