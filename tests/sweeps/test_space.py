import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.config import compose_config
from ipml.errors import InputError
from ipml.settings import validated
from ipml.sweeps.settings import Search
from ipml.sweeps.space import Parameter, read_space

SWEEP = {
    "name": "tiny",
    "stage": "dual_attn",
    "objective": {"metric": "test/auc", "direction": "maximize"},
    "overrides": [],
    "trials_only": [],
    "withheld": [],
    "reestimate": {"metric": "test/auc", "overrides": [], "table": None},
    "pruner": {"_target_": "optuna.pruners.NopPruner"},
}


def one(**entry):
    content = {**SWEEP, "space": {"x": {"key": "model.batch_size", **entry}}}
    (parameter,) = read_space(validated(Search, content, "sweep").space)
    return parameter


@given(low=st.integers(1, 50), width=st.integers(0, 50), log=st.booleans(), seed=st.integers(0, 9))
def test_whole_numbers_stay_in_their_range(low, width, log, seed):
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
    value = one(kind="int", low=low, high=low + width, log=log).suggest(study.ask())
    assert isinstance(value, int)
    assert low <= value <= low + width


@pytest.mark.parametrize(
    ("key", "value", "read"),
    [
        ("model.class_weight", None, None),
        ("model.controls", True, True),
        ("model.optimizer.lr", 1e-05, 1e-05),
        ("model.batch_size", 16, 16),
        ("model.network.word_scores", "additive", "additive"),
        ("country.page_kinds", "[a,b]", ["a", "b"]),
        ("+model.optimizer.weight_decay", 0.5, 0.5),
    ],
)
def test_a_value_reaches_the_training_as_it_is(key, value, read):
    from omegaconf import OmegaConf

    config = compose_config(
        "train", [Parameter("x", key, "categorical", {"choices": (value,)}).override(value)]
    )
    assert OmegaConf.select(config, key.lstrip("+")) == read


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"kind": "int", "low": 1.5, "high": 3}, "sweep.space.x.low=1.5: a whole number is needed"),
        ({"kind": "float", "low": 1.5}, "sweep.space.x.high: a value is needed"),
        ({"kind": "float", "low": True, "high": 3}, "sweep.space.x.low=True: a number is needed"),
        ({"kind": "float", "low": 0.0, "high": 3, "log": True}, "log=true: needs low above 0 and no step"),
        ({"kind": "float", "low": 0.0, "high": 3, "log": "yes"}, "log=yes: true or false is needed"),
        ({"kind": "float", "low": 0.0, "high": 3, "step": 0}, "step=0: allowed: more than 0"),
        ({"kind": "categorical"}, "sweep.space.x.choices: a value is needed"),
        ({"kind": "categorical", "choices": [["a", "b"]]}, "write .* as text"),
        ({"kind": "int", "low": 1, "high": 2, "key": ["a"]}, "sweep.space.x.key=.a.: one value is needed"),
    ],
)
def test_a_malformed_entry_is_refused(entry, message):
    with pytest.raises(InputError, match=message):
        one(**entry)
