"""Settings of a planted world, the group ``data.world``, with the defaults of ``conf/data/simulated.yaml``."""

from typing import Any, Self

from pydantic import Field, model_validator

from ipml.errors import InputError
from ipml.settings.base import Number, Settings, Share


class Topics(Settings):
    """Topics of words and where their words lie; lengths are relative to the common mean's."""

    technology: int = Field(default=12, ge=2, le=1000)
    """Number of technology topics; at most ``dimension``."""
    product: int = Field(default=16, ge=2, le=1000)
    """Number of product topics."""
    words: int = Field(default=90, ge=5, le=5000)
    """Concepts in a technology or product topic."""
    page_themes: int = Field(default=6, ge=1, le=100)
    """Themes of each of investor, career, privacy and news pages."""
    page_theme_words: int = Field(default=40, ge=5, le=5000)
    """Concepts in a theme."""
    general_words: int = Field(default=2400, ge=50, le=200_000)
    """Concepts that stand everywhere."""
    zipf: Number = Field(default=0.7, ge=0, le=2)
    """Exponent of word frequencies within a topic."""
    topic_spread: Number = Field(default=2.4, ge=0.01)
    """Distance of topic centres from the centre of their role."""
    role_spread: Number = Field(default=1.2, ge=0, le=100)
    """Distance of each role's words (product, news, …) from the common mean, which has length 1."""
    word_spread: Number = Field(default=2.2, ge=0)
    """Distance of words from their topic's centre."""


class Languages(Settings):
    """How a language's words and vectors differ from the meanings."""

    noise: Number = Field(default=1.9, ge=0)
    """Error of each word's vector, words having length 1."""
    synonyms: Share = 0.15
    """Share of concepts with a second word."""
    without_vector: Number = Field(default=0.04, ge=0, le=0.5)
    """Share of words that have no vector."""
    noise_by_rarity: Number = Field(default=0.0, ge=0, le=1)
    """Exponent by which that error grows as a word gets rarer than the median word; 0: the same for all."""
    stretch: Number = Field(default=0.0, ge=0, le=2)
    """SD of the logs of the factors by which a language's space is stretched along its axes; 0: it is turned alone."""
    bend: Number = Field(default=0.0, ge=0, le=2)
    """Quadratic part of the map between two spaces, relative to the linear one; 0: none."""
    polysemy: Share = 0.0
    """Share of words that are spelled as another word, of another meaning."""


class Dictionary(Settings):
    """What a bilingual dictionary holds of all correct translations."""

    coverage: Number = Field(default=0.7, ge=0.01, le=1)
    """Share of the words that the dictionaries translate at all."""
    wrong: Share = 0.1
    """Share of translations that are wrong."""
    test_share: Number = Field(default=0.3, ge=0, le=0.9)
    """Share of the translated words in the test dictionary."""
    gaps_by_rarity: Number = Field(default=0.0, ge=0, le=2)
    """How much likelier rare words are to be left out (``coverage`` is then that of the median word); 0: all alike."""


class Conversion(Settings):
    """Conversion of technology into products, and how far the groups are from each other."""

    country_angle: Number = Field(default=20.0, ge=0, le=90)
    """True angle between countries of one type, degrees: mean over industries and pairs."""
    firm_type_angle: Number = Field(default=12.0, ge=0, le=90)
    """True angle between types of one country, degrees: the same mean."""
    products_per_technology: Number = Field(default=1.5, ge=1)
    """Product topics that a technology topic turns into, about."""


class Firms(Settings):
    """Technologies and products of firms."""

    industries: int = Field(default=6, ge=1)
    """The same in every group, in shares of their own."""
    industry_topics: Number = Field(default=4.0, ge=1)
    """Technology topics an industry lives on, about."""
    group_tilt: Number = Field(default=0.8, ge=0)
    """How much groups of one industry differ in their mean technology (SD of logs)."""
    technology_focus: Number = Field(default=3.0, ge=0.1)
    """How close a firm's technologies are to the mean of its group and industry."""
    product_focus: Number = Field(default=5.0, ge=0.1)
    """How close its products are to what its technologies become."""
    different_without_patents: Share = 0.6
    """Share of the firms without patents that sell other products."""
    common_effect: Number = Field(default=0.0, ge=0, le=1)
    """Correlation of what two firms of an industry sell beside M times technologies (normal scores), in all groups."""
    own_effect: Number = Field(default=0.0, ge=0, le=1)
    """What firms of the same group are correlated more."""
    in_corporate_groups: Share = 0.0
    """Share of firms in corporate groups, of two to four firms of one country and industry."""
    patents_at_parent: Share = 0.0
    """Share of such firms whose patents the first inventing firm of their group holds; they have none then."""


class Pages(Settings):
    """Web pages."""

    mean: Number = Field(default=9.4, ge=1)
    """Pages of a firm."""
    max: int = Field(default=32, ge=1)
    """Most pages of a firm."""
    product_share: Share = 0.16
    """Share of product pages; a firm has at least one."""
    median_tokens: int = Field(default=445, ge=5)
    """Words of a page."""
    tokens_spread: Number = Field(default=0.6, ge=0, le=2)
    """SD of the log of the words of a page."""
    topical_words: Share = 0.5
    """Share of words that tell the kind of page; the rest are general words."""
    theme_focus: Number = Field(default=0.7, ge=0.1, le=1000)
    """How alike firms are in the themes of their other pages: the higher, the more."""
    leakage: Share = 0.01
    """Share of product words on other pages."""
    overlap: Number = Field(default=0.0, ge=0, le=0.9)
    """Mean share of a page's topical words that tell other kinds; pages differ in it, and then in leakage, too."""
    menu: Number = Field(default=0.0, ge=0, le=0.9)
    """Words that all pages of a site begin with, as a share of ``median_tokens``."""
    copied: Number = Field(default=0.0, ge=0, le=0.5)
    """Share of pages that have the text of another firm's page, but for the menu; product pages: of a sister firm's."""


class Patents(Settings):
    """Patents of the firms that have some."""

    mean: Number = Field(default=6.0, ge=1)
    """Patents of a firm that has some."""
    words: int = Field(default=80, ge=5)
    """Words of an abstract, give or take a quarter."""
    technology_words: Number = Field(default=0.5, ge=0.01, le=1)
    """Share of technology words; the rest are general words."""
    focus: Number = Field(default=6.0, ge=0.1)
    """How close a patent's technologies are to its firm's."""


class WorldSettings(Settings):
    """Everything a planted world is made from."""

    seed: int = Field(default=0, ge=0)
    """Of languages, topics, groups and conversion matrices."""
    firms_seed: int = Field(default=0, ge=0)
    """Of firms, pages and patents: another one gives new firms of the same world."""
    scale: Number = Field(default=0.08, ge=0, le=10)
    """Firms for each published firm (15,057 in three countries)."""
    min_group: int = Field(default=100, ge=1)
    """Least number of firms with patents of each country and firm type."""
    min_without_patents: int = Field(default=120, ge=0)
    """Least number of firms without patents of each country."""
    dimension: int = Field(default=50, ge=2, le=1000)
    """Of the word vectors."""
    topics: Topics = Topics()
    languages: Languages = Languages()
    dictionary: Dictionary = Dictionary()
    conversion: Conversion = Conversion()
    firms: Firms = Firms()
    pages: Pages = Pages()
    patents: Patents = Patents()

    def as_dict(self) -> dict[str, Any]:
        """Nested plain values, as they are saved beside the corpus; those left out have their defaults."""
        return self.model_dump(exclude_unset=False)

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        for key, value, bound, most, why in (
            (
                "topics.technology",
                self.topics.technology,
                "dimension",
                self.dimension,
                ", or the true conversion matrix is not determined",
            ),
            ("pages.leakage", self.pages.leakage, "pages.topical_words", self.pages.topical_words, ""),
            ("pages.mean", self.pages.mean, "pages.max", self.pages.max, ""),
            (
                "firms.own_effect",
                self.firms.own_effect,
                "1 - firms.common_effect",
                1 - self.firms.common_effect,
                "",
            ),
        ):
            if value > most:
                raise InputError(f"data.world.{key}={value}: at most data.world.{bound}={most}{why}")
        return self
