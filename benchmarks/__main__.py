"""``python -m benchmarks`` lists the benchmarks, ``python -m benchmarks NAME key=value …`` runs one.

A benchmark says which figures of its file (`benchmarks.figures`) moved by more than their interval;
``record=yes`` writes them.
"""

import importlib
import pkgutil
import sys
from types import ModuleType

import benchmarks
from benchmarks.figures import FiguresFile, Measured, changes, measurement_of
from benchmarks.options import switch
from ipml.errors import InputError, choice_error


def available() -> dict[str, ModuleType]:
    """Benchmarks by name: the modules of this package that have ``NAME`` and ``run``."""
    names = sorted(m.name for m in pkgutil.iter_modules(benchmarks.__path__) if m.name != "__main__")
    modules = [importlib.import_module(f"benchmarks.{name}") for name in names]
    return {module.NAME: module for module in modules if hasattr(module, "NAME")}


def main(arguments: list[str]) -> int:
    """Run the benchmark that the arguments name; returns the exit code."""
    modules = available()
    if not arguments:
        for name, module in modules.items():
            print(f"{name:16} {(module.__doc__ or '').strip().splitlines()[0]}")
        return 0
    try:
        if arguments[0] not in modules:
            raise choice_error("benchmark", arguments[0], modules)
        malformed = [argument for argument in arguments[1:] if "=" not in argument]
        if malformed:
            raise InputError(f"{malformed[0]}: options are key=value")
        options = dict(argument.split("=", 1) for argument in arguments[1:])
        record = switch(options, "record", default=False)
        measured = modules[arguments[0]].run({**options})
        if measured is not None:
            keep(measured, arguments[0], options, record)
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def keep(measured: Measured, benchmark: str, options: dict[str, str], record: bool) -> None:
    """Say what moved against the file of figures, and write them there if that is asked for."""
    file = FiguresFile.read(measured.experiment)
    lines = changes(file, measured.figures)
    print("\n".join(lines) or "no figure moved by more than its interval")
    if record:
        gone = file.replace(measured.figures, measurement_of(measured, benchmark, options))
        print("".join(f"gone: {name}\n" for name in gone), end="")
        file.write()
    said = f"{len(measured.figures)} figures written to" if record else "record=yes writes the figures to"
    print(f"{said} experiments/{measured.experiment}/{file.path.name}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
