"""Texts of real firms for `benchmarks.technology_to_product`: what they make, and their patents, without own names."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ipml.corpus import Corpus
from ipml.corpus.firm_names import names_and_addresses, names_as_written
from ipml.text import Language
from ipml.text.normalisation import normalise
from ipml.vectors.texts.phrases import names_pattern, shortened, units, without_names

# Of a firm: fewer patents say too little of it, and encoding is the cost, most of all of abstracts.
LEAST_PATENTS, MOST_TITLES, MOST_ABSTRACTS = 3, 40, 10
MOST_PHRASES, PHRASE_CHARACTERS, WHOLE_CHARACTERS = 60, 80, 400


@dataclass(frozen=True)
class FirmTexts:
    """Texts of n firms.

    Attributes
    ----------
    name
        Of the data set, as ``JP en``.
    language, patent_language
        Codes.
    firm_ids
        In order.
    phrases
        Of each firm's product texts.
    whole
        Each firm's product text from its beginning.
    titles, patents
        Of each firm: titles, and titles with abstracts as far as they are known.
    """

    name: str
    language: str
    patent_language: str
    firm_ids: list[str]
    phrases: list[list[str]]
    whole: list[str]
    titles: list[list[str]]
    patents: list[list[str]]

    def __len__(self) -> int:
        return len(self.firm_ids)

    @property
    def has_abstracts(self) -> bool:
        """Whether patents say more than their titles."""
        return any("\n" in text for own in self.patents for text in own)


def read_firm_texts(
    corpus: Corpus, country: str, kinds: Sequence[str], languages: dict[str, Language], codes: tuple[str, str]
) -> FirmTexts:
    """Read the firms of a country that have product texts and at least three patents.

    Parameters
    ----------
    kinds
        Of pages, those first that say it shortest.
    languages
        By code, for the words of names.
    codes
        Of the product texts and of the patents.
    """
    language, patent_language = codes
    firms = corpus.firms(country).set_index("firm_id")
    every = names_as_written(firms)
    for code in sorted(set(codes)):
        for firm_id, words in names_and_addresses(firms, [], languages[code].tokenizer).items():
            every[firm_id] = every[firm_id] | words
    names = {firm_id: names_pattern(map(normalise, of_firm)) for firm_id, of_firm in every.items()}

    def cleaned(firm_id: str, text: Any) -> str:
        return " ".join(
            without_names(normalise(text if isinstance(text, str) else ""), names[firm_id]).split(" ")
        ).strip()

    pages = corpus.pages(firms.index, language, kinds).to_pandas()
    texts: dict[str, list[str]] = {firm_id: [] for firm_id in firms.index}
    for kind in kinds:
        for page in pages[pages["kind"] == kind].itertuples():
            texts[page.firm_id].append(cleaned(page.firm_id, page.text))
    patents = corpus.patents(firms.index, patent_language).to_pandas().sort_values("patent_id")
    by_firm = dict(tuple(patents.groupby("firm_id")))
    found = FirmTexts(f"{country} {language}", language, patent_language, [], [], [], [], [])
    for number, firm_id in enumerate(firms.index):
        phrases = [part for text in texts[firm_id] for part in units(text, "phrase", PHRASE_CHARACTERS)]
        phrases = [part for part in dict.fromkeys(phrases) if len(part) > 1]
        own = by_firm.get(firm_id)
        if not phrases or own is None or len(own) < LEAST_PATENTS:
            continue
        # Newest first would be one project's patents: draw among all of them.
        order = np.random.default_rng(number).permutation(len(own))[:MOST_TITLES]
        rows = own.iloc[order]
        titles = [cleaned(firm_id, title) for title in rows["title"]]
        abstracts = [cleaned(firm_id, abstract) for abstract in rows["abstract"]]
        found.firm_ids.append(firm_id)
        found.phrases.append(phrases[:MOST_PHRASES])
        found.whole.append(shortened("\n".join(texts[firm_id]), WHOLE_CHARACTERS))
        found.titles.append(titles)
        found.patents.append(
            [
                shortened(f"{title}\n{abstract}".strip(), WHOLE_CHARACTERS)
                for title, abstract in list(zip(titles, abstracts, strict=True))[:MOST_ABSTRACTS]
            ]
        )
    return found
