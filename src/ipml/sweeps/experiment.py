"""The best configuration of a sweep as an experiment: a file of overrides for ``ipml train experiment=FILE``."""

from collections.abc import Sequence
from pathlib import Path

from omegaconf import OmegaConf

from ipml.files import atomic_path

FILE = "best.yaml"


def write_experiment(folder: Path, remarks: Sequence[str], overrides: Sequence[str]) -> Path:
    """Write overrides as a YAML list under some remarks; returns the file."""
    path = folder / FILE
    lines = [f"# {remark}" for remark in (*remarks, f"ipml train experiment={path}")]
    content = OmegaConf.to_yaml(OmegaConf.create(list(overrides)))
    with atomic_path(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n" + content, encoding="utf-8", newline="\n")
    return path
