from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipml.firm_picture.content import Keyword, Page
from ipml.firm_picture.harmless import shorten, visible, web_link
from ipml.firm_picture.reading import Word
from ipml.firm_picture.web_page import as_html
from tests.firm_picture.pictures import BENIGN, picture

HOSTILE = [
    "<script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</title><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "' autofocus onfocus='alert(1)",
    "--><svg onload=alert(1)>",
    "<!--",
    "&lt;script&gt;&#x3c;",
    "{{ 7 * 7 }}{% raw %}",
    "$x$ \\frac{1}{2} _a_",
    "\x00\x01\x1b[31m",
    "safe\u202egpj.exe\u2066",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "]]>",
    "\ud800",
]
VOID = {"meta"}


class Reader(HTMLParser):
    """Tags with the names of their attributes, addresses, and the texts of the elements of a class."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, ...]] = []
        self.links: list[str | None] = []
        self.texts: dict[str, list[str]] = {}
        self.other: list[str] = []
        self._open: list[tuple[str, str, int]] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, *(name for name, _ in attributes)))
        values = dict(attributes)
        if "href" in values:
            self.links.append(values["href"])
        if tag not in VOID:
            name = values.get("class") or tag
            self.texts.setdefault(name, []).append("")
            self._open.append((tag, name, len(self.texts[name]) - 1))

    def handle_endtag(self, tag):
        assert self._open.pop()[0] == tag

    def handle_data(self, data):
        for _, name, number in self._open:
            self.texts[name][number] += data

    def handle_comment(self, data):
        self.other.append(data)

    def handle_pi(self, data):
        self.other.append(data)

    def unknown_decl(self, data):
        self.other.append(data)


def check(text: str, url: str) -> None:
    read = Reader(as_html(picture(text, url)))
    benign_url = "https://x.example/" if web_link(url) else "x" if url else ""
    assert read.tags == Reader(as_html(picture(BENIGN, benign_url))).tags
    assert read.other == []
    word = visible(shorten(text, 60))
    assert read.texts["w u"][-1] == read.texts["w s4 k"][-1] == word
    assert read.texts["gloss"] == [visible(shorten(text, 160))]
    assert read.texts["name"] == [visible(shorten(text, 120))]
    assert visible(shorten(text, 80)) in read.texts["title"][0]
    assert read.texts["rule"][0] == visible(shorten(text, 800))
    outside = [link for link in read.links if not link.startswith("#page-")]
    assert outside == ([url] * 3 if web_link(url) else [])
    if url:
        assert visible(shorten(url, 160)) in read.texts["address"][0]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_and_does_nothing(text):
    check(text, text)


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(st.text(st.characters()), st.lists(st.sampled_from(HOSTILE)).map("".join)),
    st.one_of(st.text(st.characters()), st.text().map("https://x.example/".__add__)),
)
def test_no_tag_or_attribute_comes_from_the_data(text, url):
    check(text, url)


def test_the_page_asks_nothing_of_the_network_and_runs_nothing():
    html = as_html(picture(url="https://x.example/"))
    assert "default-src 'none'; style-src 'unsafe-inline'" in html
    assert html.index("Content-Security-Policy") < html.index("<title>")
    tags = {tag[0] for tag in Reader(html).tags}
    assert not tags & {"script", "link", "img", "iframe", "object", "base", "form"}
    assert "url(" not in html
    assert "@import" not in html
    assert html.count('href="https://x.example/" rel="noopener noreferrer nofollow"') == 3


def test_a_simulated_firm_is_said_to_be_simulated():
    assert "simulated" in as_html(picture(simulated=True))
    assert "simulated" not in as_html(picture(simulated=False))


def test_weights_glosses_and_the_rest_are_shown():
    keywords = [
        Keyword(1, "装置", 0.1234, 0.75, 1.234, 2, ("device", "equipment")),
        Keyword(2, "未知", 0.05, 0.75, None, 2, ()),
    ]
    words = [Word("装置", 0.1234, 4.5), Word("x", None, 0.0)]
    pages = [Page(1, "http://f/1", 0.0, 10, 9, [], 0), Page(2, "http://f/2", 0.75, 2000, 864, words, 1998)]
    html = as_html(picture(pages=pages, keywords=keywords, n_unread=1234))
    read = Reader(html)
    assert read.texts["gloss"] == ["device, equipment", "—"]
    for part in ("0.1234", "0.0500", "0.750", "3.4", "—"):
        assert part in read.texts["number"]
    assert 'title="weight 0.1234, 4.5 times even"' in html
    assert 'style="width:75.0%"' in html
    assert "1,998 more words are not shown; the model read 864" in read.texts["rest"][0]
    assert "1,234 more pages" in html
    assert html.count('<tr class="zero">') == 1
    assert "<h3>" in html
    assert 'id="page-1"' not in html


def test_without_a_dictionary_there_is_no_column_for_it():
    assert "English" not in as_html(picture(glossed=False))


def test_more_keywords_than_a_reader_wants_are_counted():
    keywords = [Keyword(rank, f"w{rank}", 0.1, 1.0, None, 2, ()) for rank in range(1, 251)]
    read = Reader(as_html(picture(keywords=keywords)))
    assert len(read.texts["gloss"]) == 200
    assert read.texts["rest"][-1].startswith("50 more keywords")


def test_a_firm_without_keywords_is_said_to_have_none():
    assert "No word of this firm passed the rule" in as_html(picture(keywords=[]))
