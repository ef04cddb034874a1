"""Every link in the documentation leads somewhere, and the command line takes every command in it."""

import re
import shlex
import shutil
import subprocess
import sys
import unicodedata
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from ipml.cli import COMMANDS, main
from ipml.evaluation.differences.names import DifferenceRow
from ipml.evaluation.results import Row
from ipml.evaluation.specifications.stage import CHOICES
from ipml.firm_picture.content import Keyword, Page
from ipml.keyword_comparison import scores
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


def inline_commands(page: Path) -> list[str]:
    """Commands with keys among the words of a page."""
    found = re.findall(r"`((?:ipml|python train\.py) [a-z_]+ [^`]*=[^`]*)`", page.read_text(encoding="utf-8"))
    return [line.replace("python train.py", "ipml train") for line in found]


def refusal(words, capsys) -> str:
    """What the command line says against words, with something in place of what it says is still to be given."""
    given = {"registered_model": "NAME@champion", "pair": "[JP-established,US-established]"}
    capsys.readouterr()
    if main(words) == 0:
        return ""
    said = capsys.readouterr().err
    missing = re.findall(r" (\S+)=…", said)
    more = [f"{key}={given.get(key, 'given')}".replace("registered_model", "model") for key in missing]
    return capsys.readouterr().err or said if not missing or main([*words, *more]) else ""


@pytest.mark.parametrize(
    "page", [page for page in PAGES if commands(page) or inline_commands(page)], ids=name_of
)
def test_every_command_can_be_given(page, tmp_path, monkeypatch, capsys):
    """On the command line, up to where it would be run; what the pages say to write stands in a folder."""
    monkeypatch.setenv("IPML_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("ipml.cli.dispatch.run_command", lambda command, settings: None)
    monkeypatch.chdir(tmp_path)
    own = []
    if page == RECIPES:
        own = [write_recipes(tmp_path)]
        (tmp_path / "conf" / "linear_map").mkdir()
        shutil.copy(tmp_path / "conf" / "aligner" / "weighted.yaml", tmp_path / "conf" / "linear_map")
    for name in ("mine.yaml", "PATH.yaml"):
        write_study(tmp_path / name)
    (tmp_path / ".ipml-key").write_text("given", encoding="utf-8")
    (tmp_path / "best.yaml").write_text("[model.max_epochs=1]", encoding="utf-8")
    refused = []
    for line in dict.fromkeys([*commands(page), *inline_commands(page)]):
        line = re.sub(
            r"experiment=\S+",
            "experiment=best.yaml",
            line.replace("/home/me", str(tmp_path)).replace("~/", f"{tmp_path}/"),
        )
        command, *words = shlex.split(line.split(" | ")[0].replace(" … ", " "), comments=True)[1:]
        if command not in COMMANDS:
            assert command in ("COMMAND", "--help"), line
            continue
        for root in re.findall(r"data\.root=(\w[\w./]*)", line):  # its name is that of the models
            (tmp_path / root).mkdir(parents=True, exist_ok=True)
            (tmp_path / root / "firms.jsonl").touch()
        for name in re.findall(r"oc\.env:(\w+)", line):
            monkeypatch.setenv(name, "given")  # as a password that a page takes from there
        told = [] if any("hydra.searchpath" in word for word in words) else own
        if said := refusal([command, *told, *words], capsys):
            refused.append(f"{line}: {said}")
    assert refused == []


def blocks(page: Path) -> list[str]:
    """Blocks of YAML on a page."""
    return re.findall(r"^```yaml\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def write_study(path):
    """Write the study of its guide."""
    (block,) = blocks(REPOSITORY / "docs" / "studies.md")
    path.write_text(block, encoding="utf-8")


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)], ids=name_of)
def test_every_block_of_yaml_is_one(page):
    for block in blocks(page):
        assert isinstance(yaml.safe_load(block), dict)


def test_the_study_of_the_guide_runs_from_any_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("IPML_HOME", str(tmp_path / "home"))
    (tmp_path / "研究 1").mkdir()
    write_study(tmp_path / "研究 1" / "mine.yaml")
    monkeypatch.chdir(tmp_path)
    assert main(["run", "study=研究 1/mine.yaml", "dry_run=true"]) == 0
    assert "8 of 8 stages would run" in capsys.readouterr().out


def test_the_search_of_the_guide_can_be_given(tmp_path, monkeypatch):
    monkeypatch.setattr("ipml.cli.dispatch.run_command", lambda command, settings: handed.append(settings))
    handed: list = []
    (block,) = blocks(REPOSITORY / "docs" / "sweeps.md")
    (tmp_path / "sweep").mkdir()
    (tmp_path / "sweep" / "own.yaml").write_text(f"defaults: [dual_attn]\n{block}", encoding="utf-8")
    assert main(["sweep", f"hydra.searchpath=[{tmp_path}]", "sweep=own", "n_trials=3"]) == 0
    assert {"hidden", "steps"} <= set(handed[0].sweep.space)


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
