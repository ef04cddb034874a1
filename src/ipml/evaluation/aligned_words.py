"""Words of the groups that are compared, and what is known of the errors of those that were aligned."""

from dataclasses import dataclass, field

from omegaconf import DictConfig

from ipml.alignment.registered import open_alignment
from ipml.errors import InputError
from ipml.evaluation.comparison import Group, Pair
from ipml.evaluation.control_words import KINDS, CountryWords, words_of_countries
from ipml.evaluation.groups import RegisteredGroups
from ipml.evaluation.word_errors import FirmWords, WordErrors
from ipml.statistics.angles import Array


@dataclass
class AlignedWords:
    """Words of countries, and the covariance matrix of the error of a word by language.

    ``unknown`` says for which countries errors are not known, and why.
    """

    countries: dict[str, CountryWords] = field(default_factory=dict)
    errors: dict[str, Array] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, config: DictConfig, found: RegisteredGroups) -> "AlignedWords":
        """Read alignments and words of the groups; what is too old to have them goes to ``unknown``."""
        words = cls()
        for country, of_country in words_of_countries(config, found).items():
            try:
                of_country.weights(KINDS[0], [])
                languages = {of_country.language(kind) for kind in KINDS}
                models = {code: of_country.alignment(code) for code in languages}
            except InputError as reason:
                words.unknown[country] = str(reason)
                continue
            words.countries[country] = of_country
            for code, model in models.items():
                if model is None:  # English, or a space that all languages have in common
                    continue
                error = open_alignment(model.folder).word_error
                if not of_country.made_with.get("calibrated", False):
                    words.unknown[country] = "its words are not calibrated"
                elif error is None:
                    name = f"{model.name} version {model.version}"
                    words.unknown[country] = f"{name} was trained before they were kept; train it again"
                else:
                    words.errors[code] = error
        return words

    def of(self, pair: Pair) -> WordErrors | None:
        """Errors of the words of a pair; None where there are none, or they are not known."""
        groups = pair.first, pair.second
        if any(group.country in self.unknown for group in groups):
            return None
        languages = {self.countries[group.country].language(kind) for group in groups for kind in KINDS}
        errors = {code: error for code, error in self.errors.items() if code in languages}
        return WordErrors((self._words(groups[0]), self._words(groups[1])), errors) if errors else None

    def _words(self, group: Group) -> FirmWords:
        words = self.countries[group.country]
        firm_ids = words.firm_ids(group.firm_type)
        products, patents = KINDS
        return FirmWords(
            (words.weights(products, firm_ids), words.weights(patents, firm_ids)),
            (words.language(products), words.language(patents)),
        )
