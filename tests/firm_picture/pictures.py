"""Pictures of a firm made by hand."""

from dataclasses import replace

from ipml.firm_picture.content import Keyword, Page, Picture
from ipml.firm_picture.reading import Word

BENIGN = "word"


def picture(text: str = BENIGN, url: str = "", **changes) -> Picture:
    """A picture of two pages and one keyword in which every text is ``text`` and every address ``url``."""
    words = [Word(text, 0.5, 9.0), Word(text, None, 0.0)]
    pages = [Page(1, url, 0.0, 5, 3, [], 0), Page(2, url, 1.0, 2, 1, words, 7)]
    return replace(
        Picture(
            firm_id=text,
            names=(text, text),
            language="ja",
            simulated=False,
            facts=[("Firm", text)],
            sources=[("Model", text)],
            pages=pages,
            n_unread=0,
            keywords=[Keyword(1, text, 0.25, 1.0, 1.5, 2, (text,))],
            rule=[text],
            glossed=True,
        ),
        **changes,
    )
