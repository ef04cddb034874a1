"""What MLflow shows of a run so that two can be compared: flat parameters, a name, and a model in words."""

import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ipml.files import short_hash

PER_BATCH = 100  # parameters, and tags, that MLflow takes in one call
_LONGEST_KEY = 200  # characters; MLflow takes 250
_LONGEST_VALUE = 500  # what a column of MLflow's page can show; it takes 6,000
_OWN = ("tracking.params", "tracking.tags")  # stand as parameters and tags of their own
_SOLVERS = ("model.map.module.solver._target_", "model.map.module._target_")
_WHAT = {
    "dual_attn": "Who holds patents, from web pages: attention over pages, then words.",
    "alignment": "Words of one language in the space of the reference language.",
    "mapping": "Conversion matrix A in P = A T of one group of firms.",
    "mapping_reverse": "Matrix from the products of one group of firms back to its technology.",
    "mapping_pooled": "Conversion matrices of all groups of firms, fitted together.",
}
_OF = ("country", "firm_type", "language", "pair")  # tags of a run that say what it is of
_ENDS = ("_low", "_high")


def parameters(settings: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, str]:
    """Flatten the settings of a run to parameters of MLflow.

    Parameters
    ----------
    settings
        Plain values, as `config.yaml` keeps them.
    own
        ``tracking.params``: they win over a setting of the same name.

    Returns
    -------
    Text by dotted key. A list is JSON; what is long is cut and its hash added; a key with characters that MLflow
    refuses gets a hash too, so that no two become one.
    """
    flat = {key: value for key, value in _leaves(settings, "") if not key.startswith(_OWN)}
    return {parameter_key(key): parameter_value(value) for key, value in {**flat, **own}.items()}


def parameter_key(key: str) -> str:
    """Make a key that MLflow takes."""
    fitting = re.sub(r"[^\w.\- ]", "_", key, flags=re.ASCII).lstrip(".")[:_LONGEST_KEY] or "_"
    return key if fitting == key == posixpath.normpath(key) else f"{fitting}-{short_hash(key)[:8]}"


def parameter_value(value: Any) -> str:
    """Write a value as text: as YAML has it, and not longer than can be read."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    if len(text) <= _LONGEST_VALUE:
        return text
    return f"{text[:_LONGEST_VALUE]}… ({len(text)} characters, sha256 {short_hash(text)})"


def run_title(name: str, flat: Mapping[str, str], begun: datetime) -> str:
    """Name a run so that it is told from others: registered name, solver of a map, and when it began."""
    solver = next((flat[key].rpartition(".")[2] for key in _SOLVERS if key in flat), "")
    return " ".join(part for part in (name, solver, f"{begun:%Y%m%d-%H%M%S}") if part)


def model_description(stage: str) -> str:
    """Say what a registered model is; empty for a stage of somebody's own."""
    return _WHAT.get(stage, "")


def version_description(
    stage: str, tags: Mapping[str, str], lineage: Mapping[str, str], metrics: Mapping[str, float]
) -> str:
    """Say what a version is, what it was made from, and how good it is on held-out data, with the numbers of cases.

    Parameters
    ----------
    tags
        Of its run, without prefix.
    """
    simulated = "Simulated firms." if tags.get("simulated") == "True" else ""
    of = ", ".join(f"{key.replace('_', ' ')} {tags[key]}" for key in _OF if key in tags)
    made = ", ".join(f"{name} {value[:16]}" for name, value in lineage.items())
    n = ", ".join(f"{key} {value:,.0f}" for key, value in metrics.items() if key.startswith("n_"))
    figures = ", ".join(_in_words(key, metrics) for key in metrics if _is_figure(key))
    lines = [simulated, model_description(stage), f"Of {of}." if of else ""]
    lines += [f"Made from {made}." if made else "", f"{figures} ({n})." if n and figures else figures or n]
    return "\n\n".join(line for line in lines if line)


def _is_figure(key: str) -> bool:
    return key.startswith("test/") and not key.endswith(_ENDS)


def _in_words(key: str, metrics: Mapping[str, float]) -> str:
    low, high = (metrics.get(f"{key}{end}") for end in _ENDS)
    interval = "" if low is None or high is None else f" [{low:.3f}, {high:.3f}]"
    return f"{key} {metrics[key]:.3f}{interval}"


def _leaves(node: Mapping[str, Any], place: str) -> Iterator[tuple[str, Any]]:
    for key, value in node.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{place}{key}.")
        else:
            yield f"{place}{key}", value
