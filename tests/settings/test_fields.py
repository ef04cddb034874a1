"""Keys of the YAML files and fields of the settings are the same, in both directions."""

import json
from functools import cache

import pytest
from omegaconf import OmegaConf
from pydantic import BaseModel

from ipml.cli.config_groups import groups_of
from ipml.commands import COMMANDS
from ipml.config import compose_config, left_open, read_settings, settings_class
from ipml.linear_map.settings import MapModuleRules
from ipml.settings import Settings
from ipml.settings.fields import fields_of
from tests.simulation.worlds import CODES

pytestmark = pytest.mark.xdist_group("settings")  # every command is composed once, for all of these tests
GIVEN = {"differences": ["pair=[JP-established,US-established]"]}
GIVEN["specification_curve"] = GIVEN["differences"]
# What a choice cannot be without.
WITH = {"model=mapping": "firm_type=established", "embeddings=glove": "country=US"}


def compositions(command):
    """Overrides that choose every file of every group of a command; those of different groups together."""
    groups = [group for group in groups_of(command) if command != "sweep" or group.key == "sweep"]
    alone = [
        group for group in groups if group.parents or group.key in ("country", "model", "sweep", "study")
    ]
    together = [group for group in groups if group not in alone]
    yield []
    for place in range(max((len(group.choices) for group in together), default=0)):
        yield [f"{group.key}={group.choices[place]}" for group in together if place < len(group.choices)]
    for group in alone:
        for choice in group.choices:
            overrides = [*group.parents[-1:], f"{group.key}={choice}"]
            models = [word for word in overrides if word.startswith("model=")]
            if command == "compare_keywords" and models and not models[0].startswith("model=dual_attn"):
                continue  # refused
            yield overrides


def read(command, overrides):
    """Composed values, and the settings made of them, with something in place of what a user has to give."""
    overrides = [*GIVEN.get(command, []), *overrides]
    for choice, needed in WITH.items():
        if any(word.startswith(choice) for word in overrides):
            key = needed.partition("=")[0]
            overrides = [*(word for word in overrides if not word.startswith(f"{key}=")), needed]
    config = compose_config(command, overrides)
    for key in left_open(OmegaConf.to_container(config)):
        OmegaConf.update(config, key, "given@champion" if key == "registered_model" else "given")
    settings = read_settings(config, command, overrides)
    return OmegaConf.to_container(config, resolve=True), settings


def nodes(value):
    """All settings within settings, themselves among them."""
    if isinstance(value, Settings):
        yield value
        for name in type(value).model_fields:
            yield from nodes(getattr(value, name))
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from nodes(inner)


@cache
def seen(command):
    """Values of all compositions of a command, with the settings made of them."""
    return [read(command, overrides) for overrides in compositions(command)]


def all_nodes():
    """Settings within all compositions of all commands."""
    for command in COMMANDS:
        for _, settings in seen(command):
            yield from nodes(settings)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_key_is_a_field_and_the_settings_are_the_configuration_again(command):
    for content, settings in seen(command):
        dumped = settings.model_dump()
        if content["namespace"] is None and "kind" in content.get("data", {}):
            assert dumped["namespace"] == ("" if content["data"]["kind"] == "simulated" else "given")
            content = {**content, "namespace": dumped["namespace"]}
            if command == "specification_curve":
                content["namespaces"] = [dumped["namespace"]]
        if command == "promote" and settings.study is not None:
            content = {**content, "study": settings.study}
        if command == "train" and settings.debug is not None:
            assert dumped["register"] is False
            content = {**content, "model": dumped["model"], "register": False}
        # As text: 1 is not 1.0 there, nor is it True.
        assert json.dumps(dumped, sort_keys=True) == json.dumps(content, sort_keys=True)


def test_every_field_is_a_key_of_some_choice():
    given = {("Country", "firm_type")}  # put there by `firm_type=` of the command line
    given |= {
        ("WholeParameter", "log"),
        ("WholeParameter", "step"),
    }  # no search has one; as those of RealParameter
    fields = set()
    for node in all_nodes():
        kinds = [kind for kind in type(node).__mro__ if "__annotations__" in vars(kind)]
        owners = {name: kind.__name__ for kind in reversed(kinds) for name in kind.__annotations__}
        fields |= {(owners[name], name) for name in type(node).model_fields}
        given |= {(owners[name], name) for name in node.model_fields_set & owners.keys()}
    assert fields - given == set()


def test_every_kind_of_settings_is_met():
    """No class of settings stands beside the configuration."""
    met = {type(node) for node in all_nodes()}
    met |= {
        type(node) for form in CODES.word_forms.values() for node in nodes(form)
    }  # files that are not composed

    def below(kind):
        for one in kind.__subclasses__():
            yield from below(one)
            if (
                not one.__subclasses__()
                and one.__module__.startswith("ipml.")
                and not one.__name__.endswith("Rules")
            ):
                yield one

    assert set(below(Settings)) <= met


def test_keys_with_rules_in_free_nodes_are_keys_of_some_choice():
    modules = [c["model"]["map"]["module"] for c, _ in seen("train") if "map" in c["model"]]
    assert set(MapModuleRules.model_fields) <= {key for module in modules for key in module}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_field_is_explained_by_its_class_or_a_line_of_its_own(command):
    content = OmegaConf.to_container(compose_config(command, GIVEN.get(command, [])))
    kind = settings_class(command, content)
    assert issubclass(kind, BaseModel)
    assert kind.__doc__ is not None
    assert set(fields_of(kind)) >= set(content)
