"""Every rule refuses what it is there to refuse, in one line with key, value and what is allowed."""

import copy
import subprocess
import sys
from typing import Annotated

import pytest
from omegaconf import OmegaConf
from pydantic import Field

from ipml.commands import COMMANDS, TRAININGS
from ipml.config import compose_config, compose_settings, settings_class
from ipml.errors import InputError
from ipml.settings import Count, Number, Settings, Text, validated
from ipml.settings.fields import bounds, choices, is_truth_value, type_at

GIVEN = {
    "ingest": ["source.root=x", "data.root=x"],
    "picture": ["firm=x"],
    "score": ["registered_model=a@b", "data.root=x"],
    "aligned_vectors": ["registered_model=a@b", "output=x"],
    "differences": ["pair=[JP-established,US-established]"],
    "specification_curve": ["pair=[JP-established,US-established]", "namespace=x"],
}
CONFIGURATIONS = [(command, GIVEN.get(command, [])) for command in COMMANDS] + [
    ("train", [f"model={model}", "firm_type=established"])
    for model in (
        "alignment",
        "fused_alignment",
        "mapping_sgd",
        "mapping_identity_low_rank",
        "mapping_pooled",
    )
]


def leaves(node, place=()):
    """Keys of all values, with the values."""
    for key, value in node.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, (*place, key))
        else:
            yield (*place, key), value


def replaced(content, keys, value):
    """Copy of nested values with one of them replaced."""
    changed = copy.deepcopy(content)
    node = changed
    for key in keys[:-1]:
        node = node[key]
    node[keys[-1]] = value
    return changed


@pytest.mark.parametrize(("command", "overrides"), CONFIGURATIONS, ids=str)
def test_every_rule_of_a_command_refuses_a_wrong_word_in_one_line_with_key_and_value(command, overrides):
    content = OmegaConf.to_container(compose_config(command, overrides), resolve=True)
    kind = settings_class(command, content)
    validated(kind, content)
    n_rules = 0
    for keys, value in leaves(content):
        rule = type_at(kind, keys, content)
        if not (choices(rule) or bounds(rule) != bounds(str) or is_truth_value(rule) or Number in [rule]):
            continue  # any word is right
        n_rules += 1
        with pytest.raises(InputError) as caught:
            validated(kind, replaced(content, keys, ["nothing"] if isinstance(value, list) else "nothing"))
        key = ".".join(keys).replace("registered_model", "model")
        assert str(caught.value).startswith(f"{key}=nothing: "), caught.value
        assert "\n" not in str(caught.value)
    assert n_rules > 0


@pytest.mark.parametrize("command", COMMANDS)
def test_a_number_out_of_its_bounds_is_refused_with_both_ends(command):
    content = OmegaConf.to_container(compose_config(command, GIVEN.get(command, [])), resolve=True)
    kind = settings_class(command, content)
    for keys, value in leaves(content):
        found = bounds(type_at(kind, keys, content))
        if isinstance(value, list) or value is None or found == bounds(str) or isinstance(value, str):
            continue
        wrong = type(value)(found.low - 1)
        with pytest.raises(InputError) as caught:
            validated(kind, replaced(content, keys, wrong))
        assert str(caught.value) == f"{'.'.join(keys)}={wrong}: {found}"
        assert f"{found.low:g}" in str(found)


def test_every_model_that_is_trained_has_settings_with_its_stage():
    for stage, training in TRAININGS.items():
        module, _, name = training.settings.partition(":")
        kind = getattr(__import__(module, fromlist=[name]), name)
        assert choices(type_at(kind, ["model", "stage"])) == (stage,)


class Example(Settings):
    """Of every type of value."""

    count: Count
    number: Annotated[Number, Field(gt=0, le=2)]
    text: Text | None
    counts: list[Count] = Field(min_length=1)
    switch: bool


RIGHT = {"count": 1, "number": 1, "text": None, "counts": [1, 2], "switch": True}


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("count", 0, "count=0: at least 1 is needed"),
        ("count", 1.5, "count=1.5: a whole number is needed"),
        ("count", True, "count=True: a number is needed"),
        ("count", None, "count=null: a whole number is needed"),
        ("count", [1], "count=[1]: one value is needed"),
        ("number", 3, "number=3: allowed: more than 0, at most 2"),
        ("number", float("nan"), "number=nan: allowed: more than 0, at most 2"),
        ("number", "many", "number=many: a number is needed"),
        ("text", {"a": 1}, "text={a: 1}: one value is needed"),
        ("counts", [], "counts=[]: a list with at least one entry is needed"),
        ("counts", "word", "counts=word: a list is needed"),
        ("counts", [1, 0], "counts=0: at least 1 is needed"),
        ("switch", 1, "switch=1: true or false is needed"),
        (
            "swich",
            1,
            "swich: no such key, did you mean switch?; allowed: count, number, text, counts, switch",
        ),
    ],
)
def test_what_is_said_of_a_wrong_value(key, value, message):
    with pytest.raises(InputError) as caught:
        validated(Example, {**RIGHT, key: value})
    assert str(caught.value) == message


def test_a_missing_key_is_named():
    with pytest.raises(InputError, match=r"^place\.switch: a value is needed, for example place\.switch=…$"):
        validated(Example, {key: value for key, value in RIGHT.items() if key != "switch"}, "place")
    with pytest.raises(InputError, match=r"^place=3: keys of their own are needed$"):
        validated(Example, 3, "place")


def test_values_stay_as_they_were_written():
    settings = validated(Example, {**RIGHT, "text": 2026})
    assert settings.text == "2026"
    assert type(settings.number) is int
    assert settings.model_dump() == {**RIGHT, "text": "2026"}
    with pytest.raises(ValueError, match="frozen"):
        settings.count = 2


def test_settings_of_every_command_are_read_without_what_a_stage_needs():
    code = (
        "import sys\n"
        "from ipml.commands import COMMANDS, TRAININGS, load\n"
        "for call in (*COMMANDS.values(), *TRAININGS.values()):\n    load(call.settings)\n"
        "heavy = ('torch', 'mlflow', 'pandas', 'pyarrow', 'numpy', 'optuna', 'scipy')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("command", "overrides", "message"),
    [
        ("train", ["+further=1"], "further: no such key in the configuration of train"),
        ("train", ["model.stage=other"], "model.stage=other: not a choice; allowed: dual_attn, "),
        ("train", ["data.kind=other"], "data.kind=other: not a choice; allowed: simulated, corpus"),
        ("train", ["model.kept_aside.scored=true"], "model.kept_aside.share above 0 is needed"),
        ("train", ["model=alignment", "embeddings=encoder"], "one space for all languages already"),
        ("train", ["model=fused_alignment", "model.n_candidates=9"], "model.n_candidates=9: at least 100"),
        ("train", ["data.world.dimension=5"], "data.world.topics.technology=12: at most data.world.dimension=5"),
        ("keywords", ["selection.amount=2"], "selection.amount=2: more than 0 and at most 1 is needed"),
        ("faithfulness", ["share=0.4"], "share=0.4: a share of the grid between 0 and 1 is needed"),
        ("faithfulness", ["grid=[1,0]"], "grid=[1, 0]: numbers that rise from 0 to 1"),
        ("promote", ["margin=3"], "margin=3: -2 to 2 is needed"),
        ("promote", ["level=0.2"], "level=0.2: 0.5 to 0.999 is needed"),
        ("promote", [f"reason={'x' * 1001}"], "reason: 1001 characters; at most 1000 are allowed"),
        ("registry", ["format=xml"], "format=xml: not a choice; allowed: table, csv, json"),
        ("picture", ["firm=x", "seed=-1"], "seed=-1: 0 to 4294967295 is needed"),
        ("run", ["workers=many"], "workers=many: allowed: auto, or a whole number, at least 1"),
        ("run", ["memory=-1"], "memory=-1: allowed: auto, or a number of GiB above 0"),
        ("sweep", ["n_trials=0"], "n_trials=0: at least 1 is needed"),
        ("sweep", ["heartbeat.grace=1"], "heartbeat.grace=1: at least 10 is needed"),
        ("sweep", ["model=mapping", "sweep=mapping"], "firm_type: model=mapping needs one"),
        ("sweep", ["sweep.space.lr.kind=word"], "sweep.space.lr.kind=word: not a choice; allowed: float, int"),
        ("sweep", ["model=mapping_sgd", "model.map.module.objective=x"], "=x: not a choice; allowed: mse, cosine"),
    ],
)  # fmt: skip
def test_values_that_a_command_cannot_use(command, overrides, message):
    with pytest.raises(InputError) as caught:
        compose_settings(command, overrides)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
