import pytest
from omegaconf import OmegaConf


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
