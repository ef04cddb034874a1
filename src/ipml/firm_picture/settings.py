"""Settings of ``ipml picture``."""

from ipml.settings import CommandSettings, Country, Data, Inputs, Lexicon, Name, Text


class PictureSettings(CommandSettings):
    """Of ``ipml picture``."""

    data: Data
    lexicon: Lexicon
    """``lexicon.train`` glosses the keywords in English; ``lexicon.test`` is not read."""
    country: Country
    firm: Text
    """firm_id in the corpus."""
    language: Name
    """Of the simulated dictionary; the model knows the language of the pages."""
    inputs: Inputs
