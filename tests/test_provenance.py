"""A figure tells where it comes from, in its file and at its foot, and is found again by that."""

import json
import warnings
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ipml.cli import main
from ipml.errors import InputError
from ipml.figures import _small_print, save_figure
from ipml.firm_picture.web_page import as_html
from ipml.provenance import Provenance, command_line, current_command, find_run_id, of_command
from ipml.tracking import Workspace
from tests.firm_picture.pictures import picture

RUN = "0123456789abcdef" * 2
SOURCE = Provenance(
    RUN, command_line("evaluate", ["countries=[JP]", "seed=1"]), {"mapping-JP": "3", "corpus": "a" * 16}
)
HOSTILE = Provenance(RUN, "ipml picture 'firm=$\\unknown{$ トヨタ\n\x1b[31m\u202e' (a) " + "x" * 9000)


def drawn() -> Figure:
    figure = Figure(figsize=(4, 2.5), layout="constrained")
    axes = figure.subplots()
    axes.plot([1, 2], label="a")
    axes.set_xlabel("degrees")
    figure.legend(loc="outside lower center")
    return figure


@pytest.mark.parametrize("source", [SOURCE, HOSTILE], ids=["usual", "hostile"])
@pytest.mark.parametrize("ending", ["png", "pdf"])
def test_a_figure_names_its_run_and_is_the_same_to_the_byte_when_drawn_again(ending, source, tmp_path):
    paths = [tmp_path / f"{name}.{ending}" for name in "ab"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # of a glyph that is missing
        for path in paths:
            save_figure(drawn(), path, source)
    assert {find_run_id(path) for path in paths} == {RUN}
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_the_metadata_has_command_and_versions_and_no_time(tmp_path):
    save_figure(drawn(), tmp_path / "a.png", SOURCE)
    with Image.open(tmp_path / "a.png") as image:
        fields = dict(image.info)
    assert fields["Source"] == f"ipml run {RUN}"
    assert "ipml evaluate 'countries=[JP]' seed=1" in fields["Description"]
    assert "mapping-JP 3" in fields["Description"]
    assert not {"Creation Time", "Date"} & fields.keys()
    save_figure(drawn(), tmp_path / "a.pdf", SOURCE)
    assert b"CreationDate" not in (tmp_path / "a.pdf").read_bytes()


@pytest.mark.parametrize("source", [SOURCE, HOSTILE], ids=["usual", "hostile"])
def test_the_small_print_stands_below_everything_else(source):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = drawn()
    renderer = FigureCanvasAgg(figure).get_renderer()
    with _small_print(figure, source):
        (note,) = figure.texts
        assert f"run {RUN}" in note.get_text().replace("\n", "")
        top = note.get_window_extent(renderer).y1
        for other in (*figure.axes, *figure.legends):
            assert other.get_tightbbox(renderer).y0 >= top
    assert figure.texts == []  # the next format gets its own


def test_a_web_page_names_its_run_and_what_it_says_is_escaped(tmp_path):
    path = tmp_path / "a.html"
    source = Provenance(RUN, "ipml picture 'firm=\"><script>alert(1)</script>'")
    path.write_text(as_html(picture("A"), source), encoding="utf-8")
    assert find_run_id(path) == RUN
    assert "<script" not in path.read_text(encoding="utf-8")
    assert "ipml-run" not in as_html(picture("A"))


def png(path: Path, **fields: str) -> None:
    info = PngInfo()
    for key, value in fields.items():
        info.add_text(key, value)
    Image.new("L", (2, 2)).save(path, pnginfo=info)


@pytest.mark.parametrize(
    ("name", "write", "reason"),
    [
        ("none.png", None, "cannot be read"),
        ("other.png", lambda path: png(path, Software="another"), "names no run of ipml"),
        ("short.png", lambda path: png(path, Source="ipml run 12"), "names no run of ipml"),
        ("sql.png", lambda path: png(path, Source="ipml run ' OR 1=1 --"), "names no run of ipml"),
        ("cut.png", lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\nxx"), "not a whole PNG"),
        ("cut.pdf", lambda path: path.write_bytes(b"%PDF-1.4\nxx"), "not a PDF file"),
        ("other.pdf", lambda path: drawn().savefig(path), "names no run of ipml"),
        ("text.txt", lambda path: path.write_bytes(b"\xff\xfe<meta"), "names no run of ipml"),
        ("folder", Path.mkdir, "cannot be read"),
    ],
)
def test_a_file_without_a_run_is_one_line(name, write, reason, tmp_path):
    path = tmp_path / name
    if write is not None:
        write(path)
    with pytest.raises(InputError, match=reason) as caught:
        find_run_id(path)
    assert "\n" not in str(caught.value)


def test_the_registry_finds_the_run_of_a_figure(home, capsys, workspace):
    with of_command("ipml evaluate 'a=\x1b[31m'"), workspace.start_run("evaluate", "evaluate") as run:
        run.add_lineage({"mapping-JP": "3"}, "the mappings")
        run.save_figure(drawn(), "angles")
    artifacts = {file.path for file in workspace.client.list_artifacts(run.id)}
    assert {"angles.png", "angles.pdf"} <= artifacts
    copy = home / "copy.pdf"
    copy.write_bytes((run.folder / "angles.pdf").read_bytes())
    assert main(["registry", f"figure={copy}", "format=json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["run_id"], found["file"], found["lineage.mapping-JP"]) == (run.id, "angles.pdf", "3")
    assert found["command"] == "ipml evaluate 'a=\x1b[31m'"
    copy = home / "changed.png"
    copy.write_bytes((run.folder / "angles.png").read_bytes() + b"behind the end")
    assert main(["registry", f"figure={copy}"]) == 0
    printed = capsys.readouterr().out
    assert "other bytes" in printed
    assert "\x1b[31m" not in printed
    save_figure(drawn(), home / "a.png", SOURCE)
    assert main(["registry", f"figure={home / 'a.png'}"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"of run {RUN}: not in" in said


@pytest.fixture
def workspace(home):
    from ipml.config import compose_settings

    return Workspace(compose_settings("registry"))


def test_runs_keep_the_command_line(workspace):
    with of_command("ipml vectors country=JP"), workspace.start_run("vectors", "vectors-JP") as run:
        assert current_command() == "ipml vectors country=JP"
    assert workspace.get_run(run.id).tags["command"] == "ipml vectors country=JP"
    assert workspace.reopen_run(run.id).provenance.command == "ipml vectors country=JP"
    assert current_command() == ""
