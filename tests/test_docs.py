"""Every link in the documentation leads somewhere, and every command in it composes."""

import re
import shlex
import shutil
import subprocess
import sys
import unicodedata
from dataclasses import fields
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from ipml.cli import COMMANDS
from ipml.config import compose_config, left_open, read_settings
from ipml.evaluation.differences.names import DifferenceRow
from ipml.evaluation.results import Row
from ipml.evaluation.specifications.stage import CHOICES
from ipml.firm_picture.content import Keyword, Page
from ipml.keyword_comparison import scores
from ipml.overrides import translate
from tests.conftest import REPOSITORY
from tests.recipes import PAGE as RECIPES
from tests.recipes import write_recipes

PAGES = sorted(
    path
    for folder in (".", "docs", "experiments", "notebooks")
    for path in (REPOSITORY / folder).glob("*.md" if folder in (".", "docs") else "**/*.md")
)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
COMMAND = re.compile(r"^(?:ipml|python train\.py) .*$", re.MULTILINE)


def name_of(page: Path) -> str:
    return str(page.relative_to(REPOSITORY))


def anchors(page: Path) -> set[str]:
    """Anchors that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    kept = (
        "".join(c for c in heading.lower() if c in " -_" or unicodedata.category(c)[0] in "LN")
        for heading in headings
    )
    return {heading.replace(" ", "-") for heading in kept}


def broken_links(page: Path) -> list[str]:
    broken = []
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    return broken


def commands(page: Path) -> list[str]:
    """Commands of the code blocks, a line each, without what a shell adds."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in COMMAND.findall(block.replace("\\\n", " "))]
    return [line.replace("python train.py", "ipml train") for line in lines]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page):
    assert broken_links(page) == []


def test_a_broken_link_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "# One two\n[a](none.md) [b](#one-two) [c](#three) [d](https://example.com)", encoding="utf-8"
    )
    assert broken_links(page) == ["none.md", "#three"]


def build_pages(site, project):
    """As ``make docs`` does; never with ``--quiet``, under which warnings are not counted."""
    build = [sys.executable, "-m", "mkdocs", "build", "--site-dir", str(site)]
    return subprocess.run(build, cwd=project, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("page", "text", "said"),
    [
        ("stray.md", "# A page", 'not included in the "nav"'),
        ("data.md", "[a](none.md)", "'none.md', but the target is not found"),
        ("data.md", "[a](studies.md#none)", "does not contain an anchor '#none'"),
    ],
)
def test_what_is_wrong_in_a_page_stops_the_build(tmp_path, page, text, said):
    shutil.copytree(REPOSITORY / "docs", tmp_path / "docs")
    shutil.copy(REPOSITORY / "mkdocs.yml", tmp_path)
    with (tmp_path / "docs" / page).open("a", encoding="utf-8") as file:
        file.write(f"\n{text}\n")
    done = build_pages(tmp_path / "site", tmp_path)
    assert done.returncode == 1
    assert said in done.stderr


def test_the_pages_are_built_and_load_nothing_from_elsewhere(tmp_path):
    """Strictly: a page that the navigation lacks, or a link or an anchor that leads nowhere, would be refused."""
    assert build_pages(tmp_path, REPOSITORY).returncode == 0
    built = {path.stem: path.read_text(encoding="utf-8") for path in tmp_path.glob("*.html")}
    assert {path.stem for path in (REPOSITORY / "docs").glob("*.md")} - {"README"} <= built.keys()
    loaded = re.compile(r'<(?:script|img|link)[^>]* (?:src|href)="(https?:)?//')
    assert [name for name, page in built.items() if loaded.search(page)] == []


def test_every_page_is_in_the_index():
    listed = set(LINK.findall((REPOSITORY / "docs" / "README.md").read_text(encoding="utf-8")))
    assert {page.name for page in (REPOSITORY / "docs").glob("*.md")} - {"README.md"} <= listed


def check(command, overrides):
    """Refuse what the command itself would refuse, with something in place of what a reader has to give."""
    config = compose_config(command, overrides)
    given = {"registered_model": "NAME@champion", "pair": ["JP-established", "US-established"]}
    for key in left_open(OmegaConf.to_container(config)):
        OmegaConf.update(config, key, given.get(key, "given"))
    read_settings(config, command, translate(command, overrides))


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=name_of)
def test_every_command_can_be_given(page, tmp_path):
    own = (
        [write_recipes(tmp_path)] if page == RECIPES else []
    )  # what the page says to write stands in a folder
    for line in dict.fromkeys(commands(page)):
        command, *words = shlex.split(line, comments=True)[1:]
        if command in COMMANDS:
            given = [
                word for word in words if "=" in word and not word.startswith(("-", "hydra.searchpath="))
            ]
            # The file of an experiment comes from a sweep; of several values of a key, Hydra takes each in turn.
            overrides = [word for word in given if not word.startswith("experiment=")]
            if "--multirun" in words or "-m" in words:
                overrides = [re.sub(r"=([^,\[]*),.*", r"=\1", word) for word in overrides]
            if "--help" not in words:
                check(command, [*own, *overrides])
        else:
            assert command in ("COMMAND", "--help"), line


def columns_of(row):
    return {field.name for field in fields(row)}


@pytest.mark.parametrize(
    ("heading", "columns"),
    [
        ("Results", columns_of(Row)),
        ("What differs", columns_of(DifferenceRow)),
        ("Specifications", set(CHOICES)),
        ("Comparison of keyword sets", columns_of(scores.Row)),
        ("Picture of a firm", (columns_of(Page) | columns_of(Keyword)) - {"words"}),
    ],
)
def test_the_data_dictionary_names_every_column(heading, columns):
    text = (REPOSITORY / "docs" / "data.md").read_text(encoding="utf-8")
    section = text.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    assert columns <= set(re.findall(r"`(\w+)`", section))
