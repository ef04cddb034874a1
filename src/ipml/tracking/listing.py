"""Every version of every registered model: aliases, what it was made from, figures."""

from collections.abc import Sequence
from dataclasses import dataclass

from omegaconf import DictConfig

from ipml.console import track
from ipml.errors import InputError
from ipml.tracking.intent import aliases_of
from ipml.tracking.lineage import Lineage
from ipml.tracking.registry import registered_models
from ipml.tracking.store import connect


@dataclass(frozen=True)
class ListedVersion:
    """A version of a registered model."""

    model: str
    version: str
    aliases: tuple[str, ...]
    run_id: str
    lineage: Lineage
    figures: dict[str, float]


def list_versions(config: DictConfig, names: Sequence[str] | None = None) -> list[ListedVersion]:
    """Versions of the models named, by default of all models: of the config's namespace, or of any if that is empty.

    Raises
    ------
    InputError
        If a name is not in the registry.
    """
    client = connect(config)
    found = {model.name: model for model in registered_models(client)}
    if names is None:
        names = [name for name in found if config.namespace in ("", name.rpartition(".")[0])]
    if missing := [name for name in names if name not in found]:
        raise InputError(
            f"models={missing[0]}: not in the registry {config.paths.mlruns}; "
            f"it has: {', '.join(found) or 'no model yet, train one first'}"
        )
    listed = []
    for name in track(sorted(set(names)), "reading models"):
        aliases = aliases_of(client, found[name])
        versions = client.search_model_versions(f"name = '{name}'")
        for number, run_id in sorted((int(found.version), str(found.run_id)) for found in versions):
            run = client.get_run(run_id)
            listed.append(
                ListedVersion(
                    name,
                    str(number),
                    tuple(sorted(alias for alias, version in aliases.items() if version == str(number))),
                    run_id,
                    Lineage.from_tags(run.data.tags),
                    {
                        key: value
                        for key, value in sorted(run.data.metrics.items())
                        if key.startswith("test/")
                    },
                )
            )
    return listed


def version_rows(versions: Sequence[ListedVersion]) -> list[dict[str, str | float]]:
    """A row a version; every name of a lineage and every figure has a column of its own."""
    return [
        {
            "model": version.model,
            "version": version.version,
            "aliases": " ".join(version.aliases),
            "run_id": version.run_id,
            **version.lineage.as_tags(),
            **version.figures,
        }
        for version in versions
    ]
