"""``ipml registry``: registered models, versions, aliases and figures as a table."""

from omegaconf import DictConfig


def run(config: DictConfig) -> None:
    """Print the table."""
    from rich.table import Table

    from ipml.console import console
    from ipml.tracking.registry import list_models

    table = Table("model", "version", "aliases", "corpus", "figures")
    for row in list_models(config):
        table.add_row(*row)
    console.print(table if table.row_count else f"no model yet in {config.paths.mlruns}")
