import subprocess
import sys

import pytest

import ipml
from ipml.cli import COMMANDS, main
from ipml.config import config_directory
from tests.conftest import REPOSITORY


def test_help_lists_every_command(capsys):
    assert main([]) == 0
    assert main(["--help"]) == 0
    output = capsys.readouterr().out
    assert all(f"  {command} " in output for command in COMMANDS)


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"ipml {ipml.__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_configuration_and_help_without_loading_torch(command):
    assert (config_directory() / f"{command}.yaml").is_file()
    code = (
        "import sys\n"
        "from ipml.cli import main\n"
        f"try:\n    main([{command!r}, '--help'])\n"
        "finally:\n    print('torch' in sys.modules, 'mlflow' in sys.modules)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "False False"
    assert "seed" in result.stdout


def test_train_py_is_ipml_train():
    direct = subprocess.run(
        [sys.executable, str(REPOSITORY / "train.py"), "country=XX"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert direct.returncode == 2
    assert direct.stderr.startswith("error: country=XX")
    assert main(["train", "country=XX"]) == 2
