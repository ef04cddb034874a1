"""Codes are files: which there are, in which order, and what is wrong with a file."""

import pytest

from ipml.codes import code_names, how_to_add, language_names, read_codes, search
from ipml.errors import InputError


@pytest.fixture
def own(tmp_path):
    def write(name, text, kind="firm_type"):
        path = tmp_path / kind / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    search([f"file://{tmp_path}"])
    yield write
    search([])


def test_the_published_codes_stand_in_the_order_of_the_study():
    assert code_names("country") == ["JP", "US", "CN"]
    assert code_names("firm_type") == ["high_growth", "established", "multinational"]
    assert code_names("language") == ["en", "ja", "zh"]


def test_further_codes_stand_where_their_order_says_and_last_without_one(own):
    own("state_owned", "")
    own("family_owned", "# no order\n")
    own("young", "order: 1.5")
    assert code_names("firm_type") == [
        "high_growth", "young", "established", "multinational", "family_owned", "state_owned"
    ]  # fmt: skip


def test_a_file_of_the_project_goes_before_one_of_the_same_name(own):
    own("established", "order: 9")
    assert read_codes("firm_type")["established"] == {"order": 2}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("order: first", "order=first: a number is needed"),
        ("order: true", "order=True: a number is needed"),
        ("- a", "keys and values are needed"),
        ("order: [", "not readable"),
        ("order: \ud800", "not readable"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_in_one_line(own, tmp_path, text, said):
    own("odd", "")
    (tmp_path / "firm_type" / "odd.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(InputError, match="odd") as caught:
        code_names("firm_type")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_error_says_how_to_add_a_code():
    assert how_to_add("country") == "another one needs a file conf/country/NAME.yaml"


def test_a_language_is_known_by_its_title_and_its_further_codes(own):
    own("ko", "title: Korean\ncodes: [kor]\n", "language")
    names = language_names()
    assert [names[name] for name in ("ko", "kor", "korean", "jpn", "zho", "cmn", "english")] == [
        "ko", "ko", "ko", "ja", "zh", "zh", "en"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "title: Norwegian\ncodes: [no]\n",
            r"nb\.yaml: codes=\[False\]: a list of codes is needed, as \[jpn\]",
        ),
        ("codes: jpn\n", "codes=jpn: a list of codes is needed"),
        ("codes: [JPN]\n", "JPN is a code or title of ja already"),
    ],
)
def test_codes_of_a_language_that_are_none(own, text, said):
    own("nb", text, "language")
    with pytest.raises(InputError, match=said):
        language_names()
