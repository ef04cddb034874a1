"""Models without files, with held-out values, in a namespace of their own."""

import functools

import numpy as np

from ipml.config import compose_config
from ipml.errors import InputError
from ipml.tracking import HeldOut, Lineage, Run
from ipml.tracking.history import read_history
from ipml.tracking.promotion import Plan, carry_out, check_margin, plan_promotion, plan_rollback
from ipml.tracking.registry import ModelReference, find_version
from ipml.tracking.store import connect, experiment_id

FIRMS = [f"JP-{number:02d}" for number in range(40)]


@functools.cache
def _composed():
    return compose_config("promote")


class SmallRegistry:
    """Registry of one test; its models are named without the namespace."""

    def __init__(self, home, namespace, uri=None):
        self.home, self.namespace, self.uri = home, namespace, uri

    def config(self, **settings):
        """Configuration of ``ipml promote``."""
        config = _composed().copy()
        config.paths.root, config.namespace = str(self.home), self.namespace
        config.tracking.uri = self.uri
        for key, value in settings.items():
            config[key] = value
        return config

    def full(self, name):
        return f"{self.namespace}.{name}" if self.namespace else name

    def train(self, name, score=0.5, corpus="c1", units=FIRMS, **lineage):
        """Register a version whose held-out values are ``score`` on average, and make it the challenger."""
        name, made_from = self.full(name), {self.full(of): v for of, v in lineage.items()}
        client = connect(self.config())
        tags = Lineage({"corpus": corpus, **made_from}).as_tags()
        created = client.create_run(experiment_id(client, self.config()), tags=tags)
        run = Run(created.info.run_id, "mapping", name, self.home / created.info.run_id, "", client)
        run.folder.mkdir()
        run.log_metrics({"test/cosine": score, "test/cosine_low": score - 0.1})
        HeldOut("cosine", {"corpus": corpus}, units, score + np.linspace(-0.1, 0.1, len(units))).log(run)
        if not client.search_registered_models(f"name = '{name}'"):
            client.create_registered_model(name)
        version = str(client.create_model_version(name, f"runs:/{run.id}/model", run.id).version)
        client.set_registered_model_alias(name, "challenger", version)
        return version

    def plan(self, *names, one_lineage=False, **settings) -> Plan:
        return plan_promotion(self.config(**settings), [self.full(name) for name in names], one_lineage)

    def promote(self, *names, one_lineage=False, **settings) -> Plan:
        """Promote as the command does."""
        plan = self.plan(*names, one_lineage=one_lineage, **settings)
        check_margin(plan, settings.get("margin", 0.0))
        carry_out(self.config(**settings), plan)
        return plan

    def plan_rollback(self, *names) -> Plan:
        return plan_rollback(self.config(), [self.full(name) for name in names] or None)

    def roll_back(self, *names):
        carry_out(self.config(), self.plan_rollback(*names))

    def champions(self, *names):
        """Versions, as everything that reads a champion finds them; None for none."""
        found = []
        for name in names:
            try:
                reference = ModelReference(self.full(name), "champion")
                found.append(str(find_version(self.config(), reference).version))
            except InputError:
                found.append(None)
        return found

    def history(self):
        return read_history(self.config())
