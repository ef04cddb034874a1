"""Files beside the code: constraints, citation, changelog, contributing, hooks, templates."""

import re
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.conftest import REPOSITORY

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TESTED = ("dev", "real")  # extras whose packages constraints.txt holds


def text_of(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


def constraints() -> dict[str, Version]:
    """Version of each constrained package, by its canonical name."""
    pins = [
        re.fullmatch(r"([A-Za-z0-9._-]+)==([A-Za-z0-9.!-]+)", line)
        for line in text_of("constraints.txt").splitlines()
    ]
    assert None not in pins, "a line of constraints.txt is not NAME==VERSION"
    return {canonicalize_name(pin[1]): Version(pin[2]) for pin in pins if pin is not None}


def requirements(*extras: str) -> list[Requirement]:
    """Direct requirements with those of the extras, through extras that name others."""
    found = [Requirement(text) for text in PROJECT["dependencies"]]
    waiting = list(extras)
    while waiting:
        for requirement in map(Requirement, PROJECT["optional-dependencies"][waiting.pop()]):
            if requirement.name == "ipml":
                waiting += sorted(requirement.extras)  # a set: workers must collect tests in one order
            else:
                found.append(requirement)
    return found


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))


@pytest.mark.parametrize("requirement", requirements(*TESTED), ids=str)
def test_the_tested_version_is_one_that_pyproject_allows(requirement: Requirement) -> None:
    version = constraints().get(canonicalize_name(requirement.name))
    assert version is not None, f"constraints.txt has no {requirement.name}: make constraints"
    assert requirement.specifier.contains(version, prereleases=True)


def test_constraints_fit_every_machine() -> None:
    """No build of one machine (1.0+cpu), no index, no path; sorted as pip writes them; each package once."""
    names = [line.split("==")[0] for line in text_of("constraints.txt").splitlines()]
    assert len(constraints()) == len(names)
    assert not [name for name, version in constraints().items() if version.local]
    assert "ipml" not in constraints()


def test_what_the_tested_packages_need_has_a_tested_version_too() -> None:
    """Of everything that is reached from the requirements and installed here."""
    installed = {canonicalize_name(package.name): package for package in distributions()}
    reached: set[str] = set()
    waiting = [(canonicalize_name(one.name), frozenset(one.extras)) for one in requirements(*TESTED)]
    while waiting:
        name, extras = waiting.pop()
        reached.add(name)
        for text in installed[name].requires or () if name in installed else ():
            needed = Requirement(text)
            wanted = needed.marker is None or any(needed.marker.evaluate({"extra": e}) for e in extras | {""})
            if wanted and canonicalize_name(needed.name) not in reached:
                waiting.append((canonicalize_name(needed.name), frozenset(needed.extras)))
    missing = {name for name in reached & installed.keys() if name not in constraints()}
    # PyTorch's builds for GPUs bring packages that its builds for CPUs lack.
    assert {name for name in missing if not name.startswith(("nvidia-", "cuda-", "triton"))} <= {
        "pip",
        "setuptools",
        "wheel",
    }


def test_make_installs_with_the_constraints() -> None:
    makefile = text_of("Makefile")
    assert re.search(r"^CONSTRAINTS \?= -c constraints.txt$", makefile, re.MULTILINE)
    installing = [
        line for line in makefile.splitlines() if "install" in line and line.startswith(("\t", "PIP :="))
    ]
    assert installing
    assert all("$(PIP)" in line or "$(CONSTRAINTS)" in line for line in installing)


def test_the_citation_has_the_version_of_the_package_and_the_papers_of_the_method() -> None:
    citation = yaml.safe_load(text_of("CITATION.cff"))
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
    assert citation["cff-version"] == "1.2.0"
    assert (str(citation["version"]), citation["license"]) == (PROJECT["version"], PROJECT["license"])
    assert len(citation["references"]) == 2
    for reference in citation["references"]:
        assert {"type", "title", "authors", "year"} <= reference.keys()
        assert [author["family-names"] for author in reference["authors"]] == ["Motohashi", "Zhu"]


def test_the_changelog_has_what_is_unreleased_and_the_kinds_of_keep_a_changelog() -> None:
    changelog = text_of("CHANGELOG.md")
    versions = re.findall(r"^## \[(.+?)\]", changelog, re.MULTILINE)
    assert versions[0] == "Unreleased"
    released = [Version(version) for version in versions[1:]]
    assert released == sorted(released, reverse=True)
    assert not released or released[0] == Version(PROJECT["version"])
    kinds = set(re.findall(r"^### (.+)$", changelog, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


@pytest.mark.parametrize(
    "page", ["CONTRIBUTING.md", "README.md", ".github/pull_request_template.md", ".ci/run"]
)
def test_every_make_command_exists(page: str) -> None:
    text = re.sub(r'"[^"]*"', "VALUE", text_of(page))
    commands = re.findall(r"(?:^|`|; )make ((?:[A-Z_]+=\S* )*[a-z-]+(?: [a-z-]+)*)", text, re.MULTILINE)
    words = {word for command in commands for word in command.split() if "=" not in word}
    assert words
    assert words <= targets()


def test_contributing_is_one_screen_and_its_other_commands_exist() -> None:
    text = text_of("CONTRIBUTING.md")
    assert len(text.splitlines()) <= 50
    for path in re.findall(r"\.venv/bin/pytest (\S+)", text):
        assert (REPOSITORY / path).exists()


def test_the_hooks_are_local_and_those_of_make_check() -> None:
    (local,) = yaml.safe_load(text_of(".pre-commit-config.yaml"))["repos"]
    assert local["repo"] == "local"
    recipe = re.search(r"^check:.*\n((?:\t.*\n)+)", text_of("Makefile"), re.MULTILINE)
    assert recipe is not None
    # A recipe line is a program with its first word, where it has one: "ruff check".
    checked = {
        " ".join(line.replace("$(BIN)/", "").split()[:2]).removesuffix(" .")
        for line in recipe[1].splitlines()
    }
    hooks = {" ".join(hook["entry"].removeprefix(".venv/bin/").split()[:2]) for hook in local["hooks"]}
    assert hooks == checked
    assert all(hook["language"] == "system" for hook in local["hooks"])


@pytest.mark.parametrize(
    "path", sorted((REPOSITORY / ".github" / "ISSUE_TEMPLATE").glob("*.md")), ids=lambda path: path.stem
)
def test_issue_templates_have_a_name_and_say_what_they_are_for(path: Path) -> None:
    _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
    assert {"name", "about"} <= yaml.safe_load(head).keys()
    assert body.strip()
