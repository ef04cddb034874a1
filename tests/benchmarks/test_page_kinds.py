import pytest

from benchmarks.page_kinds import HISTORY, PRODUCT, plain_words, sentence_kind, split_sentences, url_kind


def test_full_stops_of_legal_forms_do_not_end_a_sentence():
    text = "Acme Co., Ltd. makes valves. The company was founded in 1950. It sells K. Sato pumps."
    assert split_sentences(text) == [
        "Acme Co., Ltd. makes valves.",
        "The company was founded in 1950.",
        "It sells K. Sato pumps.",
    ]


def test_a_sentence_without_a_space_after_the_full_stop_is_split():
    assert split_sentences("It sells pumps.The company was founded in 1950.")[1].startswith("The company")


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("Acme manufactures and sells industrial valves in Japan.", PRODUCT),
        ("The company operates restaurants.", PRODUCT),
        ("The company was founded in 1950 and is headquartered in Osaka, Japan.", HISTORY),
        ("Acme is a subsidiary of Example Holdings.", HISTORY),
        ("It was formerly known as Old Acme and changed its name in 1990.", HISTORY),
        ("Founded in 1950, or headquartered in Osaka, Acme manufactures valves.", None),
        ("Acme has three seasons.", None),
    ],
)
def test_kinds_of_sentences(sentence, kind):
    assert sentence_kind(sentence) == kind


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://example.com/privacy-policy", "legal"),
        ("https://example.com/about/careers/", "careers"),
        ("https://example.com/investor-relations", "investors"),
        ("https://example.com/news/2020/a", "news"),
        ("https://example.com/contact-us", "contact"),
        ("https://news.example.com/products/valves", None),  # only the path counts, not the host
        ("https://example.com/newsletter", None),
        ("", None),
    ],
)
def test_kinds_of_addresses(url, kind):
    assert url_kind(url) == kind


def test_words_are_lower_case_without_stop_words_and_the_name():
    assert plain_words("Acme and the Japanese Valves, Valves", ["acme"]) == ["valves", "valves"]
