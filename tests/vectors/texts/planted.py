"""The planted world with a page for each firm, for vectors of texts."""

from typing import Any

from tests.vectors.planted import World


class PagesWorld(World):
    """The planted world with a page for each firm.

    A page has a clause of its first three keywords, one of its fourth and fifth, and one of words that are no keyword.
    """

    def clauses(self, number):
        rows = self.keyword_rows[number]
        others = [row for row in range(60) if row not in rows][:4]
        return [list(rows[:3]), list(rows[3:5]), others]

    def page(self, number, code):
        return ". ".join(self.text(rows, code) for rows in self.clauses(number)) + "."

    def pages(self) -> Any:
        for country, code in {"JP": "ja", "US": "en"}.items():
            for number in self.keyword_rows:
                text = self.page(number, code)
                yield {"firm_id": f"{country}-{number:03d}", "language": code, "text": text}


class RealPagesWorld(PagesWorld):
    """The same as if the firms were real: evaluation then looks for no planted angles."""

    simulated = False
