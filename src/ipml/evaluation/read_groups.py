"""The groups that are compared: their registered mappings, and the firm vectors those were fitted on."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from omegaconf import DictConfig

from ipml.codes import Kind, code_names, unknown_code
from ipml.console import track
from ipml.corpus import split_position
from ipml.errors import InputError, LineageError, NotRegisteredError, choice_error
from ipml.evaluation.estimates.sample import Sample
from ipml.evaluation.pairs import Group
from ipml.mapping.conversion import Conversion
from ipml.mapping.stage import STAGE as MAPPING
from ipml.statistics.ridge_strength import choose_strength
from ipml.tracking import Lineage, RegisteredModel, find_model
from ipml.tracking.registry import registered_name
from ipml.tracking.runs import load_table
from ipml.tracking.store import connect
from ipml.vectors.stage import STAGE as VECTORS
from ipml.vectors.stage import load_vectors
from ipml.vectors.table import CORPORATE_GROUP

CLUSTERS = ("industry", CORPORATE_GROUP)


@dataclass
class RegisteredGroups:
    """Groups with the models they come from.

    Attributes
    ----------
    groups, models, scores
        Group, registered mapping and the mapping run's table of test scores, by the group's name.
    left_out
        Why a group of the configuration is not there, by its name.
    lineage
        What all the mappings were made from, and the mappings.
    simulated
        Whether the firms are.
    """

    groups: dict[str, Group] = field(default_factory=dict)
    models: dict[str, RegisteredModel] = field(default_factory=dict)
    scores: dict[str, pd.DataFrame] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    lineage: Lineage = field(default_factory=Lineage)
    simulated: bool = False


def read_groups(config: DictConfig) -> RegisteredGroups:
    """Read the mappings of ``config.countries`` and ``config.firm_types`` at ``config.inputs.alias``.

    Raises
    ------
    InputError
        For an unknown country or firm type, or if no mapping can be read.
    LineageError
        If mappings do not belong together: two corpora, two alignments; the message names both.
    """
    if config.clusters not in (None, *CLUSTERS):
        raise choice_error("clusters", config.clusters, [*CLUSTERS, "null"])
    kinds: tuple[tuple[str, Kind], ...] = (("countries", "country"), ("firm_types", "firm_type"))
    for key, kind in kinds:
        allowed = code_names(kind)
        if unknown := [value for value in config[key] if value not in allowed]:
            raise unknown_code(key, unknown[0], kind, allowed)
    wanted = [(country, firm_type) for country in config.countries for firm_type in config.firm_types]
    return read_listed(config, wanted)


def read_listed(config: DictConfig, wanted: Sequence[tuple[str, str]]) -> RegisteredGroups:
    """Read the mappings of listed countries and firm types, as `read_groups` does."""
    found = RegisteredGroups()
    for country, firm_type in track(wanted, "reading mappings"):
        name = f"{country} {firm_type}"
        reference = f"{registered_name(config, MAPPING, country, firm_type)}@{config.inputs.alias}"
        try:
            model = find_model(config, reference)
        except NotRegisteredError:  # its group was too small for a mapping, or it is not promoted
            found.left_out[name] = f"no {reference} in the registry"
            continue
        group = _read_group(config, model, country, firm_type)
        if len(group) < config.min_firms:
            found.left_out[name] = f"{len(group)} firms; min_firms={config.min_firms} are needed"
            continue
        others = ", ".join(found.models) or "nothing"
        found.lineage = found.lineage.merge(model.own_lineage, f"the mapping of {others}", f"that of {name}")
        found.groups[name], found.models[name] = group, model
        found.scores[name] = load_table(config, model.run_id, "scores")
        tags = connect(config).get_run(model.run_id).data.tags
        found.simulated |= tags.get("ipml.simulated") == "True"
    if not found.groups:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in found.left_out.items())
        raise InputError(f"no group to compare: {reasons or 'countries or firm_types is empty'}")
    return found


def _read_group(config: DictConfig, model: RegisteredModel, country: str, firm_type: str) -> Group:
    conversion = Conversion.load(model.folder)
    source = registered_name(config, VECTORS, country)
    if source not in model.lineage:
        raise LineageError(f"{model.name} version {model.version}: made from no {source}; train it again")
    vectors = load_vectors(config, model.lineage[source]).of_type(firm_type)
    # A acts about the centre, so the angles are about it too.
    centre = 0.0 if conversion.centre is None else conversion.centre
    P, T = vectors.P.astype(np.float64) - centre, vectors.T.astype(np.float64) - centre
    settings = conversion.settings
    fitted = split_position(vectors.firms["firm_id"], settings["seed"], MAPPING) < settings["train_share"]
    strength = settings["strength"]
    if strength is None:  # another solver made A; the debiased angle is that of a ridge regression
        strength = choose_strength(T[fitted], P[fitted]).value
    clusters = config.get("clusters")  # a command that estimates no angle has none
    return Group(
        country,
        firm_type,
        Sample(P, T, fitted, strength),
        vectors.firms["industry"].tolist(),
        conversion.conversion_matrix,
        f"{model.name}/{model.version}",
        vectors.firms[clusters].tolist() if clusters else None,
        conversion.centre,
    )
