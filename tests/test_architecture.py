"""The page that a newcomer reads names the packages that there are, and the paths it names exist."""

import re

from tests.conftest import REPOSITORY

PAGE = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")
PACKAGE = REPOSITORY / "src" / "ipml"


def test_every_package_has_a_row_and_every_row_a_package():
    table = PAGE.split("| package |")[1].split("\n## ")[0]
    named = {
        name
        for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", row)
    }
    packages = {folder.name for folder in PACKAGE.iterdir() if (folder / "__init__.py").is_file()}
    modules = {file.stem for file in PACKAGE.glob("*.py")}
    assert packages <= named
    assert named <= packages | modules


def test_every_path_exists():
    paths = re.findall(r"`((?:conf|ipml|evaluation|benchmarks)/[\w/.]*)`", PAGE)
    assert len(paths) > 8
    for path in paths:
        roots = [REPOSITORY, REPOSITORY / "src", PACKAGE]
        assert any((root / path).exists() for root in roots), path
