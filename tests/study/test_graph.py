"""What a study's stages need, as read from its configuration."""

import functools
import re

import pytest

from ipml.config import compose_settings
from ipml.errors import InputError
from ipml.settings import validated
from ipml.study.graph import ancestors, chosen, plan
from ipml.study.settings import Study

STUDIES = ["demo", "real_jp", "real_jp_en", "real_jp_us", "real_jp_us_encoder", "specifications"]
PLACES = ["study.root=firms", "study.lexicon=lexicons"]


@functools.cache
def run_settings():
    return compose_settings("run")


def study(stages, *, study_wide=(), overrides=()):
    content = {"name": "tiny", "overrides": list(study_wide), "stages": stages}
    return run_settings().model_copy(
        update={"study": validated(Study, content, "study"), "overrides": list(overrides)}
    )


def shipped(name):
    places = PLACES[: {"real_jp_us_encoder": 1, "demo": 0, "specifications": 0}.get(name, 2)]
    return plan(compose_settings("run", [f"study={name}", *places]))


def needs(stages):
    return {stage.label: list(stage.needs) for stage in stages}


def test_each_gives_every_combination_and_study_wide_overrides_go_where_they_fit():
    settings = study(
        [
            {"command": "train", "each": {"country": ["JP", "CN"]}, "overrides": ["model=dual_attn"]},
            {"command": "evaluate"},
        ],
        overrides=["language=en", "data.world.seed=4"],
    )
    stages = plan(settings)
    assert [stage.label for stage in stages] == [
        "train model=dual_attn country=JP",
        "train model=dual_attn country=CN",
        "evaluate",
    ]
    assert "language=en" in stages[0].overrides
    assert "language=en" not in stages[-1].overrides
    assert all("data.world.seed=4" in stage.overrides for stage in stages)


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("langage=en", "langage=en: no command of the study has this key, did you mean language?"),
        ("+models.width=4", "did you mean model?"),
        (
            "debug=fast",
            "debug=fast: no command of the study has this key; allowed: allow_download, ckpt_path, ",
        ),
    ],
)
def test_a_study_wide_override_that_fits_no_command_is_refused(override, said):
    for where in ("overrides", "study_wide"):
        with pytest.raises(InputError, match=re.escape(said)):
            plan(study([{"command": "train"}, {"command": "keywords"}], **{where: [override]}))


def test_a_number_where_text_is_meant_is_refused():
    plan(study([{"command": "train", "each": {"seed": [1, 2], "country": ["JP"]}}]))
    entry = {"name": "pictures", "command": "picture", "each": {"firm": ["2024_1", 2024]}}
    with pytest.raises(
        InputError, match=r"^stage `pictures`: each\.firm=2024: text is needed; what looks like"
    ):
        plan(study([entry]))
    assert compose_settings("run", ["study=real_jp", "study.root=2024_1", PLACES[1]]).study.root == "2024_1"


def test_every_command_is_told_where_more_configuration_lies(tmp_path):
    place = f"hydra.searchpath=[file://{tmp_path}]"
    stages = plan(study([{"command": "train"}, {"command": "keywords"}], overrides=[place]))
    assert all(place in stage.overrides for stage in stages)


def test_a_stage_needs_those_named_that_share_its_values():
    stages = plan(
        study(
            [
                {"name": "model", "command": "train", "each": {"country": ["JP", "CN"]}},
                {"command": "keywords", "each": {"country": ["JP", "CN", "US"]}, "needs": ["model"]},
                {"name": "alignment", "command": "train", "overrides": ["model=alignment"], "needs": []},
                {"command": "vectors", "each": {"country": ["JP"]}, "needs": ["keywords", "alignment"]},
                {"command": "evaluate", "needs": ["keywords"]},
            ]
        )
    )
    assert needs(stages) == {
        "train country=JP": [],
        "train country=CN": [],
        "keywords country=JP": ["train country=JP"],
        "keywords country=CN": ["train country=CN"],
        "keywords country=US": [],
        "train model=alignment": [],
        "vectors country=JP": ["keywords country=JP", "train model=alignment"],
        "evaluate": ["keywords country=JP", "keywords country=CN", "keywords country=US"],
    }
    assert ancestors(stages)["vectors country=JP"] == {
        "train country=JP", "keywords country=JP", "train model=alignment",
    }  # fmt: skip


def test_without_needs_an_entry_needs_the_one_before_and_labels_that_come_again_are_numbered():
    vectors = {"command": "vectors", "each": {"country": ["JP", "CN"]}}
    assert needs(plan(study([vectors, {"command": "evaluate"}, vectors]))) == {
        "vectors country=JP": [],
        "vectors country=CN": [],
        "evaluate": ["vectors country=JP", "vectors country=CN"],
        "vectors country=JP #2": ["evaluate"],
        "vectors country=CN #2": ["evaluate"],
    }


def test_stages_come_after_those_they_need_wherever_these_stand():
    stages = plan(
        study(
            [
                {"command": "evaluate", "needs": ["vectors"]},
                {"command": "vectors", "needs": []},
                {"command": "promote"},
            ]
        )
    )
    assert [stage.label for stage in stages] == ["vectors", "evaluate", "promote"]


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        ([{"command": "promote", "needs": ["vector"]}], r"`promote`: needs=vector: not a choice; allowed: promote"),
        (
            [
                {"command": "promote", "needs": ["evaluate"]},
                {"command": "evaluate", "needs": ["promote"]},
                {"command": "registry", "needs": []},
            ],
            r"study tiny: stages need each other in a circle: `promote`, `evaluate`$",
        ),
        ([{"command": "promote", "needs": ["promote"]}], "in a circle: `promote`"),
        (
            [
                {"command": "keywords", "each": {"country": ["JP"]}},
                {"command": "vectors", "each": {"country": ["US"]}, "needs": ["keywords"]},
            ],
            "stage `vectors country=US`: needs=keywords: no stage of that name has its values",
        ),
        ([{"command": "promote", "overides": []}], "study.stages.overides: no such key, did you mean overrides"),
        ([{"name": "x"}], "study.stages.command: a value is needed"),
    ],
)  # fmt: skip
def test_mistakes_in_a_study_are_said_in_one_line(stages, message):
    with pytest.raises(InputError, match=message) as error:
        plan(study(stages))
    assert "\n" not in str(error.value)


def test_stages_are_chosen_by_name_or_label():
    stages = shipped("demo")
    assert len(chosen(stages, "only", ["vectors", "promote"])) == 4
    assert chosen(stages, "from", "keywords country=CN") == {"keywords country=CN"}
    assert chosen(stages, "only", None) == set()
    with pytest.raises(
        InputError, match="only=vector: not a choice; allowed: classifier, keywords, alignment"
    ):
        chosen(stages, "only", ["vector"])


@pytest.mark.parametrize("name", STUDIES)
def test_every_study_ends_with_a_stage_that_stands_on_all_others(name):
    stages = shipped(name)
    labels = [stage.label for stage in stages]
    assert len(labels) == len(set(labels))
    assert ancestors(stages)[labels[-1]] == set(labels[:-1])


@pytest.mark.parametrize("name", STUDIES)
def test_no_country_waits_for_another_one(name):
    stages = shipped(name)
    if name == "specifications":
        return  # comes back to stages, so it goes entry by entry
    above, values = ancestors(stages), {stage.label: stage.values for stage in stages}
    for label, own in values.items():
        others = {values[other].get("country") for other in above[label]} - {None}
        assert "country" not in own or others <= {own["country"]}


def test_the_demo_is_the_whole_method():
    labels = [stage.label for stage in shipped("demo")]
    assert sum("model=dual_attn" in label for label in labels) == 3
    assert sum("model=alignment" in label for label in labels) == 2
    assert sum("model=mapping" in label for label in labels) == 9
    assert labels[-2:] == ["promote margin=null", "evaluate"]


def test_the_specifications_evaluate_after_every_choice_and_end_with_the_curve():
    stages = shipped("specifications")
    labels = [stage.label for stage in stages]
    assert sum(label.startswith("evaluate") for label in labels) == 12
    assert labels[-1] == "specification_curve pair=['JP-established', 'US-established']"
    # What reads the newest result of another stage never runs beside one that makes it.
    above = ancestors(stages)
    for number, label in enumerate(labels):
        beside = [other for other in labels[:number] if other not in above[label]]
        assert all(other.rsplit(" #")[0].replace("JP", "US") == label.rsplit(" #")[0] for other in beside)
