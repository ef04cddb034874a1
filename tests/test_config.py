import pytest
from omegaconf import OmegaConf

from ipml.codes import config_directory
from ipml.config import compose_config, compose_settings
from ipml.errors import InputError


@pytest.mark.parametrize(
    ("overrides", "parts"),
    [
        (["country=XX"], ["country=XX", "CN, JP, US"]),
        (["model=perceptron"], ["model=perceptron", "dual_attn"]),
        (["no_such_key=1"], ["no_such_key", "no such key"]),
        (["model.no_such_key=1"], ["model.no_such_key", "no such key", "max_epochs"]),
        (["seed=="], ["seed=="]),
        (["seed=abc"], ["seed=abc", "a number"]),
        (["model.network.dropout=abc"], ["model.network.dropout=abc", "a number", "0.5"]),
        (["model.network.dropout=true"], ["model.network.dropout=True", "a number"]),
        (["model.network.attention=2"], ["model.network.attention=2", "true or false"]),
    ],
)
def test_a_wrong_override_is_one_line_that_names_it(overrides, parts):
    with pytest.raises(InputError) as caught:
        compose_settings("train", overrides)
    assert "\n" not in str(caught.value)
    for part in parts:
        assert part in str(caught.value)


@pytest.mark.parametrize(("country", "language"), [("JP", "ja"), ("US", "en"), ("CN", "zh")])
def test_the_country_decides_the_language_unless_told_otherwise(country, language):
    assert compose_settings("train", [f"country={country}"]).language == language
    assert compose_settings("train", [f"country={country}", "language=en"]).language == "en"


def test_the_vectors_follow_the_data():
    assert compose_settings("train").embeddings.name == "simulated"
    assert compose_settings("train", ["data=corpus", "data.root=x"]).embeddings.name == "encoder"
    chosen = compose_settings("train", ["data=corpus", "data.root=x", "embeddings=chive_glove"])
    assert chosen.embeddings.name == "chive_glove"


def test_another_world_lies_in_another_folder():
    default = compose_settings("train").data.root
    assert default == compose_settings("train", ["country=CN", "model=alignment"]).data.root
    assert default != compose_settings("train", ["data.world.seed=99"]).data.root


@pytest.mark.parametrize(
    "command", sorted({path.stem for path in config_directory().glob("*.yaml")} - {"base"})
)
def test_every_command_composes_and_can_be_shown(command):
    config = compose_config(command)
    assert {"paths", "seed", "namespace", "tracking"} <= set(config)
    assert "paths:" in OmegaConf.to_yaml(config)


def test_a_key_is_taken_away():
    assert "dropout" not in compose_settings("sweep", ["~sweep.space.dropout"]).sweep.space
    with pytest.raises(InputError, match=r"sweep\.space\.drop.* does not exist"):
        compose_config("sweep", ["~sweep.space.drop"])
    with pytest.raises(InputError, match="~seed: keys are set as KEY=VALUE"):
        compose_config("sweep", ["~seed"])


def test_null_takes_away_a_part_of_a_model_that_it_can_be_without():
    fused = ["model=fused_alignment", "model.written_form=null"]
    assert compose_settings("train", fused).model.written_form is None
    contextual = ["model=dual_attn_contextual", "model.encoder=null"]
    assert compose_settings("train", contextual).model.encoder is None


def test_codes_of_a_folder_of_ones_own_are_known_to_what_it_is_given_to_alone(tmp_path):
    (tmp_path / "country").mkdir()
    (tmp_path / "country" / "KR.yaml").write_text(
        "name: KR\nlanguage: en\npage_kinds: null\n", encoding="utf-8"
    )
    place = f"hydra.searchpath=[file://{tmp_path}]"
    assert compose_settings("train", [place, "country=KR"]).country.name == "KR"
    assert compose_settings("evaluate", [place, "countries=[JP,KR]"]).countries == ["JP", "KR"]
    pair = "pair=[JP-established,KR-established]"
    assert compose_settings("specification_curve", [place, pair]).pair == [
        "JP-established",
        "KR-established",
    ]
    with pytest.raises(
        InputError, match=r"countries=KR: not a choice; allowed: JP, US, CN; another one needs"
    ):
        compose_settings("evaluate", ["countries=[JP,KR]"])
