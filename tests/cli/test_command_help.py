import re

import pytest

from ipml.cli import COMMANDS, main
from ipml.cli.command_help import command_help
from ipml.cli.config_groups import groups_of
from ipml.config import compose_config, config_directory


def shown(capsys, *words):
    assert main([*words]) == 0
    return capsys.readouterr().out


def test_the_help_of_train_has_examples_groups_and_keys_on_one_screen(capsys):
    text = shown(capsys, "train", "--help")
    assert "python train.py model=dual_attn country=JP" in text
    assert "CN, [JP], US" in text
    assert "[as data], chive_glove" in text
    assert re.search(r"firm_type +high_growth, established, multinational\n", text)
    assert "parent_run: null" in text
    assert "hydra" not in text.lower()
    assert len(text.splitlines()) <= 54


def test_the_help_of_a_choice_has_its_keys(capsys):
    assert "train_share" not in shown(capsys, "train", "--help")
    assert "train_share: 0.7       # of the firms" in shown(capsys, "train", "model=mapping", "--help")
    assert shown(capsys, "train", "model=nothing", "-h") == shown(capsys, "train", "-h")


def test_the_help_names_the_values_of_closed_lists(capsys):
    assert "\nclosed lists:\n  shell  bash, zsh, fish\n" in shown(capsys, "completion", "--help")
    text = shown(capsys, "train", "model=dual_attn_contextual", "trainer=ddp", "--help")
    assert "  model.network.page_attention  sparsemax, entmax15, softmax\n" in text
    assert "  model.class_weight            balanced, null\n" in text
    assert "  trainer.accelerator  cpu, gpu, cuda, mps, auto\n" in text
    assert "closed lists" not in shown(capsys, "train", "--help")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_names_every_group_with_the_choices_that_there_are_and_every_key(command):
    text = command_help(command)
    for group in groups_of(command):
        assert group.choices == tuple(sorted(p.stem for p in folder(group).glob("*.yaml")))
        assert f"  {group.key} " in text
    config = compose_config(command)
    chosen = {group.key for group in groups_of(command)} | {"paths"}
    for key in set(config) - chosen:
        assert f"\n  {key}:" in text, key
    assert all(len(line) <= 130 for line in text.splitlines())


def folder(group):
    return config_directory() / group.key.partition("@")[0]


def test_groups_that_a_choice_brings_along_can_be_given():
    brought = {group.key: group for group in groups_of("train") if group.parents}
    assert brought["aligner@model.map"].default == "orthogonal"
    assert "model=fused_alignment" in brought["aligner@model.map"].parents
    for group in brought.values():
        config = compose_config("train", [group.parents[-1], f"{group.key}={group.choices[-1]}"])
        assert config.model.map.module._target_.endswith("GradientMap")


def test_a_key_without_a_comment_has_the_line_of_its_field(capsys):
    text = shown(capsys, "train", "model=dual_attn_contextual", "--help")
    assert re.search(r"^  seed: 0 +# of all random draws$", text, re.MULTILINE)
    assert re.search(r"^    zero_start: true +# the last layer begins with zeros$", text, re.MULTILINE)
    assert "fine_tune: false      # train the encoder too\n" in text  # a comment stays as it was written
