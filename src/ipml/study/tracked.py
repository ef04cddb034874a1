"""What a stage of a study gave, and whether it is still what later stages would read, asked of MLflow."""

import uuid

from omegaconf import DictConfig, open_dict

from ipml.study.state import Given
from ipml.tracking.registry import CHALLENGER
from ipml.tracking.runs import STAGE_TAG, VERSION_TAG
from ipml.tracking.store import connect, experiment_id

STUDY_TAG = "ipml.study"
CALL_TAG = "ipml.study_call"  # one call of one stage
NAME_TAG = "ipml.name"


def prepare(config: DictConfig) -> None:
    """Make the database and the experiment, before several processes write to them at once."""
    experiment_id(connect(config), config)


def tagged(config: DictConfig, study: str) -> tuple[DictConfig, str]:
    """Configuration of one call of a stage, whose runs carry the call's id and the study's name."""
    call = uuid.uuid4().hex
    config = config.copy()
    with open_dict(config):
        config.tracking.tags = {**config.tracking.get("tags", {}), "study": study, "study_call": call}
    return config, call


def given_by(config: DictConfig, call: str, otherwise: str) -> Given:
    """Run, and version of the model, that a call of a stage made.

    A retrained model that is the same to the byte keeps its version, so what was made of it is kept as well.

    Parameters
    ----------
    otherwise
        Names the result of a stage that makes no run.
    """
    client = connect(config)
    runs = client.search_runs(
        [experiment_id(client, config)],
        f"tags.`{CALL_TAG}` = '{call}' and attributes.status = 'FINISHED'",
        order_by=["attributes.end_time DESC"],
        max_results=1,
    )
    if not runs:
        return Given(otherwise)
    run, tags = runs[0], runs[0].data.tags
    name, version = tags[NAME_TAG], tags.get(VERSION_TAG, "")
    return Given(
        f"{name}/{version}" if version else run.info.run_id, run.info.run_id, tags[STAGE_TAG], name, version
    )


def is_newest(config: DictConfig, given: Given) -> bool:
    """Whether a later stage would read this: the challenger of its name, or the newest finished run."""
    client = connect(config)
    if given.version:
        models = client.search_registered_models(f"name = '{given.name}'")
        return any(str(model.aliases.get(CHALLENGER)) == given.version for model in models)
    runs = client.search_runs(
        [experiment_id(client, config)],
        f"tags.`{STAGE_TAG}` = '{given.stage}' and tags.`{NAME_TAG}` = '{given.name}' "
        f"and tags.`ipml.namespace` = '{config.namespace}' and attributes.status = 'FINISHED'",
        order_by=["attributes.end_time DESC"],
        max_results=1,
    )
    return [run.info.run_id for run in runs] == [given.run]


def close_killed(config: DictConfig, study: str) -> None:
    """Mark runs of the study that a kill has left open; nobody else runs this study now."""
    client = connect(config)
    for run in client.search_runs(
        [experiment_id(client, config)], f"tags.`{STUDY_TAG}` = '{study}' and attributes.status = 'RUNNING'"
    ):
        client.set_terminated(run.info.run_id, "KILLED")
