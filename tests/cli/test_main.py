import json
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


@pytest.fixture(scope="module")
def helped() -> dict[str, dict[str, object]]:
    """Help of every command, and what was loaded by then, from one process that shows one after the other."""
    code = (
        "import contextlib, io, json, sys\n"
        "from ipml.cli import COMMANDS, main\n"
        "found = {}\n"
        "for command in COMMANDS:\n"
        "    with contextlib.redirect_stdout(io.StringIO()) as printed:\n"
        "        code = main([command, '--help'])\n"
        "    loaded = [name for name in ('torch', 'mlflow') if name in sys.modules]\n"
        "    found[command] = {'code': code, 'help': printed.getvalue(), 'loaded': loaded}\n"
        "print(json.dumps(found))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_configuration_and_help_without_loading_torch(helped, command):
    assert (config_directory() / f"{command}.yaml").is_file()
    assert helped[command]["code"] == 0
    assert helped[command]["loaded"] == []
    assert "seed" in helped[command]["help"]


@pytest.mark.parametrize("words", [["--help"], ["train", "--help"], ["completion", "shell=bash"]])
def test_who_reads_only_the_first_lines_gets_no_traceback(words):
    code = "import sys; from ipml.cli import main; sys.exit(main())"
    done = subprocess.Popen(
        [sys.executable, "-c", code, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    done.stdout.close()
    assert done.stderr.read() == b""
    done.stderr.close()
    assert done.wait() == 141


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
