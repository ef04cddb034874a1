"""What is refused before anything runs, and what makes a search another one."""

import pytest

from ipml.config import compose_settings
from ipml.errors import InputError
from ipml.sweeps.search import plan_search
from ipml.sweeps.storage import open_storage
from ipml.tracking import Workspace
from tests.sweeps.planted import PLANTED


def plan(*overrides, corpus="c1"):
    words = [*PLANTED, *overrides]
    settings = compose_settings("sweep", words)
    return plan_search(settings, Workspace(settings), words, corpus)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("sweep.space.x.low=2.0", r"sweep.space.x: low=2.0 is above high=1.0"),
        (
            "sweep.space.x.kind=real",
            r"sweep.space.x.kind=real: not a choice; allowed: float, int, categorical",
        ),
        ("sweep.space.x.key=model.optimizer.rate", r"sweep.space: model.optimizer.rate: no such key .* lr"),
        (
            "+sweep.space.x.logarithm=true",
            r"sweep.space.x.logarithm: no such key .*; allowed: key, kind, low, high, log",
        ),
        ("~sweep.space.x", "sweep.space: empty"),
        ("sweep.objective.direction=up", "direction=up: not a choice; allowed: maximize, minimize"),
        (
            "model=alignment",
            "for models of stage dual_attn, not alignment; allowed: alignment, alignment_rcsls",
        ),
        ("sweep.withheld=[test/]", "sweep.objective.metric=test/auc: withheld from trials"),
        ("sampler._target_=optuna.samplers.PartialFixedSampler", "a sampler that takes a seed"),
        ("sweep.pruner._target_=optuna.samplers.RandomSampler", "not one of optuna.pruners"),
        ("n_trials=0", "n_trials=0: at least 1 is needed"),
    ],
)
def test_a_bad_search_is_refused(override, message):
    with pytest.raises(InputError, match=message) as caught:
        plan(override)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["nowhere", "nosuch://here", "sqlite:////proc/none/x.db", "sqlite:///", "sqlite:///:memory:"]
)
def test_a_storage_that_cannot_be_opened_is_named(home, url):
    with pytest.raises(InputError, match=f"storage={url}: ") as caught:
        open_storage(compose_settings("sweep", [f"storage='{url}'"]))
    assert "\n" not in str(caught.value)


def test_overrides_of_the_training_are_shared_and_those_of_the_sweep_are_not():
    search = plan("model.n_folds=3", "n_trials=7", "storage=null")
    assert search.kept == ["model.n_folds=3"]
    assert search.overrides == ["model.n_folds=3", "model.controls=false", "model.kept_aside.share=0.2"]


@pytest.mark.slow
def test_only_what_changes_the_search_changes_the_study(tmp_path):
    name = plan().name
    assert name.startswith("dual_attn-JP-dual_attn-")
    assert plan("n_trials=7", "heartbeat.grace=9", f"paths.root={tmp_path}", "logger=csv").name == name
    changed = [
        plan("model.n_folds=3").name,
        plan("sweep.space.x.high=0.5").name,
        plan("seed=1").name,
        plan(corpus="c2").name,
    ]
    assert len({name, *changed}) == 5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sweep", "model"),
    [
        ("dual_attn", "dual_attn"),
        ("dual_attn", "dual_attn_published"),
        ("alignment", "alignment"),
        ("alignment_rcsls", "alignment"),
        ("fused_alignment", "fused_alignment"),
        ("mapping", "mapping"),
        ("mapping_sgd", "mapping"),
    ],
)
def test_every_search_of_the_configuration_fits_its_model(sweep, model):
    words = [f"sweep={sweep}", f"model={model}", "firm_type=established"]
    settings = compose_settings("sweep", words)
    assert f"-{sweep}-" in plan_search(settings, Workspace(settings), words, "c1").name
