"""What is read of the settings of the runs that an evaluation builds on."""

from pydantic import BaseModel, ConfigDict

from ipml.alignment.settings import AlignmentModel, FusedAlignmentModel
from ipml.mapping.settings import MappingModel
from ipml.settings import Country, Embeddings, Inputs, Lexicon, Number, Selection, Text
from ipml.vectors.settings import PatentTexts, Products, TextMeans, WordMeans


class EarlierRun(BaseModel):
    """Settings of an earlier run, as far as they are read; its other keys may be those of another version."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, protected_namespaces=())


class EvaluationRun(EarlierRun):
    """Of a run of ``evaluate``."""

    confidence: Number


class KeywordsRun(EarlierRun):
    """Of a run of ``keywords``."""

    selection: Selection


class VectorsRun(EarlierRun):
    """Of a run of ``vectors``."""

    embeddings: Embeddings
    language: Text
    inputs: Inputs
    vectors: WordMeans | TextMeans = WordMeans(kind="words")
    calibrated: bool = False
    products: Products
    patents: PatentTexts


class MappingRun(EarlierRun):
    """Of a training of a mapping."""

    country: Country
    model: MappingModel


class AlignmentRun(EarlierRun):
    """Of a training of an alignment."""

    lexicon: Lexicon
    model: AlignmentModel | FusedAlignmentModel
