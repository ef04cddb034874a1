"""The groups that are compared: their registered mappings, and the firm vectors those were fitted on."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ipml.console import track
from ipml.corpus import split_position
from ipml.errors import InputError, LineageError, NotRegisteredError
from ipml.evaluation.estimates.sample import Sample
from ipml.evaluation.pairs import Group
from ipml.mapping.conversion import Conversion
from ipml.mapping.splits import SPLIT
from ipml.mapping.stage import STAGE as MAPPING
from ipml.statistics.ridge_strength import choose_strength
from ipml.tracking import Lineage, RegisteredModel, Workspace
from ipml.tracking.promotion_record import CHAMPION
from ipml.vectors.stage import STAGE as VECTORS
from ipml.vectors.stage import load_vectors
from ipml.vectors.table import vectors_are_of


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

    @property
    def vectors(self) -> str:
        """What the firms' vectors are of: ``words`` or ``texts``; the lineage lets no two kinds together."""
        return vectors_are_of(self.lineage)


def read_groups(
    workspace: Workspace,
    wanted: Sequence[tuple[str, str]],
    alias: str,
    min_firms: int,
    clusters: str | None = None,
) -> RegisteredGroups:
    """Read the mappings of groups of firms.

    A group whose mapping is not registered, because it was too small or is not promoted, is left out, and so is one
    with few firms.

    Parameters
    ----------
    workspace
        Where the models are.
    wanted
        Country and firm type of each group.
    alias
        Of the version of its mapping that is read.
    min_firms
        Fewest firms of a group.
    clusters
        Column of the firms by which errors go together: ``industry`` or ``corporate_group``; None: no firm's do.

    Raises
    ------
    InputError
        If a mapping is not what was registered or cannot be opened; the message names it. Or if none can be read.
    LineageError
        If mappings do not belong together: two corpora, two alignments; the message names both.
    """
    found = RegisteredGroups()
    for country, firm_type in track(wanted, "reading mappings"):
        name = f"{country} {firm_type}"
        reference = f"{workspace.name(MAPPING, country, firm_type)}@{alias}"
        try:
            model = workspace.find_model(reference)
        except NotRegisteredError:
            found.left_out[name] = f"no {reference} in the registry"
            continue
        try:
            group = _read_group(workspace, model, country, firm_type, clusters)
            scores = workspace.load_table(model.run_id, "scores")
        except InputError as error:
            raise type(error)(f"{model.name} version {model.version}: {error}") from error
        if len(group) < min_firms:
            found.left_out[name] = (
                f"{len(group)} firms; min_firms={min_firms} are needed here, where its training asked for fewer; "
                f"say min_firms={len(group)} to have it compared"
            )
            continue
        others = ", ".join(found.models) or "nothing"
        found.lineage = found.lineage.merge(model.own_lineage, f"the mapping of {others}", f"that of {name}")
        found.groups[name], found.models[name], found.scores[name] = group, model, scores
        found.simulated |= workspace.get_run(model.run_id).tags.get("simulated") == "True"
    if not found.groups:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in found.left_out.items())
        remedy = "; run `ipml promote` first, or say inputs.alias=challenger" if alias == CHAMPION else ""
        raise InputError(
            f"no group to compare in {workspace.shown_namespace} ({workspace.other_namespaces()}): "
            f"{reasons + remedy if reasons else 'countries or firm_types is empty'}"
        )
    return found


def _read_group(
    workspace: Workspace, model: RegisteredModel, country: str, firm_type: str, clusters: str | None
) -> Group:
    conversion = Conversion.load(model.folder)
    source = workspace.name(VECTORS, country)
    if source not in model.lineage:
        raise LineageError(f"made from no {source}; train it again")
    vectors = load_vectors(workspace, model.lineage[source]).of_type(firm_type)
    # A acts about the centre, so the angles are about it too.
    centre = 0.0 if conversion.centre is None else conversion.centre
    P, T = vectors.P.astype(np.float64) - centre, vectors.T.astype(np.float64) - centre
    settings = conversion.settings
    fitted = split_position(vectors.firms["firm_id"], settings["seed"], SPLIT) < settings["train_share"]
    strength = settings["strength"]
    if strength is None:  # another solver made A; the debiased angle is that of a ridge regression
        strength = choose_strength(T[fitted], P[fitted]).value
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
