"""The page of all keys is what the settings and the files of the configuration say."""

import re

import pytest
from omegaconf import OmegaConf

from ipml.cli.config_groups import choices_of
from ipml.cli.configuration_page import configuration_page
from ipml.commands import COMMANDS
from ipml.config import compose_config
from tests.conftest import REPOSITORY

PAGE = (REPOSITORY / "docs" / "configuration.md").read_text(encoding="utf-8")
KEYS = set(re.findall(r"^\| `([\w.@]+)` \|", PAGE, re.MULTILINE))


def test_the_page_is_that_of_the_settings():
    assert configuration_page() == PAGE, "make configuration"


def test_every_row_of_a_key_says_what_it_is():
    rows = re.findall(r"^\| `([\w.]+)` \| (.*) \| (.*) \| (.*) \|$", PAGE, re.MULTILINE)
    assert len(rows) > 200
    needs_none = re.compile(r"(model\.stage|sweep\.space\.NAME\.kind)$")
    assert [key for key, values, _, said in rows if not (values and said) and not needs_none.match(key)] == []


def test_rows_have_type_bounds_choices_default_and_the_line_of_the_field():
    assert "\n| `seed` | whole number, 0 to 4294967295 | `0` | Of all random draws. |\n" in PAGE
    assert "| `model.network.page_attention` | `sparsemax`, `entmax15`, `softmax` | `sparsemax` |" in PAGE
    assert "| `data.world.languages.without_vector` | number, 0 to 0.5 | `0.04` |" in PAGE
    assert "| `firm` | text | `???` | firm_id in the corpus. |" in PAGE
    assert "`trainer=gpu`: `trainer.accelerator=gpu`, `trainer.precision=bf16-mixed`." in PAGE


@pytest.mark.parametrize("command", COMMANDS)
def test_every_key_at_the_top_of_a_command_is_on_the_page(command):
    content = OmegaConf.to_container(compose_config(command))
    assert {key for key in content if not any(known.split(".")[0] == key for known in KEYS)} == set()


def test_every_choice_of_a_model_is_on_the_page():
    assert {f"model={choice}" for choice in choices_of("model")} <= set(re.findall(r"model=\w+", PAGE))
