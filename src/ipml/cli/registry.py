"""``ipml registry`` and ``ipml promote``: what is registered, and which versions are champions."""

import json
from typing import TYPE_CHECKING

from ipml.console import console
from ipml.errors import InputError
from ipml.settings.registry import PromoteSettings, RegistrySettings

if TYPE_CHECKING:
    from ipml.tracking import Workspace


def registry(settings: RegistrySettings, workspace: "Workspace") -> None:
    """Print versions with aliases, figures and lineage, or the history of promotions."""
    import pandas as pd

    from ipml.tracking.promotion import history_rows, read_history
    from ipml.tracking.promotion.tables import history_table, registry_table
    from ipml.tracking.registry import list_versions, version_rows

    if settings.history:
        entries = read_history(workspace)
        rows, table = history_rows(entries, settings.models), history_table(entries, settings.models)
    else:
        versions = list_versions(workspace.client, workspace.place, workspace.namespace, settings.models)
        rows, table = version_rows(versions), registry_table(versions)
    # The console would break long lines of a file.
    if settings.format == "csv":
        print(pd.DataFrame(rows).to_csv(index=False), end="")
    elif settings.format == "json":
        print(json.dumps(rows, ensure_ascii=False, indent=2))
    elif rows:
        console.print(table)
    else:
        console.print(f"no {'promotion' if settings.history else 'model'} yet in {workspace.place}")


def promote(settings: PromoteSettings, workspace: "Workspace") -> None:
    """Make challengers the champions that evaluation reads, all or none, or take that back."""
    from ipml.tracking.held_out import Bootstrap
    from ipml.tracking.promotion import carry_out, check_margin, plan_promotion, plan_rollback
    from ipml.tracking.promotion.tables import plan_table
    from ipml.tracking.registry import models_with_challenger

    names = settings.models
    if settings.rollback:
        plan = plan_rollback(workspace, names)
    else:
        names = models_with_challenger(workspace.client, workspace.namespace) if names is None else names
        if not names:
            raise InputError(f"models: no model with a challenger in {workspace.place}; train one first")
        bootstrap = Bootstrap(settings.resamples, settings.level, settings.seed)
        one_lineage = settings.study is not None
        plan = plan_promotion(workspace, names, settings.margin, bootstrap, one_lineage=one_lineage)
    console.print(plan_table(plan.moves, settings.level))
    check_margin(plan)
    if settings.dry_run:
        console.print("dry run: nothing moved")
        return
    carry_out(workspace, plan, settings.reason, settings.takeover)
    moved = sum(not move.stays for move in plan.moves)
    console.print(f"{moved} of {len(plan.moves)} champions moved", highlight=False)
