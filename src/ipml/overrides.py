"""Overrides of a command line: their form, what stands for other words in them, and Hydra's errors in one line."""

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import yaml
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Quote, QuotedString
from hydra.errors import HydraException, MissingConfigException
from omegaconf.errors import OmegaConfBaseException

from ipml.codes import Kind, config_directory
from ipml.errors import InputError, no_such_folder

# Keys of a command whose values are codes: each has a file in the folder of its name.
CODE_KEYS: tuple[Kind, ...] = ("language", "firm_type")
MAY_BE_NULL = ("debug", "study")  # groups of which a command may have none
ALLOWANCES = ("allow_download", "model_folders")
CONFIG_ERRORS = (HydraException, OmegaConfBaseException, yaml.YAMLError)


def check_syntax(overrides: Sequence[str]) -> None:
    """Refuse an override that is not KEY=VALUE or ~PLACE.KEY, or whose value Hydra cannot read, by `InputError`."""
    parser = OverridesParser.create()
    for override in overrides:
        if re.match(r"\+{0,2}[\w@./:$-]+=|~\w+\.[\w@./:$-]+(=|$)", override) is None:
            raise InputError(f"{override}: keys are set as KEY=VALUE, for example seed=1")
        try:
            value = parser.parse_override(override).value()
        except CONFIG_ERRORS as error:
            raise InputError(
                f"{override}: the value cannot be read; lists are [a,b], and words with blanks, brackets or commas "
                "stand in quotes of their own, as key='\"a, b\"'"
            ) from error
        key = override.lstrip("+").partition("=")[0]
        if is_config_group(key) and isinstance(value, list):
            raise InputError(f"{override}: one choice is needed, not a list")
        if is_config_group(key) and value is None and not override.startswith("~") and key not in MAY_BE_NULL:
            raise InputError(f"{override}: one choice is needed")


def translate(command: str, overrides: Sequence[str]) -> list[str]:
    """Put what Hydra does not know into its words.

    ``model=REFERENCE`` of a command that takes a registered model goes under a name of its own, since Hydra would
    take it for an option of the group ``model``; so it would ``language=CODE`` and ``firm_type=CODE``, whose codes are
    files too: they go under ``country``. ``experiment=FILE`` of ``train`` becomes the overrides in the file, and
    ``study=FILE.yaml`` the way to it from the folder of studies.

    Raises
    ------
    InputError
        If an experiment cannot be read, or there is no such study.
    """
    if command == "train":
        overrides = [word for override in overrides for word in _experiment(override)]
    overrides = [_study_file(override) for override in overrides]
    if command in ("score", "aligned_vectors"):
        overrides = [re.sub(r"^model=", "registered_model=", override) for override in overrides]
    return [_code_override(command, override) for override in overrides]


def _code_override(command: str, override: str) -> str:
    key, given, value = override.partition("=")
    if given and key in CODE_KEYS and key in top_keys(command):
        return f"++country.{key}={value}"
    return override


def _experiment(override: str) -> list[str]:
    """Overrides of ``experiment=FILE``, a YAML list of them; another override as it is."""
    key, _, path = override.partition("=")
    if key != "experiment":
        return [override]
    try:
        content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"{override}: not readable ({one_line(error)})") from error
    if not isinstance(content, list) or not all(isinstance(word, str) for word in content):
        raise InputError(
            f"{override}: a list of overrides is needed, as `ipml sweep` writes one in best.yaml"
        )
    # What a file may do is said by who runs it, not by who wrote it.
    for word in content:
        if top_key(word) in ALLOWANCES:
            raise InputError(f"{override}: {word} stands in it, which counts on the command line alone")
    return content


def _study_file(override: str) -> str:
    """``study=FILE.yaml`` as the choice that Hydra finds from its own folder; another override as it is."""
    key, _, value = override.partition("=")
    file = Path(re.sub(r"""^(['"])(.*)\1$""", r"\2", value))
    if key != "study" or file.suffix not in (".yaml", ".yml"):
        return override
    file = file.absolute()
    if file.suffix == ".yml" or not file.is_file():
        raise InputError(f"{override}: no such file; {file} is looked for, with the ending .yaml")
    choice = os.path.relpath(file.with_suffix(""), config_directory() / key)
    return f"{key}={Path(choice).as_posix()}"


def top_key(override: str) -> str:
    """Return the first part of an override's key, as ``model`` of ``+model.network.dropout=0.1``."""
    return re.split(r"[=.@/]", override.lstrip("+~"), maxsplit=1)[0]


def search_path(overrides: Sequence[str]) -> list[str]:
    """Folders of ``hydra.searchpath`` among overrides."""
    given = [override for override in overrides if is_search_path(override)]
    values = [OverridesParser.create().parse_override(override).value() for override in given]
    return [str(place) for value in values if isinstance(value, list) for place in value]


def with_one_search_path(overrides: Sequence[str]) -> list[str]:
    """Put the folders of every ``hydra.searchpath`` into one, since Hydra reads only the first.

    Raises
    ------
    InputError
        For one that is no list, and for a folder that there is not.
    """
    given = [override for override in overrides if is_search_path(override)]
    for override in given:
        if not isinstance(OverridesParser.create().parse_override(override).value(), list):
            raise InputError(
                f"{override}: a list of folders is needed, as hydra.searchpath=[file:///home/me/conf]"
            )
    places = list(dict.fromkeys(search_path(given)))
    for place in places:
        folder = Path(place.removeprefix("file://"))
        if not place.startswith("pkg://") and not folder.is_dir():
            raise no_such_folder("hydra.searchpath", folder)
    others = [override for override in overrides if not is_search_path(override)]
    return [search_path_override(places), *others] if places else others


def search_path_override(places: Iterable[str]) -> str:
    """``hydra.searchpath`` with these folders."""
    return (
        f"hydra.searchpath=[{','.join(QuotedString(place, Quote.double).with_quotes() for place in places)}]"
    )


def is_search_path(override: str) -> bool:
    """Whether an override says where folders of configuration lie."""
    return override.lstrip("+").startswith("hydra.searchpath=")


def is_config_group(key: str) -> bool:
    """Whether a key of an override takes a choice, as ``model`` or ``aligner@model.map``."""
    return (config_directory() / key.partition("@")[0].replace(".", "/")).is_dir()


def is_choice(override: str) -> bool:
    """Whether an override chooses a file of a group, or says where such files lie."""
    key = override.lstrip("+").partition("=")[0]
    return not override.startswith("~") and (is_config_group(key) or key.startswith("hydra."))


def top_keys(command: str) -> set[str]:
    """Keys at the top of the file of a command, or of a choice as ``model/mapping``, and of those that it builds on."""
    file = config_directory() / f"{command}.yaml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    files = [entry for entry in content.get("defaults", []) if isinstance(entry, str) and entry != "_self_"]
    folder = command.rpartition("/")[0]
    return set(content).union(*(top_keys(f"{folder}/{entry}" if folder else entry) for entry in files))


def one_line(error: Exception) -> str:
    """Say an error of Hydra, OmegaConf or a YAML file in one line: the key or the file, the value, the choices."""
    text = str(error)
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        place = error.problem_mark
        return f"{place.name}: line {place.line + 1}, column {place.column + 1}: not YAML ({error.problem})"
    if isinstance(error, MissingConfigException) and error.options is not None:
        key = (error.missing_cfg_file or "").replace("/", "=", 1)
        return f"{key}: not a choice; allowed: {', '.join(sorted(error.options))}"
    if match := re.search(r"Missing mandatory value: (\S+)", text):
        return f"{match[1]}: a value is needed, for example {match[1]}=…"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    keys = [line.split(":", 1)[1].strip() for line in lines if line.startswith("full_key:")]
    return f"{keys[0]}: {lines[0]}" if keys else "; ".join(lines)
