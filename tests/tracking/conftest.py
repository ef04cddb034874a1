import shutil

import pytest
from omegaconf import OmegaConf

from ipml.files import short_hash
from tests.tracking.small_registry import SmallRegistry


@pytest.fixture
def config(home):
    paths = {"runs": str(home / "runs"), "mlruns": str(home / "mlruns")}
    return OmegaConf.create(
        {"paths": paths, "tracking": {"uri": None, "parent_run": None}, "namespace": "", "seed": 7}
    )


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
