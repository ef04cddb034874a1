"""Models of one number, with held-out values, in a namespace of their own."""

import functools

import numpy as np

from ipml.config import compose_settings
from ipml.errors import NotRegisteredError
from ipml.statistics.intervals import Bootstrap
from ipml.tracking import HeldOut, Lineage, ModelReference, Run, Workspace
from ipml.tracking.model_files import model_hash, save_model
from ipml.tracking.promotion import (
    Plan,
    carry_out,
    check_margin,
    plan_promotion,
    plan_rollback,
    read_history,
)
from ipml.tracking.registry import HASH_TAG

FIRMS = [f"JP-{number:02d}" for number in range(40)]
BOOTSTRAP = Bootstrap(resamples=1000, level=0.95, seed=0)


@functools.cache
def _composed():
    return compose_settings("promote")


class SmallRegistry:
    """Registry of one test; its models are named without the namespace."""

    def __init__(self, home, namespace, uri=None):
        self.home, self.namespace, self.uri = home, namespace, uri

    @property
    def workspace(self):
        settings = _composed()
        folders = {name: str(self.home / name) for name in ("runs", "mlruns")}
        own = {
            "paths": settings.paths.model_copy(update={"root": str(self.home), **folders}),
            "tracking": settings.tracking.model_copy(update={"uri": self.uri}),
            "namespace": self.namespace,
        }
        return Workspace(settings.model_copy(update=own))

    @property
    def client(self):
        return self.workspace.client

    def full(self, name):
        return f"{self.namespace}.{name}" if self.namespace else name

    def train(self, name, score=0.5, corpus="c1", units=FIRMS, **lineage):
        """Register a version whose held-out values are ``score`` on average, and make it the challenger."""
        name, made_from = self.full(name), {self.full(of): v for of, v in lineage.items()}
        client = self.client
        tags = Lineage({"corpus": corpus, **made_from}).as_tags()
        created = client.create_run(self.workspace.store.experiment_id(self.namespace), tags=tags)
        run = Run(created.info.run_id, "mapping", name, self.home / created.info.run_id, "", client)
        run.folder.mkdir()
        run.log_metrics({"test/cosine": score, "test/cosine_low": score - 0.1})
        HeldOut("cosine", {"corpus": corpus}, units, score + np.linspace(-0.1, 0.1, len(units))).log(run)
        if not client.search_registered_models(f"name = '{name}'"):
            client.create_registered_model(name)
        save_model(run.model_folder, "conversion", {"A": np.full((1, 1), score)}, {})
        client.log_artifacts(run.id, str(run.model_folder), "model/artifacts/model")
        tags = {HASH_TAG: model_hash(run.model_folder)}
        version = str(client.create_model_version(name, f"runs:/{run.id}/model", run.id, tags).version)
        client.set_registered_model_alias(name, "challenger", version)
        return version

    def plan(self, *names, margin=0.0, one_lineage=False) -> Plan:
        names = [self.full(name) for name in names]
        return plan_promotion(self.workspace, names, margin, BOOTSTRAP, one_lineage)

    def promote(self, *names, margin=0.0, one_lineage=False, reason="", takeover=False) -> Plan:
        """Promote as the command does."""
        plan = self.plan(*names, margin=margin, one_lineage=one_lineage)
        check_margin(plan)
        carry_out(self.workspace, plan, reason, takeover)
        return plan

    def carry_out(self, plan):
        carry_out(self.workspace, plan)

    def plan_rollback(self, *names) -> Plan:
        return plan_rollback(self.workspace, [self.full(name) for name in names] or None)

    def roll_back(self, *names):
        carry_out(self.workspace, self.plan_rollback(*names))

    def champions(self, *names):
        """Versions, as everything that reads a champion finds them; None for none."""
        found = []
        for name in names:
            try:
                reference = ModelReference(self.full(name), "champion")
                found.append(str(self.workspace.find_version(reference).version))
            except NotRegisteredError:
                found.append(None)
        return found

    def history(self):
        return read_history(self.workspace)
