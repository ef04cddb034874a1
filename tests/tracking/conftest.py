import functools
import shutil

import pytest

from ipml.config import compose_settings
from ipml.files import short_hash
from ipml.tracking import Workspace
from tests.tracking.small_registry import SmallRegistry


@functools.cache
def _composed():
    return compose_settings("registry", ["seed=7"])


@pytest.fixture
def workspace(home):
    paths = {name: str(home / name) for name in ("data", "runs", "mlruns")}
    moved = _composed().paths.model_copy(update={"root": str(home), **paths})
    return Workspace(_composed().model_copy(update={"paths": moved}))


@pytest.fixture
def model_code(tmp_path):
    path = tmp_path / "served.py"
    path.write_text(
        "import mlflow\n"
        "class Echo(mlflow.pyfunc.PythonModel):\n"
        "    def predict(self, context, model_input: list[str], params=None) -> list[str]:\n"
        "        return model_input\n"
        "mlflow.models.set_model(Echo())\n"
    )
    return path


@pytest.fixture(scope="module")
def promotion_home(tmp_path_factory, tracking_database):
    """Home for all tests of a module: opening a database takes a second, a namespace of its own none."""
    home = tmp_path_factory.mktemp("home")
    (home / "mlruns").mkdir()
    shutil.copy(tracking_database, home / "mlruns" / "mlflow.db")
    return home


@pytest.fixture
def registry(promotion_home, request, monkeypatch):
    monkeypatch.setattr("ipml.tracking.workspace.git_commit", lambda: "of a test")
    namespace = short_hash(request.node.nodeid)
    return SmallRegistry(promotion_home, namespace)
