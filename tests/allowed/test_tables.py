"""Every rule refuses what it is there to refuse, and names what the stages themselves allow."""

import importlib

import pytest
from omegaconf import OmegaConf

from ipml.allowed import check_command, rules_of
from ipml.allowed.rules import Choice, Count, Each
from ipml.allowed.tables import COMMANDS, STAGES
from ipml.cli.train import STAGES as TRAINED
from ipml.config import compose_config
from ipml.errors import InputError

GIVEN = {
    "score": ["registered_model=a@b", "data.root=x"],
    "aligned_vectors": ["registered_model=a@b", "output=x"],
    "differences": ["pair=[JP-established,US-established]"],
    "specification_curve": ["pair=[JP-established,US-established]"],
}
CONFIGS = [(command, GIVEN.get(command, [])) for command in COMMANDS] + [
    ("train", [f"model={model}"])
    for model in (
        "dual_attn",
        "alignment",
        "fused_alignment",
        "mapping_sgd",
        "mapping_low_rank",
        "mapping_pooled",
    )
]


@pytest.mark.parametrize(("command", "overrides"), CONFIGS, ids=lambda value: str(value))
def test_every_rule_of_a_command_refuses_a_wrong_word_in_one_line_with_key_and_value(command, overrides):
    config = compose_config(command, overrides)
    check_command(config, command)
    for key in rules_of(config, command):
        if key.split(".")[-1] not in (OmegaConf.select(config, key.rpartition(".")[0]) or config):
            continue  # a key of another choice, as map.module.objective
        wrong = config.copy()
        is_list = OmegaConf.is_list(OmegaConf.select(config, key))
        OmegaConf.update(wrong, key, ["nothing"] if is_list else "nothing")
        with pytest.raises(InputError) as caught:
            check_command(wrong, command)
        assert str(caught.value).startswith(f"{key.replace('registered_model', 'model')}=nothing: ")
        assert "\n" not in str(caught.value)


def test_every_stage_that_is_trained_has_rules():
    assert set(STAGES) == set(TRAINED)


@pytest.mark.parametrize(
    ("key", "stage", "place", "name"),
    [
        ("network.page_attention", "dual_attn", "dual_attention.attention", "PAGE_ATTENTIONS"),
        ("network.word_scores", "dual_attn", "dual_attention.word_scores", "WORD_SCORES"),
        ("class_weight", "dual_attn", "dual_attention.training", "CLASS_WEIGHTS"),
        ("pair_weights", "alignment", "alignment.task", "PAIR_WEIGHTS"),
        ("steps", "alignment", "alignment.preprocessing", "STEPS"),
        ("retrieval.method", "alignment", "alignment.retrieval.methods", "METHODS"),
        ("view_methods", "fused_alignment", "alignment.fusion.views", "METHODS"),
        ("direction", "mapping", "mapping.parts", "DIRECTIONS"),
        ("selection.rule", "keywords", "dual_attention.keywords", "RULES"),
        ("features", "compare_keywords", "keyword_comparison.classifiers", "FEATURES"),
        ("products.weight", "vectors", "vectors.stage", "PRODUCT_WEIGHTS"),
        ("patents.weight", "vectors", "vectors.stage", "PATENT_WEIGHTS"),
        ("patents.fields", "vectors", "vectors.stage", "PATENT_FIELDS"),
    ],
)
def test_a_closed_list_is_that_of_its_stage(key, stage, place, name):
    rule = {**STAGES, **COMMANDS}[stage][key]
    if isinstance(rule, Each):
        rule = rule.rule
    assert isinstance(rule, Choice)
    assert set(rule.allowed) == set(getattr(importlib.import_module(f"ipml.{place}"), name))


def test_what_is_allowed_is_let_through():
    for value in ([], "word", [1, 0]):
        with pytest.raises(InputError, match="key="):
            Each(Count())("key", value)
    Each(Count())("key", [1, 2])
    Count(or_null=True)("key", None)
    with pytest.raises(InputError, match="key=None: a whole number"):
        Count()("key", None)
    Choice(("a", None))("key", None)
    with pytest.raises(InputError, match="key=null: not a choice; allowed: a, b"):
        Choice(("a", "b"))("key", None)
