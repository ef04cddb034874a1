"""Settings are low in the house and light; the configuration of Hydra is seen where it is composed alone."""

import ast
import sys

import pytest

from tests.conftest import REPOSITORY

SOURCE = REPOSITORY / "src" / "ipml"
# Those of the estimators are no classes, but defaults that are read from `conf`.
FILES = [file for file in SOURCE.rglob("settings.py") if file.parent.name != "estimators"]
FILES = sorted([*FILES, *(SOURCE / "settings").glob("*.py")])
ALLOWED = (
    "pydantic",
    "pydantic_core",
    "annotated_types",
    "ipml.settings",
    "ipml.errors",
    "ipml.codes",
    "ipml.guards.secrets",
)


def imported(path):
    """Names of the modules that a file imports, in functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def is_allowed(module):
    is_standard = module.partition(".")[0] in sys.stdlib_module_names
    return is_standard or module.startswith(ALLOWED) or module.endswith(".settings")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_settings_import_settings_and_errors_alone(path):
    assert [module for module in imported(path) if not is_allowed(module)] == []


def test_the_configuration_is_seen_where_it_is_composed_alone():
    names = {"DictConfig", "ListConfig", "OmegaConf"}
    seen = set()
    for path in sorted(SOURCE.rglob("*.py")):
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if any(isinstance(node, ast.Name) and node.id in names for node in nodes):
            seen.add(path.relative_to(SOURCE).parts[0])
    assert seen <= {"cli", "config.py"}
