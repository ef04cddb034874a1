from importlinter.cli import lint_imports

from tests.conftest import REPOSITORY


def test_stages_import_one_way_only():
    assert lint_imports(config_filename=str(REPOSITORY / "pyproject.toml"), no_cache=True) == 0
