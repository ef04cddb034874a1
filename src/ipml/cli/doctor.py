"""``ipml doctor``: whether this machine can do what a study needs, one line a check."""

import json
from functools import partial
from typing import TYPE_CHECKING, Literal

from ipml.settings import CommandSettings

if TYPE_CHECKING:
    from ipml.tracking import Workspace


class DoctorSettings(CommandSettings):
    """Of ``ipml doctor``."""

    format: Literal["text", "json"]
    """Lines, or a list of objects with name, mark and text."""


def examine_machine(settings: DoctorSettings, workspace: "Workspace") -> None:
    """Make all checks and print them; `InputError` if something that is needed is broken."""
    from ipml.cli.health import installed, machine, stores
    from ipml.cli.health.findings import BROKEN, MISSING, Finding, examine
    from ipml.console import console
    from ipml.errors import InputError

    findings: list[Finding] = []
    for finding in examine(
        {
            "python": installed.check_python,
            "packages": installed.check_packages,
            "code": machine.check_code,
            "machine": machine.check_memory,
            "device": machine.check_devices,
            "paths": partial(stores.check_folders, settings.paths),
            "tracking": partial(stores.check_tracking, workspace.store),
            "font": machine.check_fonts,
            "extra": installed.check_extras,
        }
    ):
        findings.append(finding)
        if settings.format == "text":
            console.print(
                f"{finding.mark:8} {finding.name:17} {finding.text}",
                style={BROKEN: "red", MISSING: "yellow"}.get(finding.mark),
                highlight=False,
                soft_wrap=True,
            )
    if settings.format == "json":
        print(json.dumps([finding._asdict() for finding in findings], ensure_ascii=False, indent=2))
    broken = [finding.name for finding in findings if finding.mark == BROKEN]
    if broken:
        raise InputError(f"{len(broken)} of {len(findings)} checks are broken: {', '.join(broken)}")
