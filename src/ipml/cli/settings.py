"""Settings of the commands that the command line has of its own."""

from typing import Literal

from ipml.settings import CommandSettings


class DoctorSettings(CommandSettings):
    """Of ``ipml doctor``."""

    format: Literal["text", "json"]
    """Lines, or a list of objects with name, mark and text."""


class CompletionSettings(CommandSettings):
    """Of ``ipml completion``."""

    shell: Literal["bash", "zsh", "fish"]
