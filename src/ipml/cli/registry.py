"""``ipml registry``: registered models, versions, aliases, figures and lineage, or the history of promotions."""

from omegaconf import DictConfig

FORMATS = ("table", "csv", "json")


def run(config: DictConfig) -> None:
    """Print the table."""
    import json

    import pandas as pd

    from ipml.console import console
    from ipml.errors import choice_error
    from ipml.tracking import Workspace
    from ipml.tracking.promotion import history_rows, read_history
    from ipml.tracking.promotion.tables import history_table, registry_table
    from ipml.tracking.registry import list_versions, version_rows

    if config.format not in FORMATS:
        raise choice_error("format", config.format, FORMATS)
    names = None if config.models is None else list(config.models)
    workspace = Workspace.of(config)
    if config.history:
        entries = read_history(workspace)
        rows, table = history_rows(entries, names), history_table(entries, names)
    else:
        versions = list_versions(workspace.client, workspace.place, workspace.namespace, names)
        rows, table = version_rows(versions), registry_table(versions)
    # The console would break long lines of a file.
    if config.format == "csv":
        print(pd.DataFrame(rows).to_csv(index=False), end="")
    elif config.format == "json":
        print(json.dumps(rows, ensure_ascii=False, indent=2))
    elif rows:
        console.print(table)
    else:
        console.print(f"no {'promotion' if config.history else 'model'} yet in {workspace.place}")
