"""Every number of the pages is that of a file of figures, and says so where it was measured long ago."""

import pytest

from benchmarks.figures import Figure, FiguresFile, Measurement
from benchmarks.pages import TABLES_ONLY, Pages, blocks, check, pages, uncovered

HERE = Measurement("x", "0", "abc", None, "2 cores", "2026-11-30")
EARLIER = Measurement("x", "0", "0ld", None, "2 cores", "2026-11-24", from_page=True)
TABLE = """# Page

<!-- figures: demo/angles -->

| pair; share | debiased | AUC; shuffled | published |
| --- | --- | --- | --- |
| **JP** - [US](x.md) | 10.7 [0.0, 18.0] | .80; 51 % | 26.1 |
| `none` | not run | | |

Text with 2,5 of 10.7<!-- figure: demo/one -->, [.1, .2]<!-- figure: demo/two --> and 3.5<!-- no figure --> `0.5`.
"""


@pytest.fixture
def shown(tmp_path):
    (tmp_path / "demo").mkdir()
    file = FiguresFile.read("demo", tmp_path)
    figures = [
        Figure("angles/JP - US/debiased", 3.996, 0.04, 11.64),
        Figure("angles/JP - US/AUC", 0.8074),
        Figure("angles/JP - US/shuffled", 0.502),
        Figure("one", -1234.5),
        Figure("two", 0.3, -0.11, 0.26),
        Figure("text/1", 1.25),
        Figure("text/2", 0.5),
    ]
    file.put(figures, HERE)
    file.put([Figure("old", 2.0)], EARLIER)
    file.write()
    return Pages(tmp_path)


def test_numbers_of_the_files_are_written_with_the_digits_of_the_page(shown):
    done, missing = check(TABLE, "page", shown)
    assert missing == []
    assert "| **JP** - [US](x.md) | 4.0 [0.0, 11.6] | .81; 50 % | 26.1 |" in done
    assert "| `none` | not run | | |" in done
    assert "of −1234.5<!--" in done
    assert "[−.1, .3]<!--" in done
    assert check(done, "page", shown) == (done, [])


def test_a_text_has_its_numbers_in_order(shown):
    done, missing = check("<!-- figures: demo/text -->\n\nFirst 9.99, then `1.5` and .3.\n", "page", shown)
    assert done.endswith("First 1.25, then `1.5` and .5.\n")
    assert missing == []


def test_a_table_of_words_has_its_numbers_in_order(shown):
    text = "<!-- figures in order: demo/text -->\n\n| a | b |\n| --- | --- |\n| 5 c | at 9.99 and .3 |\n"
    done, missing = check(text, "page", shown)
    assert "| 5 c | at 1.25 and .5 |" in done
    assert missing == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<!-- figures: demo/none -->\n\n| a | b |\n| --- | --- |\n| c | 1.5 |\n", "no figure demo/none/c/b"),
        ("1.5 [1, 2]<!-- figure: demo/one -->\n", "demo/one: 3 numbers on the page"),
        ("some words<!-- figure: demo/one -->\n", "no number before the mark of demo/one"),
        ("# A\n\n2.0<!-- figure: demo/old -->\n", "# A: does not say: measured at `0ld`"),
        (
            "<!-- figures: demo/angles -->\n\n| a | published |\n| --- | --- |\n| c | 26.2 |\n",
            "26.2 is not in experiments/published",
        ),
    ],
)
def test_what_a_page_says_without_a_file_is_found(shown, text, said):
    _, missing = check(text, "page", shown)
    assert said in " ".join(map(str, missing))


def test_an_old_measurement_is_said_where_it_is_shown(shown):
    text = "# A\n\n2.0<!-- figure: demo/old --> (measured at `0ld`)\n"
    assert check(text, "page", shown) == (text, [])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("| a | b |\n| --- | --- |\n| c | .5 |\n", ["table without figures: | a | b |"]),
        ("| a | type |\n| --- | --- |\n| c | 0 to 1 |\n", []),
        ("| a | b |\n| --- | --- |\n| c | words of 3 kinds |\n", []),
        ("| a | b |\n| --- | --- |\n| c | words and .3 |\n", ["table without figures: | a | b |"]),
        ("<!-- no figures -->\n\n| a | b |\n| --- | --- |\n| c | .5 |\n", []),
        ("It is .5 here.\n", [".5: no figure: It is .5 here."]),
        (
            "It is `0.5` of [5.1](p-1.2.md), 5.\n",
            ["5.1: no figure: It is `0.5` of [5.1](p-1.2.md), 5."],
        ),
        ("It is .5<!-- figure: demo/one --> here.\n", []),
        ("```\n0.5\n```\n", []),
    ],
)
def test_figures_without_a_mark_are_found(text, found):
    assert [each.what for each in uncovered(text, "page", texts=True)] == found


def test_blocks_joined_are_the_page():
    assert "\n".join(line for block in blocks(TABLE) for line in block.lines) == TABLE


@pytest.mark.parametrize("page", sorted(pages()))
def test_every_number_of_the_pages_is_that_of_a_file(page):
    text = pages()[page]
    done, missing = check(text, page, Pages())
    assert [str(each) for each in (*missing, *uncovered(text, page, texts=page not in TABLES_ONLY))] == []
    assert done == text, "make figures writes the numbers of the files into the pages"
