"""All commands of ``ipml``: what each does, its settings and its function, by name, so that nothing is loaded yet."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """A command of the command line.

    Attributes
    ----------
    summary
        What it does.
    settings
        Its class of settings, as ``ipml.vectors.settings:VectorsSettings``; by ``model.stage`` where that decides.
    """

    summary: str
    settings: str | Mapping[str, str]


COMMANDS = {
    "ingest": Command(
        "read firms, pages and patents into an Arrow corpus",
        "ipml.settings.corpus:IngestSettings",
    ),
    "train": Command(
        "train and register a model: dual_attn, alignment, fused_alignment or mapping",
        {
            "dual_attn": "ipml.dual_attention.settings:DualAttentionTraining",
            "alignment": "ipml.alignment.settings:AlignmentTraining",
            "fused_alignment": "ipml.alignment.settings:FusedAlignmentTraining",
            "mapping": "ipml.mapping.settings:MappingTraining",
            "mapping_pooled": "ipml.mapping.settings:PooledTraining",
        },
    ),
    "keywords": Command(
        "extract product keywords with a registered dual_attn model",
        "ipml.dual_attention.settings:KeywordsSettings",
    ),
    "compare_keywords": Command(
        "compare keyword sets, KeyBERT's too, by how well they tell who holds patents",
        "ipml.keyword_comparison.settings:CompareKeywordsSettings",
    ),
    "faithfulness": Command(
        "test whether a dual_attn model decides by the words its attention names",
        "ipml.faithfulness.settings:FaithfulnessSettings",
    ),
    "picture": Command(
        "show one firm: pages, words and keywords by attention, in HTML and PNG",
        "ipml.firm_picture.settings:PictureSettings",
    ),
    "aligned_vectors": Command(
        "write a language's words with their vectors in the English space, as text",
        "ipml.alignment.settings:AlignedVectorsSettings",
    ),
    "vectors": Command(
        "make product and technology vectors of a country's firms",
        "ipml.vectors.settings:VectorsSettings",
    ),
    "evaluate": Command(
        "compare groups by the angles of their registered mappings",
        "ipml.evaluation.settings:EvaluateSettings",
    ),
    "differences": Command(
        "name what the matrices of two groups convert most differently",
        "ipml.evaluation.settings:DifferencesSettings",
    ),
    "specification_curve": Command(
        "draw a pair's angle over all finished evaluations: solvers, aligners, keywords, weights",
        "ipml.evaluation.settings:SpecificationCurveSettings",
    ),
    "score": Command(
        "score a registered dual_attn model on another corpus",
        "ipml.dual_attention.settings:ScoreSettings",
    ),
    "sweep": Command(
        "search for the best configuration of a training, and check it on data the search never saw",
        "ipml.sweeps.settings:SweepSettings",
    ),
    "promote": Command(
        "make challengers the champions that evaluation reads",
        "ipml.settings.registry:PromoteSettings",
    ),
    "registry": Command(
        "list registered models, versions, aliases and figures",
        "ipml.settings.registry:RegistrySettings",
    ),
    "run": Command("run a whole study, stage by stage", "ipml.study.settings:RunSettings"),
    "doctor": Command(
        "check versions, devices, stores, fonts and extras, and say how to get what is missing",
        "ipml.cli.settings:DoctorSettings",
    ),
    "completion": Command(
        "print a script that has bash, zsh or fish complete commands, choices and keys",
        "ipml.cli.settings:CompletionSettings",
    ),
}
