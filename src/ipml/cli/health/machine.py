"""Processor, memory, accelerators, fonts and the state of the code."""

import os
from collections.abc import Iterator

from ipml.cli.health.findings import BROKEN, MISSING, OK, Finding
from ipml.codes import read_codes
from ipml.tracking.process import git_commit

LEAST_GIGABYTES = 2.0  # of memory: the study of the simulated world takes about 1


def check_memory() -> Iterator[Finding]:
    """Cores that this process may use, and memory."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    text = f"{cores} cores, {gigabytes:.1f} GiB of memory"
    if gigabytes < LEAST_GIGABYTES:
        yield Finding("machine", BROKEN, f"{text}; needed: {LEAST_GIGABYTES:g} GiB")
    else:
        yield Finding("machine", OK, text)


def check_devices() -> Iterator[Finding]:
    """Devices that PyTorch can compute on, each tried."""
    import torch

    devices = ["cpu", *(f"cuda:{number}" for number in range(torch.cuda.device_count()))]
    if torch.backends.mps.is_available():
        devices.append("mps")
    for device in devices:
        name = torch.cuda.get_device_name(device) if device.startswith("cuda") else device
        result = float((torch.ones(2, 2, device=device) @ torch.ones(2, 2, device=device)).sum())
        if result != 8:
            yield Finding(f"device {device}", BROKEN, f"{name}: 2 x 2 ones squared sum to {result}, not 8")
        else:
            yield Finding(f"device {device}", OK, f"{name}, PyTorch {torch.__version__}")
    if len(devices) == 1:
        yield Finding("device gpu", MISSING, f"trainer=gpu needs one: {_why_none(torch.version.cuda)}")


def _why_none(cuda: str | None) -> str:
    if cuda is None:
        return "this is PyTorch for the CPU; pip install torch from PyTorch's own index for CUDA"
    return f"PyTorch is built for CUDA {cuda}, but finds no device; nvidia-smi tells whether the driver does"


def check_fonts() -> Iterator[Finding]:
    """Fonts for pictures of firms whose language needs one of its own."""
    from ipml.firm_picture.fonts import INSTALL, find_fonts

    for language, file in read_codes("language").items():
        if "sample" not in file:
            continue
        fonts = find_fonts(language)
        if fonts.missing or not fonts.can_draw(str(file["sample"])):
            text = f"pictures of {file.get('title', language)} words show boxes in the figure without one: {INSTALL}"
            yield Finding(f"font {language}", MISSING, text)
        else:
            yield Finding(f"font {language}", OK, fonts.families[-1])


def check_code() -> Iterator[Finding]:
    """The commit that runs will name."""
    commit = git_commit()
    if commit == "unknown":
        yield Finding("code", MISSING, "no git checkout: runs cannot name the commit that made them")
    else:
        changes = ", with changes that are not committed" if commit.endswith("+changes") else ""
        yield Finding("code", OK, f"commit {commit[:12]}{changes}")
