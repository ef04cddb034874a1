"""The parts of a world that do not depend on which firms are drawn: languages, topics, groups, matrices."""

import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ipml.settings.world import WorldSettings
from ipml.simulation.concepts import Concepts, draw_concepts, topic_usage
from ipml.simulation.concordance import conversion_matrix, draw_parts, group_angles, solve_weights
from ipml.simulation.firms import Population, draw_population
from ipml.simulation.languages import PlantedLanguage, draw_dictionary, draw_language
from ipml.simulation.world_codes import WorldCodes

Array = npt.NDArray[np.float64]
ALL_INDUSTRIES, MEAN_OF_INDUSTRIES = "all", "mean"


@dataclass(frozen=True)
class WorldPlan:
    """A world without its firms.

    Attributes
    ----------
    codes
        Its countries, firm types and languages.
    dictionaries
        Train and test dictionary of each pair of languages.
    product_centres
        C_p, shape (d, p): mean vector of the product words of each topic.
    technology_centres
        C_t, shape (d, t): mean vector of a patent wholly on a topic, general words included.
    concordance
        M of each group, shape (countries, types, p, t).
    """

    settings: WorldSettings
    codes: WorldCodes
    concepts: Concepts
    languages: dict[str, PlantedLanguage]
    dictionaries: dict[str, tuple[pd.DataFrame, pd.DataFrame]]
    population: Population
    product_centres: Array
    technology_centres: Array
    concordance: Array

    def conversion_matrices(self) -> Array:
        """True A of each group, shape (countries, types, d, d)."""
        return conversion_matrix(self.product_centres, self.concordance, self.technology_centres)

    def angles(self) -> pd.DataFrame:
        """True angles between all groups, one row for two groups and an industry.

        Columns ``country_1``, ``firm_type_1``, ``country_2``, ``firm_type_2``, ``industry`` (``all``: the
        groups as a whole; ``mean``: mean over the industries), ``forward`` (group 1's technologies through
        group 2's A), ``backward`` and their ``mean``, in degrees.
        """
        groups, n_industries = self.codes.groups, self.settings.firms.industries
        n_groups = len(groups)
        mixtures = np.concatenate(
            [self.population.technologies, self.population.mean_technologies()[:, :, None]], axis=2
        ).reshape(n_groups, n_industries + 1, -1)
        concordance = self.concordance.reshape(n_groups, *self.concordance.shape[2:])
        forward = group_angles(self.product_centres, concordance, mixtures)
        forward = np.concatenate([forward, forward[:, :, :-1].mean(axis=2, keepdims=True)], axis=2)
        labels = [*industry_names(n_industries), ALL_INDUSTRIES, MEAN_OF_INDUSTRIES]
        first, second, industry = (
            axis.ravel() for axis in np.meshgrid(*(np.arange(n) for n in forward.shape), indexing="ij")
        )
        table = pd.DataFrame(
            {
                "country_1": [groups[g][0] for g in first],
                "firm_type_1": [groups[g][1] for g in first],
                "country_2": [groups[g][0] for g in second],
                "firm_type_2": [groups[g][1] for g in second],
                "industry": [labels[i] for i in industry],
                "forward": forward.ravel(),
                "backward": forward.swapaxes(0, 1).ravel(),
            }
        )
        return table.assign(mean=table[["forward", "backward"]].mean(axis=1))[first != second].reset_index(
            drop=True
        )


def draw_plan(settings: WorldSettings, codes: WorldCodes) -> WorldPlan:
    """Draw everything that ``settings.seed`` decides.

    Raises
    ------
    InputError
        If an angle is out of reach.
    """
    concepts = draw_concepts(settings.topics, settings.dimension, generator("concepts", settings.seed))
    usage = topic_usage(concepts.topic_names, settings.topics, settings.pages)
    languages = {
        code: draw_language(code, codes, concepts, usage, settings.languages, generator(code, settings.seed))
        for code in codes.word_forms
    }
    reference = languages[codes.reference]
    dictionaries = {
        f"{code}-{codes.reference}": draw_dictionary(
            language, reference, settings.dictionary, generator(f"dictionary-{code}", settings.seed)
        )
        for code, language in languages.items()
        if code != codes.reference
    }
    n_products, n_technologies = settings.topics.product, settings.topics.technology
    population = draw_population(
        settings.firms, codes, n_products, n_technologies, generator("population", settings.seed)
    )
    centres = reference.topic_means().T
    product_centres = centres[:, concepts.topics_of("product")]
    share = settings.patents.technology_words
    technology_centres = share * centres[:, concepts.topics_of("technology")] + (1 - share) * centres[:, :1]
    conversion = settings.conversion
    parts = draw_parts(
        n_products,
        n_technologies,
        len(codes.countries),
        len(codes.firm_types),
        conversion.products_per_technology,
        generator("concordance", settings.seed),
    )
    weights = solve_weights(
        parts, product_centres, population.technologies, conversion.country_angle, conversion.firm_type_angle
    )
    return WorldPlan(
        settings, codes, concepts, languages, dictionaries, population, product_centres, technology_centres,
        parts.combine(*weights),
    )  # fmt: skip


def generator(purpose: str, *seeds: int) -> np.random.Generator:
    """Random numbers for one purpose, independent of those for every other purpose and seed."""
    return np.random.default_rng([zlib.crc32(purpose.encode()), *seeds])


def industry_names(count: int) -> list[str]:
    """Names of the industries."""
    return [f"industry-{number:02d}" for number in range(1, count + 1)]
