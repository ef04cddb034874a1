"""What differs between Linux, macOS and Windows, as far as it can be seen on one machine."""

import ast
import subprocess
import sys

from tests.conftest import REPOSITORY

UNIX = ("fcntl", "resource", "pwd", "grp", "termios", "pty", "tty", "syslog")
# Absent for our modules alone: libraries know what they do without.
WITHOUT_UNIX = f"""
import builtins, importlib, pkgutil

def without_unix(name, globals=None, *more, **named):
    asking = (globals or {{}}).get("__name__") or ""
    if name in {UNIX!r} and asking.startswith("ipml"):
        raise ModuleNotFoundError(f"no module {{name}} on this system, wanted by {{asking}}")
    return found(name, globals, *more, **named)

found, builtins.__import__ = builtins.__import__, without_unix
import ipml
names = [module.name for module in pkgutil.walk_packages(ipml.__path__, "ipml.")]
for name in names:
    importlib.import_module(name)
print(len(names))
"""


def test_every_module_can_be_imported_without_those_of_unix():
    done = subprocess.run([sys.executable, "-c", WITHOUT_UNIX], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr.splitlines()[-1]
    assert int(done.stdout.splitlines()[-1]) > 200


def test_the_check_above_finds_what_it_looks_for():
    bad = WITHOUT_UNIX.replace("import ipml\n", 'exec("import fcntl", {"__name__": "ipml.bad"})\n', 1)
    done = subprocess.run([sys.executable, "-c", bad], capture_output=True, text=True)
    assert "no module fcntl on this system, wanted by ipml.bad" in done.stderr


def calls_of(path, *names):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
            if name in names:
                yield node


def modes(call):
    """Modes of an `open` of text; empty for one of bytes, or of something else."""
    words = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    return [word for word in words if word and set(word) <= set("rwaxt+")]


def needed(call):
    """What a call has to say of text, by the name of what is called."""
    what = call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id
    if what == "read_text":
        return set() if call.args else {"encoding"}
    if what == "to_csv":
        return {"lineterminator"} if call.args else set()
    if what == "write_text":  # `ipml.files.write_text` says both itself
        return {"encoding", "newline"} if isinstance(call.func, ast.Attribute) else set()
    return set() if not modes(call) else {"encoding"} if modes(call) == ["r"] else {"encoding", "newline"}


def test_text_says_its_encoding_and_its_line_ends():
    """Without them, Windows writes and reads another encoding, and other line ends, which change every hash."""
    seen, silent = 0, []
    for path in (REPOSITORY / "src").rglob("*.py"):
        for call in calls_of(path, "read_text", "write_text", "open", "to_csv"):
            seen += 1
            if missing := needed(call) - {keyword.arg for keyword in call.keywords}:
                silent.append(f"{path}:{call.lineno}: {' and '.join(sorted(missing))}")
    assert silent == []
    assert seen > 20
