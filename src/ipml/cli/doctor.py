"""``ipml doctor``: whether this machine can do what a study needs, one line a check."""

import json
from functools import partial

from omegaconf import DictConfig


def run(config: DictConfig) -> None:
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
            "paths": partial(stores.check_folders, config),
            "tracking": partial(stores.check_tracking, config),
            "font": machine.check_fonts,
            "extra": installed.check_extras,
        }
    ):
        findings.append(finding)
        if config.format == "text":
            console.print(
                f"{finding.mark:8} {finding.name:17} {finding.text}",
                style={BROKEN: "red", MISSING: "yellow"}.get(finding.mark),
                highlight=False,
                markup=False,
                soft_wrap=True,
            )
    if config.format == "json":
        print(json.dumps([finding._asdict() for finding in findings], ensure_ascii=False, indent=2))
    broken = [finding.name for finding in findings if finding.mark == BROKEN]
    if broken:
        raise InputError(f"{len(broken)} of {len(findings)} checks are broken: {', '.join(broken)}")
