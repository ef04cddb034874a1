"""All commands of ``ipml``: what each does, its settings and its function, by name, so that nothing is loaded yet."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

Argument = Literal["settings", "workspace", "corpus"]
ALL: tuple[Argument, ...] = ("settings", "workspace", "corpus")
WITHOUT_CORPUS: tuple[Argument, ...] = ("settings", "workspace")


@dataclass(frozen=True)
class Call:
    """A function that runs with settings.

    Attributes
    ----------
    settings, function
        Class of the settings, and the function: ``package.module:name``.
    takes
        What the function is handed, in this order.
    """

    settings: str
    function: str
    takes: tuple[Argument, ...] = field(default=ALL, kw_only=True)

    def load(self) -> Callable[..., Any]:
        """Import the function."""
        found: Callable[..., Any] = load(self.function)
        return found


@dataclass(frozen=True)
class Command(Call):
    """A command of the command line; ``summary`` is what it does."""

    summary: str = ""


@dataclass(frozen=True)
class Training(Call):
    """A model that ``ipml train`` trains; ``overfit`` is what ``debug=overfit`` runs."""

    overfit: Call | None = None


def load(place: str) -> Any:
    """Import what ``package.module:name`` names."""
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)


# By ``model.stage``.
TRAININGS = {
    "dual_attn": Training(
        "ipml.dual_attention.settings:DualAttentionTraining",
        "ipml.dual_attention.stage:train",
        Call("", "ipml.dual_attention.training.overfit:overfit", takes=("settings", "corpus")),
    ),
    "alignment": Training(
        "ipml.alignment.settings:AlignmentTraining",
        "ipml.alignment.stage:train",
    ),
    "fused_alignment": Training(
        "ipml.alignment.settings:FusedAlignmentTraining",
        "ipml.alignment.fusion.stage:train",
    ),
    "mapping": Training(
        "ipml.mapping.settings:MappingTraining",
        "ipml.mapping.stage:train",
        Call("", "ipml.mapping.gradient_descent:overfit"),
    ),
    "mapping_pooled": Training(
        "ipml.mapping.settings:PooledTraining",
        "ipml.mapping.pooled.stage:train",
    ),
}
COMMANDS = {
    "ingest": Command(
        "ipml.settings.corpus:IngestSettings",
        "ipml.corpus.ingest:ingest",
        "read firms, pages and patents into an Arrow corpus",
        takes=("settings",),
    ),
    "train": Command(
        "ipml.settings:TrainSettings",
        "ipml.cli.train:train",
        "train and register a model: dual_attn, alignment, fused_alignment or mapping",
        takes=("settings",),
    ),
    "keywords": Command(
        "ipml.dual_attention.settings:KeywordsSettings",
        "ipml.dual_attention.keywords.stage:extract",
        "extract product keywords with a registered dual_attn model",
    ),
    "compare_keywords": Command(
        "ipml.keyword_comparison.settings:CompareKeywordsSettings",
        "ipml.keyword_comparison.stage:compare",
        "compare keyword sets, KeyBERT's too, by how well they tell who holds patents",
    ),
    "faithfulness": Command(
        "ipml.faithfulness.settings:FaithfulnessSettings",
        "ipml.faithfulness.stage:measure",
        "test whether a dual_attn model decides by the words its attention names",
    ),
    "picture": Command(
        "ipml.firm_picture.settings:PictureSettings",
        "ipml.firm_picture.stage:draw",
        "show one firm: pages, words and keywords by attention, in HTML and PNG",
    ),
    "aligned_vectors": Command(
        "ipml.alignment.settings:AlignedVectorsSettings",
        "ipml.alignment.export:export",
        "write a language's words with their vectors in the English space, as text",
        takes=WITHOUT_CORPUS,
    ),
    "vectors": Command(
        "ipml.vectors.settings:VectorsSettings",
        "ipml.vectors.stage:build",
        "make product and technology vectors of a country's firms",
    ),
    "evaluate": Command(
        "ipml.evaluation.settings:EvaluateSettings",
        "ipml.report.evaluation:report_evaluation",
        "compare groups by the angles of their registered mappings",
        takes=WITHOUT_CORPUS,
    ),
    "differences": Command(
        "ipml.evaluation.settings:DifferencesSettings",
        "ipml.report.differences:report_differences",
        "name what the matrices of two groups convert most differently",
    ),
    "specification_curve": Command(
        "ipml.evaluation.settings:SpecificationCurveSettings",
        "ipml.report.specifications:report_curve",
        "draw a pair's angle over all finished evaluations: solvers, aligners, keywords, weights",
        takes=WITHOUT_CORPUS,
    ),
    "score": Command(
        "ipml.dual_attention.settings:ScoreSettings",
        "ipml.dual_attention.scoring:score",
        "score a registered dual_attn model on another corpus",
    ),
    "sweep": Command(
        "ipml.sweeps.settings:SweepSettings",
        "ipml.cli.studies:sweep",
        "search for the best configuration of a training, and check it on data the search never saw",
        takes=WITHOUT_CORPUS,
    ),
    "promote": Command(
        "ipml.settings.registry:PromoteSettings",
        "ipml.cli.registry:promote",
        "make challengers the champions that evaluation reads",
        takes=WITHOUT_CORPUS,
    ),
    "registry": Command(
        "ipml.settings.registry:RegistrySettings",
        "ipml.cli.registry:registry",
        "list registered models, versions, aliases and figures",
        takes=WITHOUT_CORPUS,
    ),
    "run": Command(
        "ipml.study.settings:RunSettings",
        "ipml.cli.studies:run",
        "run a whole study, stage by stage",
        takes=WITHOUT_CORPUS,
    ),
    "doctor": Command(
        "ipml.cli.doctor:DoctorSettings",
        "ipml.cli.doctor:examine_machine",
        "check versions, devices, stores, fonts and extras, and say how to get what is missing",
        takes=WITHOUT_CORPUS,
    ),
    "completion": Command(
        "ipml.cli.completion:CompletionSettings",
        "ipml.cli.completion:print_script",
        "print a script that has bash, zsh or fish complete commands, choices and keys",
        takes=("settings",),
    ),
}
