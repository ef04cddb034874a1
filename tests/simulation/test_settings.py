import math

import pytest
from omegaconf import OmegaConf

from ipml.config import config_directory
from ipml.errors import InputError
from ipml.settings.world import WorldSettings
from tests.simulation.worlds import world_of


def test_the_configuration_holds_the_defaults():
    world = OmegaConf.load(config_directory() / "data" / "simulated.yaml")["world"]
    assert OmegaConf.to_container(world) == WorldSettings().as_dict()
    assert world_of(OmegaConf.to_container(world)) == WorldSettings()


def test_the_hard_preset_names_settings_of_the_world_alone():
    folder = config_directory() / "data"
    hard = OmegaConf.load(folder / "simulated_hard.yaml")["world"]
    merged = OmegaConf.merge(OmegaConf.load(folder / "simulated.yaml")["world"], hard)
    settings = world_of(OmegaConf.to_container(merged))
    assert settings != WorldSettings()
    assert (settings.scale, settings.min_group) == (WorldSettings().scale, WorldSettings().min_group)


def test_every_setting_is_explained():
    lines = (config_directory() / "data" / "simulated.yaml").read_text(encoding="utf-8").splitlines()
    settings = lines[lines.index("world:") + 1 :]
    assert [line for line in settings if "#" not in line and not line.endswith(":")] == []


def test_settings_left_out_have_defaults_and_whole_numbers_stand_for_fractions():
    settings = world_of({"scale": 1, "topics": {"words": 30}})
    assert settings.scale == 1.0
    assert settings.topics.words == 30
    assert settings.topics.technology == 12


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"sede": 1}, r"data\.world\.sede: no such key, did you mean seed\?; allowed: seed, firms_seed"),
        ({"topics": {"word": 1}}, r"data\.world\.topics\.word: no such key"),
        ({"topics": 3}, r"data\.world\.topics=3: keys of their own are needed"),
        ({"seed": "x"}, r"data\.world\.seed=x: a number is needed"),
        ({"seed": 1.5}, r"data\.world\.seed=1\.5: a whole number is needed"),
        ({"seed": True}, r"data\.world\.seed=True: a number is needed"),
        ({"languages": {"noise": None}}, r"data\.world\.languages\.noise=null: a number is needed"),
        ({"languages": {"noise": -1}}, r"data\.world\.languages\.noise=-1: at least 0 is needed"),
        ({"languages": {"noise": math.nan}}, r"data\.world\.languages\.noise=nan"),
        ({"languages": {"noise": math.inf}}, r"data\.world\.languages\.noise=inf"),
        ({"dictionary": {"wrong": 2}}, r"data\.world\.dictionary\.wrong=2: 0 to 1 is needed"),
        ({"min_group": 0}, r"data\.world\.min_group=0: at least 1 is needed"),
        ({"dimension": 8}, r"data\.world\.topics\.technology=12: at most data\.world\.dimension=8"),
        ({"pages": {"leakage": 0.6}}, r"leakage=0\.6: at most data\.world\.pages\.topical_words=0\.5"),
        ({"pages": {"max": 5}}, r"data\.world\.pages\.mean=9\.4: at most data\.world\.pages\.max=5"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(values, message):
    with pytest.raises(InputError, match=message) as caught:
        world_of(values)
    assert "\n" not in str(caught.value)
