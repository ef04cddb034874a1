"""What the values of the configuration may be, checked before anything is read, made or loaded.

Stages hold some of these rules themselves, for those who call them from Python; here they stand without the libraries
that a stage needs, so that a mistake on the command line is said at once.
"""

from typing import Any

from omegaconf import DictConfig, OmegaConf

from ipml.allowed.names import COUNTRIES, FIRM_TYPES
from ipml.allowed.pairs import GroupKey, read_pair
from ipml.allowed.rules import Choice, Rule
from ipml.allowed.tables import COMMANDS, EVERYWHERE, STAGES
from ipml.errors import InputError, choice_error

__all__ = [
    "COUNTRIES",
    "FIRM_TYPES",
    "Choice",
    "GroupKey",
    "check_command",
    "check_given",
    "check_stage",
    "check_start",
    "read_pair",
    "rules_of",
]
_ABSENT = object()


def check_command(config: DictConfig, command: str) -> None:
    """Refuse a value that a command cannot use.

    Raises
    ------
    InputError
        For the first one; it names the key, the value and what is allowed.
    """
    if _value(config, "model.stage") is not _ABSENT and config.model.stage not in STAGES:
        raise choice_error("model.stage", config.model.stage, STAGES)
    for key, rule in rules_of(config, command).items():
        _apply(rule, config, key, key)
    if (pair := _value(config, "pair")) is not _ABSENT:
        read_pair(pair)
    _check_language(config)
    check_start(config)


def check_given(config: DictConfig, command: str) -> None:
    """Refuse a configuration in which a value is still to be given: `InputError` names the key.

    Of the embeddings, only the language that is read has to be complete; of a study, nothing where its name is all
    that is asked for.
    """
    if command == "promote":
        config = OmegaConf.masked_copy(config, [str(key) for key in config if key != "study"])
    own = f"embeddings.languages.{_value(config, 'language')}."
    missing = sorted(
        key for key in OmegaConf.missing_keys(config) if ".languages." not in key or key.startswith(own)
    )
    if missing:
        examples = " ".join(f"{key}=…" for key in missing)
        needed = "a value is needed" if len(missing) == 1 else "values are needed"
        raise InputError(f"{', '.join(missing)}: {needed}, for example {examples}")
    if _value(config, "model.stage") == "mapping" and _value(config, "firm_type") is None:
        raise InputError(f"firm_type: model=mapping needs one; allowed: {', '.join(FIRM_TYPES)}")


def check_stage(model: DictConfig) -> None:
    """Refuse a value of the configuration group ``model`` that its stage cannot use: `InputError`."""
    for key, rule in STAGES[model.stage].items():
        _apply(rule, model, key, f"model.{key}")


def check_start(config: DictConfig) -> None:
    """Refuse ``ckpt_path`` for a model that is solved, not trained from a start: `InputError`."""
    where = _value(config, "ckpt_path")
    if where is None or where is _ABSENT:
        return
    stage, solver = config.model.stage, _value(config, "model.map.module._target_")
    descends = stage in ("alignment", "mapping") and str(solver).endswith(".GradientMap")
    if stage != "dual_attn" and not descends:
        solved = (
            f"{stage} with {str(solver).rpartition('.')[2]}" if stage in ("alignment", "mapping") else stage
        )
        raise InputError(
            f"ckpt_path={where}: {solved} has no weights to start from; allowed: model=dual_attn, model=mapping_sgd, "
            "model=alignment aligner@model.map=sgd"
        )


def rules_of(config: DictConfig, command: str) -> dict[str, Rule]:
    """Rules by key of a command with the model in its configuration."""
    stage = _value(config, "model.stage")
    of_model = STAGES.get(stage, {}) if isinstance(stage, str) else {}
    return {
        **EVERYWHERE,
        **COMMANDS.get(command, {}),
        **{f"model.{key}": rule for key, rule in of_model.items()},
    }


def _apply(rule: Rule, config: DictConfig, key: str, shown: str) -> None:
    value = _value(config, key)
    if value is not _ABSENT:
        rule(shown, OmegaConf.to_container(value) if OmegaConf.is_config(value) else value)


def _value(config: DictConfig, key: str) -> Any:
    """Value of a key; absent also where it has to be given still, or stands for something that has to."""
    place, _, name = key.rpartition(".")
    parent = OmegaConf.select(config, place, throw_on_resolution_failure=False) if place else config
    if not isinstance(parent, DictConfig) or name not in parent:
        return _ABSENT
    return OmegaConf.select(parent, name, throw_on_resolution_failure=False)


def _check_language(config: DictConfig) -> None:
    languages, language = _value(config, "embeddings.languages"), _value(config, "language")
    if isinstance(languages, DictConfig) and isinstance(language, str) and language not in languages:
        raise InputError(
            f"language={language}: embeddings={config.embeddings.name} has no vectors of it; "
            f"allowed: {', '.join(map(str, languages))}"
        )
