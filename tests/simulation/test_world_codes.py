"""Worlds of other countries, firm types and languages than the published ones, and what their files have to say."""

import json
import unicodedata

import numpy as np
import pytest

from ipml.codes import config_directory, search
from ipml.errors import InputError
from ipml.simulation import ensure_world, load_truth, read_world_codes
from ipml.simulation.firms import group_sizes
from ipml.simulation.languages import invent_words
from ipml.simulation.world_codes import Characters, WordForm
from tests.simulation.conftest import SMALL
from tests.simulation.worlds import CODES, make_world, world_of

NEAR = {**SMALL, "conversion": {"country_angle": 8.0, "firm_type_angle": 5.0}}  # within reach of few groups
HANGUL = "words: {syllables: [2], characters: {first: 가, last: 힣}}"


@pytest.fixture
def own(tmp_path):
    """A folder of files of one's own: writes one, or takes it away again."""

    def write(name, text):
        path = tmp_path / "conf" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    search([f"file://{tmp_path / 'conf'}"])
    write("country/KR", "{name: KR, language: ko, page_kinds: null}")
    write("language/ko", HANGUL)
    write("firm_type/state_owned", "")
    yield write
    search([])


def test_the_default_world_is_that_of_the_published_study():
    assert CODES.countries == ("JP", "US", "CN")
    assert CODES.firm_types == ("high_growth", "established", "multinational")
    assert CODES.languages == {"JP": "ja", "US": "en", "CN": "zh"}
    assert list(CODES.word_forms) == ["ja", "en", "zh"]
    syllables = {code: form.all_syllables for code, form in CODES.word_forms.items()}
    assert [len(syllables[code]) for code in ("ja", "en", "zh")] == [69, 32 * 9 * 14, 3755]
    assert (syllables["zh"][0], syllables["zh"][-1]) == ("啊", "座")


def test_characters_stand_in_the_order_of_their_encoding():
    assert Characters(first="a", last="e").all() == list("abcde")
    assert Characters(first="あ", last="う", encoding="shift_jis").all() == list("あぃいぅう")
    level_1 = Characters(first="啊", last="座", encoding="gb2312").all()
    assert len(set(level_1)) == len(level_1) == 3755
    assert all(unicodedata.name(character).startswith("CJK") for character in level_1)
    codes = [character.encode("gb2312") for character in level_1]
    assert codes == sorted(codes)


def test_a_world_has_the_countries_and_types_that_it_is_told(own, tmp_path):
    codes = read_world_codes(["KR", "JP"], ["state_owned", "high_growth"], "en")
    assert list(codes.word_forms) == ["ko", "ja", "en"]
    corpus = ensure_world(tmp_path / "world", world_of(NEAR), codes)
    firms, truth = corpus.firms(), load_truth(tmp_path / "world")
    assert truth.groups == [
        ("KR", "state_owned"),
        ("KR", "high_growth"),
        ("JP", "state_owned"),
        ("JP", "high_growth"),
    ]
    assert set(zip(firms["country"], firms["firm_type"], strict=True)) == set(truth.groups)
    assert truth.conversion_matrices.shape[0] == 4
    assert set(truth.rotations) == {"ko", "ja", "en"}
    assert (truth.rotations["en"] == np.eye(20)).all()
    mean = truth.angles[truth.angles["industry"] == "mean"]
    same_type = mean["firm_type_1"] == mean["firm_type_2"]
    assert mean["mean"][same_type].mean() == pytest.approx(8.0, abs=1e-4)
    pages = corpus.pages(firms["firm_id"][firms["country"] == "KR"], "ko")["text"].to_pylist()
    assert all("가" <= character <= "힣" for page in pages for character in page.replace(" ", ""))


@pytest.mark.parametrize(
    ("countries", "firm_types", "angle"),
    [
        (["JP", "US"], ["established"], 8.0),
        (["US"], ["established", "high_growth"], 5.0),
        (["US"], ["established"], 0.0),
    ],
)
def test_worlds_of_one_country_or_one_type(tmp_path, countries, firm_types, angle):
    codes = read_world_codes(countries, firm_types, "en")
    ensure_world(tmp_path / "world", world_of(NEAR), codes)
    truth = load_truth(tmp_path / "world")
    assert truth.groups == codes.groups
    mean = truth.angles[truth.angles["industry"] == "mean"]["mean"]
    assert len(mean) == len(codes.groups) * (len(codes.groups) - 1)
    assert mean.mean() == pytest.approx(angle, abs=1e-4) if len(mean) else angle == 0


def test_another_reference_language_has_the_meanings_themselves(tmp_path):
    codes = read_world_codes(["JP", "US"], ["established"], "ja")
    ensure_world(tmp_path / "world", world_of(NEAR), codes)
    truth = load_truth(tmp_path / "world")
    assert (truth.rotations["ja"] == np.eye(20)).all()
    assert {path.name for path in (tmp_path / "world" / "lexicon").iterdir()} == {
        "en-ja.train.tsv",
        "en-ja.test.tsv",
        "checksums.json",
    }


def test_what_is_not_published_has_the_least_size(own):
    own("country/XK", "{language: en, published: {firms: 1000, with_patents: {established: 100}}}")
    codes = read_world_codes(["KR", "XK", "JP"], ["state_owned", "established"], "en")
    with_patents, without = group_sizes(
        world_of({"scale": 1, "min_group": 30, "min_without_patents": 20}), codes
    )
    assert with_patents.tolist() == [[30, 30], [30, 100], [30, 1648]]
    assert without[0] == 20
    assert without[1] == 130 * (1000 / 100 - 1)


def test_the_same_folder_for_other_codes_is_refused(tmp_path, small_root):
    codes = read_world_codes(["JP", "US"], list(CODES.firm_types), "en")
    with pytest.raises(InputError, match=r"holds a world with data\.countries=.*; choose another folder"):
        ensure_world(small_root, world_of(SMALL), codes)


def test_a_world_of_before_is_opened_for_the_groups_that_it_has(tmp_path):
    made = make_world(tmp_path / "world", SMALL)
    path = tmp_path / "world" / "truth" / "settings.json"
    kept = json.loads(path.read_text(encoding="utf-8"))
    del kept["codes"], kept["world"]["pages"]["overlap"]
    path.write_text(json.dumps(kept), encoding="utf-8")
    (path.parent / "checksums.json").unlink()
    assert make_world(tmp_path / "world", SMALL).info == made.info
    assert load_truth(tmp_path / "world").groups == CODES.groups
    with pytest.raises(InputError, match="choose another folder"):
        ensure_world(tmp_path / "world", world_of(SMALL), read_world_codes(["JP"], ["established"], "en"))


@pytest.mark.parametrize(
    ("countries", "firm_types", "reference", "said"),
    [
        (
            ["XX"],
            ["established"],
            "en",
            r"data\.countries=XX: not a choice; allowed: JP, US, CN, KR; another one needs",
        ),
        (
            ["KR"],
            ["old"],
            "en",
            r"data\.firm_types=old: not a choice; allowed: high_growth, .*state_owned; another",
        ),
        (
            ["KR"],
            ["established"],
            "xx",
            r"language=xx: not a choice; allowed: .*ko.*; another one needs a file conf/lang",
        ),
        ([], ["established"], "en", r"data\.countries=\[\]: different codes are needed, at least one"),
        (["KR", "KR"], ["established"], "en", r"data\.countries=\[KR,KR\]: different codes are needed"),
    ],
)
def test_codes_without_a_file_are_refused(own, countries, firm_types, reference, said):
    with pytest.raises(InputError, match=said):
        read_world_codes(countries, firm_types, reference)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("title: Korean", "words: needed by a simulated world"),
        ("words: {syllables: [2]}", "words: either parts or characters are needed"),
        ("words: {syllables: []}", "at least one entry is needed"),
        ("words: {syllables: [2], sound: a}", "words.sound: no such key"),
        (
            "words: {syllables: [2], parts: [[a], ['b c']]}",
            "a syllable is 'ab c'; allowed: characters without blanks",
        ),
        ("words: {syllables: [2], parts: [['']]}", "a syllable is ''; allowed"),
        (
            "words: {syllables: [2], characters: {first: ab, last: c}}",
            "characters: first and last are one character",
        ),
        (
            "words: {syllables: [2], characters: {first: a, last: c, encoding: none}}",
            "unknown encoding: none",
        ),
        (
            "words: {syllables: [2], characters: {first: 가, last: 힣, encoding: ascii}}",
            "characters: 'ascii' codec",
        ),
    ],
)
def test_a_language_that_no_word_can_be_made_of_is_named_in_one_line(own, words, said):
    own("language/ko", words)
    with pytest.raises(InputError) as caught:
        read_world_codes(["KR"], ["established"], "en")
    assert said in str(caught.value)
    assert str(caught.value).startswith("conf/language/ko.yaml: words")
    assert "\n" not in str(caught.value)


def test_too_few_syllables_are_refused_before_words_are_drawn_forever():
    form = WordForm(syllables=[1, 2], parts=[["a", "b"]])
    assert len(invent_words("xx", form, 3, np.random.default_rng(0))) == 3
    with pytest.raises(
        InputError, match=r"conf/language/xx\.yaml: words: 6 words can be made of them and 4 are"
    ):
        invent_words("xx", form, 4, np.random.default_rng(0))


def test_every_language_of_the_project_can_be_simulated():
    for path in (config_directory() / "language").glob("*.yaml"):
        assert (
            len(read_world_codes(["US"], ["established"], path.stem).word_forms[path.stem].all_syllables) > 50
        )
