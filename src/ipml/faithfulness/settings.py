"""Settings of ``ipml faithfulness``."""

from itertools import pairwise
from typing import Self

from pydantic import Field, model_validator

from ipml.errors import InputError
from ipml.settings import CommandSettings, Country, Data, Inputs, Number, SentenceEncoder, Trainer


class FaithfulnessSettings(CommandSettings):
    """Of ``ipml faithfulness``."""

    data: Data
    country: Country
    sentence_encoder: SentenceEncoder
    """What KeyBERT compares words and pages by."""
    trainer: Trainer
    """Of the controls."""
    inputs: Inputs
    grid: list[Number]
    """Shares of a firm's tokens that are taken away, or kept alone; they rise from 0 to 1."""
    share: Number
    """The one of them at which comprehensiveness and sufficiency are given."""
    draws: int = Field(ge=1, le=1000)
    """Random orders, averaged."""
    controls: bool
    """Also without attention, with shuffled labels, and untrained."""

    @model_validator(mode="after")
    def _share_lies_on_the_grid(self) -> Self:
        grid = self.grid
        rises = all(low < high for low, high in pairwise(grid))
        if len(grid) < 2 or grid[0] != 0 or grid[-1] != 1 or not rises:
            raise InputError(f"grid={grid}: numbers that rise from 0 to 1, both among them, are needed")
        if self.share not in grid[1:-1]:
            inside = ", ".join(f"{value:g}" for value in grid[1:-1]) or "the grid has none"
            raise InputError(f"share={self.share}: a share of the grid between 0 and 1 is needed: {inside}")
        return self
