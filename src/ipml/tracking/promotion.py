"""Moving the champion alias, for one model or for all models of a study at once."""

from collections.abc import Sequence
from datetime import UTC, datetime

import mlflow
from omegaconf import DictConfig

from ipml.tracking.registry import CHALLENGER, CHAMPION, ModelReference, find_version
from ipml.tracking.runs import connect

HISTORY_TAG = "ipml.promoted"


def promote(config: DictConfig, names: Sequence[str]) -> dict[str, tuple[str | None, str]]:
    """Make the challenger of each model its champion: all of them or none.

    Parameters
    ----------
    names
        Registered models.

    Returns
    -------
    For each name the version that was champion (None if there was none) and the one that is now.

    Raises
    ------
    InputError
        If a model or its challenger does not exist; no alias has moved then.
    """
    client = connect(config)
    plan: dict[str, tuple[str | None, str]] = {}
    for name in names:
        challenger = str(find_version(config, ModelReference(name, CHALLENGER)).version)
        champion = client.get_registered_model(name).aliases.get(CHAMPION)
        plan[name] = (None if champion is None else str(champion), challenger)
    moved: list[str] = []
    try:
        for name, (_, challenger) in plan.items():
            moved.append(name)
            client.set_registered_model_alias(name, CHAMPION, challenger)
            client.set_model_version_tag(name, challenger, HISTORY_TAG, datetime.now(UTC).isoformat())
    except mlflow.MlflowException:
        for name in moved:
            before = plan[name][0]
            if before is None:
                client.delete_registered_model_alias(name, CHAMPION)
            else:
                client.set_registered_model_alias(name, CHAMPION, before)
        raise
    return plan
