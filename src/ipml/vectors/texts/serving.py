"""Firm vectors of texts that stand in no corpus, each encoded whole; what a served mapping of such vectors keeps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ipml.alignment.registered import AlignedLanguage
from ipml.errors import InputError, choice_error
from ipml.reach import Reach
from ipml.text.normalisation import normalise
from ipml.vectors.firm_vectors import weighted_means
from ipml.vectors.kept_languages import load_language, save_language
from ipml.vectors.settings import VectorsSettings
from ipml.vectors.table import TEXTS
from ipml.vectors.texts.build_texts import OpenEncoders, text_settings
from ipml.vectors.texts.encoders import LanguageEncoder, MeansOfWords, WholeTexts, open_encoder
from ipml.vectors.texts.patents import text_weights
from ipml.vectors.texts.phrases import shortened

PRODUCTS, TECHNOLOGY = SIDES = ("products", "technology")


@dataclass(frozen=True)
class WholeTextVectors:
    """Makes the two vectors of firms of whole texts; NaN for a firm without a vector.

    Attributes
    ----------
    encoder
        ``kind`` and options of the encoder.
    fingerprint
        Its fingerprint, or how words make up a text.
    encoders, languages
        What encodes the texts of each side, and their languages.
    weights
        Of both sides, as the keys ``products.weight`` and ``patents.weight`` of the stage name them.
    patent_characters
        Its key of the stage.
    """

    encoder: Mapping[str, Any]
    fingerprint: str
    encoders: Mapping[str, LanguageEncoder]
    languages: Mapping[str, str]
    weights: Mapping[str, str]
    patent_characters: int

    @classmethod
    def of_run(cls, settings: VectorsSettings, encoders: OpenEncoders) -> "WholeTextVectors":
        """Make vectors of texts as a run of the stage did, own names of firms apart, which it leaves out."""
        codes = {PRODUCTS: settings.language, TECHNOLOGY: settings.patents.language}
        return cls(
            encoders.settings,
            encoders.name,
            {side: encoders.encoders[code] for side, code in codes.items()},
            codes,
            {PRODUCTS: settings.products.weight, TECHNOLOGY: settings.patents.weight},
            text_settings(settings).patent_characters,
        )

    def check(self, side: str) -> None:
        """Refuse a side whose phrases were weighed by what single texts do not tell: `InputError`."""
        weight = self.weights[side]
        if weight not in ("equal", "length"):
            raise InputError(
                f"{side}: the vectors were made with weight={weight} of phrases, which single texts do not tell; "
                "allowed: equal"
            )

    def make(
        self, side: str, firm: npt.NDArray[np.int64], texts: Sequence[str], n_firms: int
    ) -> npt.NDArray[np.float64]:
        """Vectors of n firms from m texts: shape (n_firms, d).

        Parameters
        ----------
        side
            ``technology``: a text is a patent. ``products``: each line of a text is a phrase.
        firm
            Number of each text's firm, shape (m,).

        Raises
        ------
        InputError
            If the stage weighed phrases by what texts do not tell.
        """
        self.check(side)
        if side == PRODUCTS:
            of_firms = {
                (int(number), " ".join(line.split())): None
                for number, text in zip(firm, texts, strict=True)
                for line in normalise(text).split("\n")
            }
            firm, read = (
                np.array([one for one, _ in of_firms], dtype=np.int64),
                [line for _, line in of_firms],
            )
        else:
            read = [shortened(normalise(text).strip(), self.patent_characters) for text in texts]
        vectors = self.encoders[side].encode(read, "encoding texts")
        known = np.asarray(vectors.any(axis=1))
        weights = text_weights(read, firm, n_firms, known, self.weights[side] == "length")
        means = weighted_means(weights, vectors).astype(np.float64)
        means[np.diff(weights.indptr) == 0] = np.nan
        return means

    def save(self, folder: Path) -> dict[str, Any]:
        """Write alignments of words below the folder of a model; returns plain settings for `load`."""
        return {
            "vectors": TEXTS,
            "encoder": dict(self.encoder),
            "fingerprint": self.fingerprint,
            "patent_characters": self.patent_characters,
            "sides": {side: self._save_side(folder, side) for side in SIDES},
        }

    def _save_side(self, folder: Path, side: str) -> dict[str, Any]:
        encoder = self.encoders[side]
        words = save_language(folder, encoder.aligned) if isinstance(encoder, MeansOfWords) else None
        return {"language": self.languages[side], "weight": self.weights[side], "words": words}

    @classmethod
    def load(cls, folder: Path, settings: Mapping[str, Any], reach: Reach) -> "WholeTextVectors":
        """Open what `save` wrote.

        Raises
        ------
        InputError
            If an encoder or word vectors cannot be opened, are not the same any more, or may not be read.
        """
        sides = settings["sides"]
        for side in sides:
            if side not in SIDES:
                raise choice_error(f"{folder}: side", side, SIDES)
        options = dict(settings["encoder"])
        if "model" in options and (Path(str(options["model"])).exists() or not reach.download):
            options["model"] = str(reach.file(options["model"], "the model's encoder: model"))
        opened = open_encoder(options, [of_side["language"] for of_side in sides.values()], reach.download)
        if opened is not None and opened.fingerprint != settings["fingerprint"]:
            raise InputError(
                f"encoder: the model was made with {settings['fingerprint']}, but its settings now open "
                f"{opened.fingerprint}"
            )
        encoders: dict[str, LanguageEncoder] = {
            side: MeansOfWords(_words(folder, of_side, reach)) if opened is None else WholeTexts(opened)
            for side, of_side in sides.items()
        }
        return cls(
            options,
            settings["fingerprint"],
            encoders,
            {side: of_side["language"] for side, of_side in sides.items()},
            {side: of_side["weight"] for side, of_side in sides.items()},
            int(settings["patent_characters"]),
        )


def _words(folder: Path, of_side: Mapping[str, Any], reach: Reach) -> AlignedLanguage:
    if of_side["words"] is None:
        raise InputError(
            f"{folder}: vectors of texts without the words that they are means of; train it again"
        )
    return load_language(folder, of_side["words"], reach)
