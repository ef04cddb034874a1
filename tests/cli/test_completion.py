import os
import shutil
import subprocess
import sys

import pytest

from ipml.cli import COMMANDS, main
from ipml.cli.completion import candidates


def complete(line):
    return candidates(f"ipml {line}", COMMANDS)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("compare", ["compare_keywords"]),
        ("train country=", ["country=CN", "country=JP", "country=US"]),
        ("train model=dual_attn_s", ["model=dual_attn_stacked"]),
        ("train model=alignment aligner@model.map=r", ["aligner@model.map=rcsls", "aligner@model.map=ridge"]),
        ("train aligner", ["aligner@model.map="]),
        ("train firm", ["firm_type="]),
        ("train inp", ["inputs."]),
        ("train inputs.", ["inputs.alias="]),
        ("train model.net", ["model.network."]),
        ("train model.network.page", ["model.network.page_attention=", "model.network.page_query="]),
        ("train model.network.page_attention=e", ["model.network.page_attention=entmax15"]),
        ("train model=mapping model.dir", ["model.direction="]),
        ("train model=mapping model.n_f", []),
        ("train register=", ["register=false", "register=true"]),
        ("train model=nothing model.n_f", ["model.n_folds="]),
        ("run study=dem", ["study=demo"]),
        ("train --he", ["--help"]),
        ("nothing mod", []),
        ("train seed=", []),
    ],
)  # fmt: skip
def test_a_word_is_completed(line, found):
    assert complete(line) == found


def test_an_empty_word_shows_commands_or_groups_and_keys():
    assert complete("") == sorted(COMMANDS)
    assert {"country=", "country.", "model=", "firm_type=", "tracking."} <= set(complete("train "))


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    """Environment with an `ipml` on its path."""
    folder = tmp_path_factory.mktemp("bin")
    program = folder / "ipml"
    program.write_text(
        f"#!{sys.executable}\nimport sys\nfrom ipml.cli import main\nsys.exit(main())\n", encoding="utf-8"
    )
    program.chmod(0o755)
    return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_bash_completes_with_the_script(shell):
    """As bash calls it: the whole line, and replies for what stands behind the last `=` or `@`."""
    expected = {
        "ipml comp": "compare_keywords completion",
        "ipml train model=dual_attn_p": "dual_attn_published",
        "ipml train aligner@model.map=rc": "rcsls",
        "ipml train model.drop": "",
    }
    code = """
source <(ipml completion shell=bash)
complete -p ipml >&2
for COMP_LINE in "$@"; do
    COMP_POINT=${#COMP_LINE}
    _ipml
    echo "${COMPREPLY[*]}"
done
"""
    done = subprocess.run(
        ["bash", "-c", code, "bash", *expected], env=shell, capture_output=True, text=True, check=True
    )
    assert "-F _ipml ipml" in done.stderr
    assert done.stdout.splitlines() == list(expected.values())


COMPLETIONS = {
    "zsh": """
compdef() { print -r -- "$@" >&2 }
compadd() { print -r -- "${@:5}" }
source <(ipml completion shell=zsh)
for LBUFFER in "$@"; do _ipml; done
""",
    "fish": """
ipml completion shell=fish | source
for line in $argv; echo (complete -C "$line"); end
""",
}


@pytest.mark.parametrize("name", COMPLETIONS)
def test_other_shells_complete_with_their_script(name, shell):
    if shutil.which(name) is None:
        pytest.skip(f"no {name}")
    expected = {
        "ipml comp": "compare_keywords completion",
        "ipml train model=dual_attn_p": "model=dual_attn_published",
        "ipml train aligner@model.map=rc": "aligner@model.map=rcsls",
    }
    first = ["zsh"] if name == "zsh" else []  # zsh -c, as that of bash, takes the first word as its name
    done = subprocess.run(
        [name, "-c", COMPLETIONS[name], *first, *expected],
        env=shell,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == list(expected.values())
    assert name == "fish" or done.stderr == "_ipml ipml\n"


def test_another_shell_is_refused(capsys):
    assert main(["completion", "shell=csh"]) == 2
    assert capsys.readouterr().err == "error: shell=csh: not a choice; allowed: bash, zsh, fish\n"


def test_nothing_heavy_is_loaded_to_complete():
    code = (
        "import sys\nfrom ipml.cli import main\nmain()\n"
        "print([name for name in ('torch', 'mlflow', 'pandas', 'pyarrow', 'numpy') if name in sys.modules])"
    )
    environment = {**os.environ, "IPML_COMPLETE": "ipml train model.network.d"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["model.network.dropout=", "[]"]
