import struct
import warnings
from pathlib import Path

import pytest
from matplotlib import font_manager

from ipml.figures import save_figure
from ipml.firm_picture.content import Keyword, Page
from ipml.firm_picture.figure import firm_figure, keyword_text, undrawn_lines
from ipml.firm_picture.fonts import find_fonts
from tests.firm_picture.pictures import picture
from tests.firm_picture.test_web_page import HOSTILE


@pytest.fixture
def latin(monkeypatch):
    """Fonts of a machine without any for Japanese."""
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: [])
    return find_fonts("ja")


def keyword(word: str, *glosses: str, rank: int = 1) -> Keyword:
    return Keyword(rank, word, 0.1, 1.0, None, 2, glosses)


def texts(figure) -> str:
    parts = [figure.get_suptitle()]
    for axes in figure.axes:
        parts += [axes.get_xlabel(), *(text.get_text() for text in axes.texts)]
        parts += [label.get_text() for label in axes.get_yticklabels()]
    return "\n".join(parts)


def size(path) -> tuple[int, int]:
    head = path.read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    return struct.unpack(">II", head[16:])


def test_without_a_font_the_glosses_stand_for_the_words_and_the_rest_is_counted(latin, tmp_path):
    keywords = [keyword("装置", "device"), keyword("未知"), keyword("LED", "diode"), keyword("犬", "いぬ")]
    shown = picture(names=("ホルベイン", "Holbein"), keywords=keywords)
    assert [keyword_text(k, latin) for k in keywords] == ["device", None, "LED (diode)", None]
    (said,) = undrawn_lines(shown, latin)
    assert "no font for 3 keywords" in said
    assert "apt install fonts-noto-cjk" in said
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # of a glyph that is missing
        figure = firm_figure(shown, latin)
        save_figure(figure, tmp_path / "f.png")
    said = texts(figure)
    assert "Holbein" in said
    assert "ホルベイン" not in said
    assert "2 not drawn" in said


def test_an_installed_font_is_found_by_its_file(monkeypatch, tmp_path):
    # The Latin font under the name of a Japanese one: its characters are what counts.
    file = tmp_path / "NotoSansCJK-Regular.ttf"
    file.write_bytes(Path(font_manager.findfont("DejaVu Serif")).read_bytes())
    (tmp_path / "NotoSansCJK-Bold.ttf").write_bytes(b"no font")
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: [str(p) for p in tmp_path.iterdir()])
    assert find_fonts("ja").families == ("DejaVu Sans", "DejaVu Serif")
    assert not find_fonts("ja").missing
    (said,) = undrawn_lines(picture(keywords=[keyword("犬")]), find_fonts("ja"))
    assert "apt" not in said
    assert undrawn_lines(picture(), find_fonts("ja")) == []
    assert find_fonts("zh").families == ("DejaVu Sans", "DejaVu Serif")
    assert find_fonts("en").families == ("DejaVu Sans",)


@pytest.mark.parametrize("text", [*HOSTILE, "$\\unknown{$", "a" * 10_000, "e" + "\u0301" * 50])
def test_hostile_text_is_drawn_as_it_is(text, latin, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        save_figure(firm_figure(picture(text, text), latin), tmp_path / "f.png")
    width, height = size(tmp_path / "f.png")
    assert 1000 < width < 2500
    assert 400 < height < 1500


def test_dollars_are_no_formula(latin):
    figure = firm_figure(picture("$x$"), latin)
    figure.draw_without_rendering()
    drawn = [text for axes in figure.axes for text in axes.texts if "$x$" in text.get_text()]
    assert drawn
    assert not any(text.get_parse_math() for text in drawn)


def test_pages_and_keywords_that_do_not_fit_are_counted(latin):
    pages = [Page(n, f"https://www.f.example/{n}", 0.05, 9, 9, [], 0) for n in range(1, 21)]
    keywords = [keyword(f"w{rank}", rank=rank) for rank in range(1, 51)]
    said = texts(firm_figure(picture(pages=pages, keywords=keywords, simulated=True), latin))
    assert "8 more pages, together 0.40" in said
    assert "14 more keywords" in said
    assert "f.example/12" in said
    assert "f.example/13" not in said
    assert "(simulated)" in said


def test_a_firm_without_keywords_is_drawn(latin, tmp_path):
    figure = firm_figure(picture(keywords=[]), latin)
    save_figure(figure, tmp_path / "f.png")
    assert "no keyword to draw" in texts(figure)
    assert list(tmp_path.iterdir()) == [tmp_path / "f.png"]
