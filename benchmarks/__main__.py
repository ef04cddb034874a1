"""``python -m benchmarks`` lists the benchmarks, ``python -m benchmarks NAME key=value …`` runs one."""

import importlib
import pkgutil
import sys
from types import ModuleType

import benchmarks
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
        modules[arguments[0]].run(dict(argument.split("=", 1) for argument in arguments[1:]))
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
