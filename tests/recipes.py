"""Files that docs/extending.md shows: blocks of code under a paragraph that begins with the name of the file."""

import re
from pathlib import Path

from tests.conftest import REPOSITORY

PAGE = REPOSITORY / "docs" / "extending.md"
_BLOCK = re.compile(
    r"\n\n(`[^\n`]+\.(?:py|yaml)`[^\n]*(?:\n[^\n]+)*:)\n\n```(?:python|yaml)\n(.*?)\n```", re.DOTALL
)


def write_recipes(folder: Path, *headings: str) -> str:
    """Write the files of some sections of the page under a folder; returns the override that has them found."""
    sections = dict(section.split("\n", 1) for section in PAGE.read_text(encoding="utf-8").split("\n## ")[1:])
    for heading in headings or sections:
        for paragraph, content in _BLOCK.findall("\n\n" + sections[heading]):
            path = folder / paragraph.split("`")[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{content}\n", encoding="utf-8")
    return f"hydra.searchpath=[file://{(folder / 'conf').as_posix()}]"
