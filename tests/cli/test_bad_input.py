"""Every mistake of a user gives one line (what, where, what is allowed) and exit code 2."""

import pytest

from ipml.cli import main
from tests.cli.raw_corpus import read_rows, write_raw_corpus, write_rows


@pytest.fixture
def raw(tmp_path):
    return write_raw_corpus(tmp_path / "raw")


def train(raw, *overrides, model="dual_attn"):
    return main(
        [
            "train",
            f"model={model}",
            "country=US",
            "data=corpus",
            f"data.root={raw}",
            "embeddings=vec",
            f"embeddings.languages.en.vectors.path={raw / 'words.vec'}",
            *([] if model != "dual_attn" or "model=mapping" in overrides else ["model.max_epochs=2"]),
            *overrides,
        ]
    )


def only_error(capsys):
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1
    return lines[0]


def change(raw, table, edit):
    rows = read_rows(raw / f"{table}.jsonl")
    write_rows(raw / f"{table}.jsonl", [row for row in map(edit, rows) if row is not None])


def test_the_corpus_itself_trains(home, raw):
    assert train(raw) == 0
    assert main(["score", "model=raw.dual_attn-US@challenger", f"data.root={raw}", "country=US"]) == 0


def test_missing_root(home, tmp_path, raw, capsys):
    assert train(raw, f"data.root={tmp_path / 'nowhere'}") == 2
    assert "nowhere" in only_error(capsys)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '{"a": 1}', '{"hash": 1, "simulated": 0}', "\ufffd" * 9]
)
@pytest.mark.parametrize("command", ["train", "keywords", "evaluate"])
def test_a_damaged_card_of_a_corpus_is_one_line(home, tmp_path, capsys, command, content):
    root = tmp_path / "corpus"
    root.mkdir()
    (root / "corpus.json").write_text(content, encoding="utf-8")
    assert main([command, "data=corpus", f"data.root={root}"]) == 2
    assert f"data.root={root}: corpus.json is not readable; delete the folder" in only_error(capsys)


@pytest.mark.parametrize(
    "words",
    [
        ["train", "data=corpus", "data.root="],
        ["ingest", "source.root=", "data.root=mine"],
        ["ingest", "source.root=raw", "data.root="],
        ["evaluate", "paths.runs="],
    ],
    ids=" ".join,
)
def test_an_empty_folder_is_not_the_current_one(home, words, capsys):
    assert main(words) == 2
    key = next(word for word in words if word.endswith("="))
    assert only_error(capsys) == f"error: {key}: a folder or a file is needed; the current folder is {key}."


def test_root_not_given(home, capsys):
    assert main(["train", "data=corpus"]) == 2
    assert "data.root" in only_error(capsys)


@pytest.mark.parametrize(
    ("overrides", "parts"),
    [
        (["country=XX"], ["country=XX", "CN, JP, US"]),
        (["no_such_key=1"], ["no_such_key"]),
        (["model.no_such_key=1"], ["model.no_such_key"]),
        (["embeddings=elmo"], ["embeddings=elmo", "glove"]),
        (["model.max_epochs=-5"], ["model.max_epochs=-5", "at least 1"]),
        (["model=mapping", "firm_type=startup"], ["firm_type=startup", "high_growth"]),
        (["model=mapping"], ["firm_type", "high_growth"]),
    ],
)
def test_a_wrong_value(home, raw, capsys, overrides, parts):
    assert train(raw, *overrides) == 2
    error = only_error(capsys)
    for part in parts:
        assert part in error


def test_a_language_without_vectors(home, raw, capsys):
    assert train(raw, "country=JP") == 2
    assert "embeddings.languages.ja.vectors.path: a value is needed" in only_error(capsys)


def test_a_country_without_firms(home, raw, capsys):
    assert train(raw, "country=JP", f"embeddings.languages.ja.vectors.path={raw / 'words.vec'}") == 2
    assert "country=JP: no firm of this country" in only_error(capsys)


def test_without_labels(home, raw, capsys):
    change(raw, "firms", lambda row: {**row, "has_patent": None})
    assert train(raw) == 2
    assert "has_patent" in only_error(capsys)


def test_a_single_class(home, raw, capsys):
    change(raw, "firms", lambda row: {**row, "has_patent": True})
    assert train(raw) == 2
    error = only_error(capsys)
    assert "has_patent" in error
    assert "60" in error


def test_empty_pages_and_unknown_words_and_firms_without_pages_are_counted_and_named(home, raw, capsys):
    def edit(row):
        if row["firm_id"] == "US-0000":
            return {**row, "text": ""}
        if row["firm_id"] == "US-0001":
            return {**row, "text": "zzz qqq"}
        return None if row["firm_id"] == "US-0002" else row

    change(raw, "pages", edit)
    assert train(raw) == 0
    output = capsys.readouterr().out
    for firm_id in ("US-0000", "US-0001", "US-0002"):
        assert firm_id in output


def test_of_a_page_of_100_000_tokens_the_first_are_read(home, raw, capsys):
    """What stands behind the cap does not count: the model is that of the page cut there."""
    known = read_rows(raw / "pages.jsonl")[0]["text"].split()[0]
    figures = []
    for length in (100_000, 864):
        text = " ".join([known] * length)
        change(
            raw, "pages", lambda row, text=text: {**row, "text": text} if row["firm_id"] == "US-0000" else row
        )
        assert train(raw, "model.controls=false") == 0
        figures.append([line for line in capsys.readouterr().out.splitlines() if "AUC" in line])
    assert figures[0] == figures[1] != []


def test_a_broken_model_file_is_named_and_the_corpus_and_the_next_training_are_not_touched(home, raw, capsys):
    assert train(raw) == 0
    files = list(home.rglob("model.safetensors"))  # of the run and of the registry
    whole = files[0].read_bytes()
    score = ["score", "model=raw.dual_attn-US@challenger", f"data.root={raw}", "country=US"]
    for broken in (whole[: len(whole) // 2], b"", b"not tensors"):
        for file in files:
            file.write_bytes(broken)
        assert main(score) == 2
        assert "model.safetensors" in only_error(capsys)
    for file in files:
        file.write_bytes(whole)
    assert main(score) == 0
    assert train(raw) == 0


def test_only_empty_pages(home, raw, capsys):
    change(raw, "pages", lambda row: {**row, "text": ""})
    assert train(raw) == 2
    assert "page" in only_error(capsys)


def test_no_known_word_anywhere(home, raw, capsys):
    change(raw, "pages", lambda row: {**row, "text": "zzz qqq"})
    assert train(raw) == 2
    assert "vec" in only_error(capsys)


def test_no_pages_in_the_language(home, raw, capsys):
    change(raw, "pages", lambda row: {**row, "lang": "zh"})
    assert train(raw) == 2
    assert "language" in only_error(capsys)


@pytest.mark.parametrize("value", ["nan", "inf", "abc", ""])
def test_a_broken_vector_is_named_with_file_and_line(home, raw, capsys, value):
    path = raw / "words.vec"
    lines = path.read_text().splitlines()
    lines[3] = " ".join([*lines[3].split()[:-1], value]).strip()
    path.write_text("\n".join(lines) + "\n")
    assert train(raw) == 2
    error = only_error(capsys)
    assert "words.vec" in error
    assert "4" in error


def test_too_many_broken_rows_stop_the_job_and_are_counted(home, raw, capsys):
    path = raw / "pages.jsonl"
    path.write_text(path.read_text() + "not json\n" * 100)
    assert train(raw) == 2
    error = only_error(capsys)
    assert "pages.jsonl" in error
    assert "100" in error


def test_score_of_a_model_that_does_not_exist(home, raw, capsys):
    assert main(["score", "model=dual_attn-US@champion", f"data.root={raw}", "country=US"]) == 2
    assert "dual_attn-US" in only_error(capsys)


def test_evaluating_before_anything_is_trained(home, capsys):
    assert main(["evaluate"]) == 2
    assert "mapping" in only_error(capsys)


def test_a_stage_before_the_one_it_needs(home, raw, capsys):
    corpus = ["country=US", "data=corpus", f"data.root={raw}"]
    vectors = ["embeddings=vec", f"embeddings.languages.en.vectors.path={raw / 'words.vec'}"]
    assert main(["keywords", *corpus]) == 2
    assert "train one first" in only_error(capsys)
    assert main(["vectors", *corpus, *vectors]) == 2
    assert "run `ipml keywords` first" in only_error(capsys)


def test_an_unknown_command(capsys):
    assert main(["trian"]) == 2
    assert "train" in only_error(capsys)
