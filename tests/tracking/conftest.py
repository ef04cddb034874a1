import numpy as np
import pytest
from omegaconf import OmegaConf

from ipml.config import compose_config
from ipml.tracking import HeldOut, start_run
from ipml.tracking.runs import connect

FIRMS = [f"JP-{number:02d}" for number in range(40)]


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


@pytest.fixture
def promote_config(home):
    """Configuration of ``ipml promote`` with the overrides given."""
    return lambda *overrides: compose_config("promote", overrides)


@pytest.fixture
def trained(promote_config):
    """Register a model without files, whose held-out values are ``score`` on average; returns its version."""

    def train(name, score=0.5, corpus="c1", units=FIRMS, lineage=None, namespace=""):
        config = promote_config(f"namespace={namespace}")
        spread = np.linspace(-0.1, 0.1, len(units))
        with start_run(config, "mapping", name) as run:
            run.add_lineage({"corpus": corpus, **(lineage or {})}, "the corpus")
            run.log_metrics({"test/cosine": score, "test/cosine_low": score - 0.1})
            HeldOut("cosine", {"corpus": corpus}, units, score + spread).log(run)
        client = connect(config)
        if not client.search_registered_models(f"name = '{name}'"):
            client.create_registered_model(name)
        version = str(client.create_model_version(name, f"runs:/{run.id}/model", run.id).version)
        client.set_registered_model_alias(name, "challenger", version)
        return version

    return train
