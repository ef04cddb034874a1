"""The firms of a world with their pages and patents, as rows of a corpus."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ipml.simulation.concepts import OTHER_PAGE_KINDS
from ipml.simulation.corporate_groups import NO_GROUP
from ipml.simulation.firms import PlantedFirms, draw_dirichlet, draw_firms
from ipml.simulation.languages import PlantedLanguage, invent_words
from ipml.simulation.plan import WorldPlan, generator, industry_names
from ipml.simulation.texts import (
    SHORTEST,
    Texts,
    begin_with,
    copied_pages,
    draw_page_kinds,
    draw_texts,
    kind_shares,
    menu_shares,
    page_counts,
    page_lengths,
    page_mixtures,
    patent_counts,
    patent_mixtures,
)

Array = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
_FIRST_DAY, _LAST_DAY = np.datetime64("2005-01-01"), np.datetime64("2023-12-31")


@dataclass(frozen=True)
class CountryTexts:
    """Pages and patents of one country's firms; ``firm`` numbers are rows of the firms of all countries."""

    language: str
    page_firm: Numbers
    page_kind: Numbers
    pages: Texts
    patent_firm: Numbers
    patent_topic: Numbers
    patent_date: npt.NDArray[np.datetime64]
    titles: Texts
    abstracts: Texts


@dataclass(frozen=True)
class Content:
    """Firms and texts of a world."""

    plan: WorldPlan
    firms: PlantedFirms
    names: dict[str, list[str]]
    texts: dict[str, CountryTexts]

    def firm_rows(self) -> Iterator[dict[str, Any]]:
        """Rows of the table ``firms``."""
        firms, codes = self.firms, self.plan.codes
        industries = industry_names(self.plan.settings.firms.industries)
        for row, firm_id in enumerate(firms.firm_id):
            country = codes.countries[firms.country[row]]
            yield {
                "firm_id": firm_id,
                "name": self.names[codes.reference][row].capitalize(),
                "name_local": self.names[codes.languages[country]][row],
                "country": country,
                "firm_type": codes.firm_types[firms.firm_type[row]],
                "industry": industries[firms.industry[row]],
                "has_patent": bool(firms.has_patent[row]),
                "corporate_group": self.corporate_group(row),
            }

    def corporate_group(self, row: int) -> str | None:
        """Name of a firm's corporate group."""
        number = self.firms.corporate_groups.number[row]
        return None if number == NO_GROUP else f"group-{self.plan.settings.firms_seed}-{number + 1:04d}"

    def page_rows(self) -> Iterator[dict[str, Any]]:
        """Rows of the table ``pages``; the planted kind of a page does not show."""
        for texts in self.texts.values():
            strings = texts.pages.strings(self.plan.languages[texts.language].words)
            for firm, url, text in zip(texts.page_firm, self.urls(texts), strings, strict=True):
                yield {
                    "firm_id": self.firms.firm_id[firm],
                    "url": url,
                    "language": texts.language,
                    "kind": "web_page",
                    "text": text,
                }

    def patent_rows(self) -> Iterator[dict[str, Any]]:
        """Rows of the table ``patents``; ``ipc`` is the number of the leading technology topic."""
        for country, texts in self.texts.items():
            words = self.plan.languages[texts.language].words
            titles, abstracts = texts.titles.strings(words), texts.abstracts.strings(words)
            for row, firm in enumerate(texts.patent_firm):
                yield {
                    "patent_id": f"{country}-{self.plan.settings.firms_seed}-P{row + 1:06d}",
                    "firm_id": self.firms.firm_id[firm],
                    "language": texts.language,
                    "title": titles[row],
                    "abstract": abstracts[row],
                    "ipc": f"T{texts.patent_topic[row]:02d}",
                    "date": str(texts.patent_date[row]),
                }

    def urls(self, texts: CountryTexts) -> list[str]:
        """Address of each page of a country."""
        place = np.arange(len(texts.page_firm)) - np.searchsorted(texts.page_firm, texts.page_firm)
        names = self.names[self.plan.codes.reference]
        return [
            f"https://{names[firm]}.example/{number}"
            for firm, number in zip(texts.page_firm, place, strict=True)
        ]


def draw_content(plan: WorldPlan) -> Content:
    """Draw everything that ``settings.firms_seed`` decides."""
    seeds = (plan.settings.seed, plan.settings.firms_seed)
    codes = plan.codes
    firms = draw_firms(plan.settings, codes, plan.population, plan.concordance, generator("firms", *seeds))
    names = {
        code: invent_words(code, form, len(firms.firm_id), generator(f"names-{code}", *seeds))
        for code, form in codes.word_forms.items()
    }
    texts = {
        country: _draw_country(plan, firms, number, generator(f"texts-{country}", *seeds))
        for number, country in enumerate(codes.countries)
    }
    return Content(plan, firms, names, texts)


def _draw_country(
    plan: WorldPlan, firms: PlantedFirms, number: int, rng: np.random.Generator
) -> CountryTexts:
    settings, code = plan.settings, plan.codes.languages[plan.codes.countries[number]]
    language = plan.languages[code]
    members = np.flatnonzero(firms.country == number)
    page_firm, page_kind = draw_page_kinds(
        page_counts(len(members), settings.pages, rng), settings.pages, rng
    )
    page_firm = members[page_firm]
    n_themes = settings.topics.page_themes
    themes = draw_dirichlet(
        np.full((len(firms.firm_id), len(OTHER_PAGE_KINDS), n_themes), 1 / n_themes),
        settings.pages.theme_focus,
        rng,
    )
    seeds = (settings.seed, settings.firms_seed)
    shares = kind_shares(page_kind, settings.pages, generator(f"overlap-{number}", *seeds))
    mixtures = page_mixtures(page_firm, shares, firms.products, themes, plan.concepts, settings.pages)
    lengths = page_lengths(len(page_firm), settings.pages, rng)
    menus, place = _draw_menus(plan, firms, members, themes, language), np.searchsorted(members, page_firm)
    lengths = np.maximum(lengths - np.diff(menus.offsets)[place], SHORTEST)
    bodies = draw_texts(mixtures, lengths, language, rng)
    if settings.pages.copied:
        copying = generator(f"copies-{code}", *seeds)
        together = firms.corporate_groups.number
        bodies = bodies.take(copied_pages(page_firm, page_kind, together, settings.pages.copied, copying))
    pages = begin_with(bodies, menus, place)
    inventors = members[(firms.has_patent | firms.corporate_groups.hands_over())[members]]
    inventor = np.repeat(inventors, patent_counts(len(inventors), settings.patents, rng))
    patent_firm = firms.corporate_groups.holder[inventor]
    technologies = draw_dirichlet(firms.technologies[inventor], settings.patents.focus, rng)
    mixtures = patent_mixtures(technologies, plan.concepts, settings.patents)
    low, high = settings.patents.words * 3 // 4, settings.patents.words * 5 // 4
    days = rng.integers(int((_LAST_DAY - _FIRST_DAY).astype(int)) + 1, size=len(patent_firm))
    return CountryTexts(
        language=code,
        page_firm=page_firm,
        page_kind=page_kind,
        pages=pages,
        patent_firm=patent_firm,
        patent_topic=technologies.argmax(axis=1),
        patent_date=_FIRST_DAY + days,
        titles=draw_texts(mixtures, rng.integers(4, 9, size=len(patent_firm)), language, rng),
        abstracts=draw_texts(mixtures, rng.integers(low, high + 1, size=len(patent_firm)), language, rng),
    )


def _draw_menus(
    plan: WorldPlan, firms: PlantedFirms, members: Numbers, themes: Array, language: PlantedLanguage
) -> Texts:
    """What all pages of a site begin with, a text a firm of ``members``: words of all kinds, as on its other pages."""
    settings = plan.settings.pages
    rng = generator(
        f"menus-{plan.codes.countries[firms.country[members[0]]]}",
        plan.settings.seed,
        plan.settings.firms_seed,
    )
    shares = np.tile(menu_shares(settings), (len(members), 1))
    mixtures = page_mixtures(members, shares, firms.products, themes, plan.concepts, settings)
    lengths = np.rint(settings.menu * page_lengths(len(members), settings, rng)).astype(np.int64)
    return draw_texts(mixtures, lengths, language, rng)
