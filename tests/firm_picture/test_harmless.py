import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.firm_picture.harmless import short_address, shorten, visible, web_link

ANY = st.text(st.characters())  # lone surrogates and unassigned characters too


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("半導体 装置", "半導体 装置"),
        ("\x00\x1b[31m", "[U+0000][U+001B][31m"),
        ("a\u202eb\u2066c\u2069\u200f", "a[U+202E]b[U+2066]c[U+2069][U+200F]"),
        ("one\r\ntwo\u3000three\u2028", "one  two three "),
        ("\ud800", "[U+D800]"),
        ("\ue000", "[U+E000]"),
    ],
)
def test_invisible_characters_are_shown_as_numbers(text, shown):
    assert visible(text) == shown


@given(ANY)
def test_nothing_invisible_is_left_and_nothing_visible_is_lost(text):
    shown = visible(text)
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in shown)
    shown.encode()  # fails for a lone surrogate
    assert visible(shown) == shown
    assert shown == "".join(visible(c) for c in text)
    assert all(visible(c) == c for c in text if c.isprintable())


def test_a_long_text_is_cut_and_says_so():
    assert shorten("abcdef", 6) == "abcdef"
    assert shorten("abcdefg", 6) == "abcde…"
    assert short_address("https://www.hakuto.co.jp/products/", 40) == "hakuto.co.jp/products/"
    assert short_address("http://hakuto.co.jp/products/devices/", 10) == "…/devices/"


@pytest.mark.parametrize(
    "url", ["http://hakuto.co.jp/", "https://hakuto.co.jp/a?b=c&d#e", "HTTPS://例え.jp/製品"]
)
def test_a_web_address_is_linked(url):
    assert web_link(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "www.hakuto.co.jp",
        "//hakuto.co.jp/",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        " javascript:alert(1)",
        "\x01javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "http:",
        "http:///path",
        "https://bank.example@evil.example/",
        "https:\\\\evil.example",
        "https://good.example\\@evil.example/",
        "https://good.example/\u202egpj.exe",
        "https://good.example/a b",
        "http://[",
        "https://good.example/" + "a" * 2000,
    ],
)
def test_any_other_address_is_not(url):
    assert web_link(url) is None
