"""Call the function of a command with its settings, the workspace made of them, and the corpus where it reads one."""

from typing import Any

from omegaconf import DictConfig, OmegaConf

from ipml.commands import COMMANDS, Argument, Call
from ipml.settings import CommandSettings


def run_command(command: str, settings: CommandSettings) -> Any:
    """Run a command with its settings; processes of a study import it from here."""
    return perform(COMMANDS[command], settings)


def perform(call: Call, settings: CommandSettings) -> Any:
    """Call a function with what it takes; returns what it returns."""
    function = call.load()
    return function(*(_argument(name, settings) for name in call.takes))


def as_config(settings: CommandSettings) -> DictConfig:
    """Settings as the configuration that they were made of, for what does not take settings yet."""
    config = OmegaConf.create(settings.model_dump())
    OmegaConf.set_struct(config, True)
    return config


def _argument(name: Argument, settings: CommandSettings) -> Any:
    if name == "settings":
        return settings
    if name == "config":
        return as_config(settings)
    if name == "corpus":
        from ipml.cli.corpora import open_data

        return open_data(settings)
    from ipml.tracking import Workspace

    return Workspace(settings)
