"""Both vectors of a country's firms of whole texts: reads, encodes, averages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ipml.alignment.registered import alignment_name, open_aligned_language
from ipml.corpus import Corpus
from ipml.corpus.firm_names import names_and_addresses, names_as_written
from ipml.text import Language, open_language
from ipml.text.encoders.kept import KeptTexts
from ipml.text.normalisation import normalise
from ipml.tracking import Lineage, Workspace
from ipml.vectors.build_vectors import VectorsOfFirms
from ipml.vectors.settings import TextMeans, VectorsSettings
from ipml.vectors.table import TEXTS
from ipml.vectors.texts.encoders import (
    LanguageEncoder,
    MeansOfWords,
    WholeTexts,
    encoder_settings,
    open_encoder,
)
from ipml.vectors.texts.patents import WholePatents, patent_vectors, read_whole_patents
from ipml.vectors.texts.phrases import names_pattern
from ipml.vectors.texts.products import Names, find_phrases, pages_with_keywords, phrase_vectors

PHRASES = "product_phrases"  # name of the table


def text_settings(settings: VectorsSettings) -> TextMeans:
    """Part of the settings that ``vectors=texts`` has alone."""
    if not isinstance(settings.vectors, TextMeans):
        raise ValueError("settings of vectors=texts are needed")
    return settings.vectors


@dataclass(frozen=True)
class OpenEncoders:
    """What reads and encodes the texts of a run.

    Attributes
    ----------
    settings
        ``kind`` and options of the encoder.
    name
        Of the encoder, the same for all languages.
    languages
        Tokenizers and word vectors, by code.
    encoders
        By code.
    lineage
        Of each language, by code.
    """

    settings: dict[str, Any]
    name: str
    languages: Mapping[str, Language]
    encoders: Mapping[str, LanguageEncoder]
    lineage: Mapping[str, Lineage]


def open_encoders(
    settings: VectorsSettings,
    workspace: Workspace,
    version: Callable[[str], str | None] = lambda name: None,
) -> OpenEncoders:
    """Open what encodes the texts of both languages of a run.

    Parameters
    ----------
    settings
        Of ``ipml vectors vectors=texts``.
    version
        Of an alignment by its name; None: the one at ``inputs.alias``.

    Raises
    ------
    InputError
        If an encoder's package or model is missing, or it does not read a language.
    """
    texts = text_settings(settings)
    codes = list(dict.fromkeys((settings.language, settings.patents.language)))
    of_encoder = encoder_settings(texts, settings.embeddings, codes)
    encoder = open_encoder(of_encoder, codes, settings.allow_download)
    if encoder is None:
        aligned = {
            code: open_aligned_language(settings, workspace, code, version(alignment_name(workspace, code)))
            for code in codes
        }
        return OpenEncoders(
            of_encoder,
            f"means of {'calibrated' if settings.calibrated else 'unit'} words",
            {code: one.language for code, one in aligned.items()},
            {code: MeansOfWords(one) for code, one in aligned.items()},
            {code: one.lineage for code, one in aligned.items()},
        )
    languages = {code: open_language(settings.embeddings, code) for code in codes}
    kept = WholeTexts(KeptTexts(encoder, texts.cache))
    return OpenEncoders(
        of_encoder,
        encoder.fingerprint,
        languages,
        dict.fromkeys(codes, kept),
        {code: Lineage(language.lineage) for code, language in languages.items()},
    )


@dataclass(frozen=True)
class TextsOfFirms:
    """Both vectors of n firms.

    Attributes
    ----------
    products, technology
        The vectors.
    phrases
        What the product vectors are means of: ``firm_id``, ``phrase``, ``weight``.
    """

    products: VectorsOfFirms
    technology: VectorsOfFirms
    phrases: pd.DataFrame


def build_texts(
    settings: VectorsSettings,
    corpus: Corpus,
    firms: pd.DataFrame,
    keywords: pd.DataFrame,
    encoders: OpenEncoders,
) -> TextsOfFirms:
    """Make the vectors of firms from a table of keywords and the corpus, whether they have one or not.

    Parameters
    ----------
    settings, encoders
        As for `open_encoders`.
    firms, keywords
        Of the country.
    """
    texts, language, seed = text_settings(settings), encoders.languages[settings.language], settings.seed
    number = pd.Series(np.arange(len(firms)), index=firms["firm_id"])
    keywords = keywords[keywords["firm_id"].isin(number.index)]
    keywords = keywords.assign(firm=number[keywords["firm_id"]].to_numpy(dtype=np.int64))
    phrases = find_phrases(
        pages_with_keywords(corpus, firms, keywords, settings.language, settings.country.page_kinds),
        keywords,
        own_names(firms, keywords, language),
        language.tokenizer,
        texts,
        settings.products.weight,
        settings.sif_constant,
    )
    products, weights = phrase_vectors(phrases, encoders.encoders[settings.language], seed)
    patents = read_texts_of_patents(settings, corpus, firms, keywords, encoders)
    technology, _ = patent_vectors(
        patents,
        encoders.encoders[settings.patents.language],
        len(firms),
        settings.patents.weight == "length",
        seed,
    )
    entries = weights.tocoo()
    table = pd.DataFrame(
        {
            "firm_id": firms["firm_id"].to_numpy(dtype=object)[entries.row],
            "phrase": np.array(phrases.texts, dtype=object)[entries.col],
            "weight": entries.data.astype(np.float32),
        }
    )
    return TextsOfFirms(products, technology, table)


def read_texts_of_patents(
    settings: VectorsSettings,
    corpus: Corpus,
    firms: pd.DataFrame,
    keywords: pd.DataFrame,
    encoders: OpenEncoders,
) -> WholePatents:
    """Patents of firms as they are encoded; the parameters are those of `build_texts`."""
    names = own_names(firms, keywords, encoders.languages[settings.patents.language])
    return read_whole_patents(firms, corpus, names, settings.patents, text_settings(settings), settings.seed)


def encoded_patents(patents: WholePatents, encoders: OpenEncoders, language: str) -> npt.NDArray[np.float32]:
    """Vectors of m patents, shape (m, d): zeros for one that has none."""
    return np.asarray(encoders.encoders[language].encode(patents.texts, "encoding patents"))


def own_names(firms: pd.DataFrame, keywords: pd.DataFrame, language: Language) -> Names:
    """Pattern of each firm's own names and brands, as they stand and word by word, and of that in its addresses."""
    pages = keywords[keywords["url"].notna()]  # a source may not say where a text was
    by_id = firms.set_index("firm_id")
    addresses = zip(pages["firm_id"], pages["url"], strict=True)
    words, whole = names_and_addresses(by_id, addresses, language.tokenizer), names_as_written(by_id)
    return [names_pattern(map(normalise, words[one] | whole[one])) for one in firms["firm_id"]]


def how_made(settings: VectorsSettings, name: str) -> str:
    """How texts are chosen, weighted and encoded; in the lineage, so that only vectors made alike are compared."""
    texts = text_settings(settings)
    products = (
        f"products {settings.products.weight} of {texts.max_units} {texts.unit}s of {texts.unit_characters}"
    )
    most = "" if texts.max_patents is None else f", at most {texts.max_patents},"
    patents = f"patents {settings.patents.weight}{most} of {'+'.join(sorted(settings.patents.fields))}"
    made = (
        f"{TEXTS}, {products} characters, {patents} of {texts.patent_characters} characters, encoder {name}"
    )
    return f"{made}, sif {settings.sif_constant:g}" if settings.products.weight == "sif" else made
