"""The command line that runs, and where a figure comes from: written into its file and at its foot, read again.

PNG and PDF have fields of their own for it, and HTML a ``meta``; each holds ``ipml run ID``. Nothing but text is read,
and what is read is believed only as far as the store of runs has such a run.
"""

import re
import shlex
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import ipml
from ipml.errors import InputError
from ipml.guards.secrets import mask

META = "ipml-run"  # name of the meta of an HTML file
_RUN = re.compile(r"ipml run ([0-9a-f]{32})")
_LONGEST = 400  # characters of a command in small print
_MOST_BYTES = 100_000_000  # of a file that is looked at
_HEAD_OF_HTML = 100_000
_LATIN = 0x180  # the first character behind Latin Extended-A
_command: ContextVar[str] = ContextVar("command", default="")
_opened: ContextVar[list[str]] = ContextVar("opened")


@dataclass(frozen=True)
class Provenance:
    """Where a figure comes from.

    Attributes
    ----------
    run_id
        MLflow's id of the run that drew it.
    command
        Command line that made the run; empty for one from Python.
    made_from
        Lineage of the run: versions of models, hashes of corpora and vectors, by name.
    """

    run_id: str
    command: str = ""
    made_from: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What `find_run_id` looks for."""
        return f"ipml run {self.run_id}"

    @property
    def small_print(self) -> str:
        """One line for the foot of a figure: run, command, versions of models and the corpus, the program."""
        versions = [f"{name}/{value}" for name, value in self.made_from.items() if value.isdecimal()]
        corpora = [f"{name} {value[:8]}" for name, value in self.made_from.items() if name == "corpus"]
        command = self.command
        if len(command) > _LONGEST:
            command = f"{command[:_LONGEST]}…"
        parts = [f"run {self.run_id}", command, ", ".join([*versions, *corpora]), f"ipml {ipml.__version__}"]
        return in_latin(" | ".join(part for part in parts if part))

    @property
    def description(self) -> str:
        """All of it in one line, for the metadata of a file."""
        made_from = ", ".join(f"{name} {value}" for name, value in self.made_from.items())
        return on_one_line(" | ".join(part for part in (self.title, self.command, made_from) if part))

    def metadata(self, ending: str) -> dict[str, str | None]:
        """Standard fields of a ``png`` or ``pdf`` file, without a time: one run writes the same bytes again."""
        program = f"ipml {ipml.__version__}"
        if ending == "pdf":
            return {
                "Creator": program,
                "Producer": None,
                "CreationDate": None,
                "Subject": self.title,
                "Keywords": self.description,
            }
        return {"Software": program, "Source": self.title, "Description": self.description}


def command_line(command: str, words: Sequence[str]) -> str:
    """Write a command with its overrides as the shell takes them, without secrets."""
    return mask(shlex.join(["ipml", command, *words]))


@contextmanager
def of_command(line: str) -> Iterator[None]:
    """Have the runs that the block opens, and their figures, keep the command line that made them."""
    token = _command.set(line)
    try:
        yield
    finally:
        _command.reset(token)


@contextmanager
def noting_runs() -> Iterator[list[str]]:
    """Collect the ids of the runs that the block opens, in that order."""
    opened: list[str] = []
    token = _opened.set(opened)
    try:
        yield opened
    finally:
        _opened.reset(token)


def note_run(run_id: str) -> None:
    """Tell `noting_runs` of a run that is opened."""
    opened = _opened.get(None)
    if opened is not None:
        opened.append(run_id)


def current_command() -> str:
    """Return the command line that makes runs now; empty from Python."""
    return _command.get()


def on_one_line(text: str) -> str:
    """Write what cannot be printed, as a line end or a mark of direction, as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def in_latin(text: str) -> str:
    """Write what is not printable Latin, which few fonts have, as an escape."""
    return "".join(c if ord(c) < _LATIN else c.encode("unicode_escape").decode() for c in on_one_line(text))


def find_run_id(path: Path) -> str:
    """Find the id of the run that a PNG, PDF or HTML file says it comes from.

    Raises
    ------
    InputError
        If the file cannot be read, is none of these, or names no run.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD_OF_HTML)
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"figure={path}: more than {_MOST_BYTES // 1_000_000} MB, no figure of ipml")
        text = _text(path, head)
    except OSError as error:
        raise InputError(f"figure={path}: cannot be read ({error.strerror or error})") from error
    match = _RUN.search(text)
    if match is None:
        raise InputError(
            f"figure={path}: names no run of ipml; needed: a PNG, PDF or HTML file with the metadata that a run writes"
        )
    return match[1]


def _text(path: Path, head: bytes) -> str:
    """Text of the field that holds the run; empty where there is none."""
    if head.startswith(b"\x89PNG"):
        return _of_png(path)
    if head.startswith(b"%PDF"):
        return _of_pdf(path)
    reader = _MetaReader()
    reader.feed(head.decode("utf-8", "replace"))
    return reader.found


def _of_png(path: Path) -> str:
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a size, as no pixel is read
            with Image.open(path, formats=["PNG"]) as image:
                return str(image.info.get("Source", ""))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InputError(f"figure={path}: not a whole PNG file") from error


def _of_pdf(path: Path) -> str:
    from PIL.PdfParser import PdfParser

    try:
        with PdfParser(str(path)) as parser:
            return str(parser.info.Subject)
    except AttributeError:  # a file without this field
        return ""
    except Exception as error:  # of a broken or hostile file the parser raises whatever it meets
        raise InputError(f"figure={path}: not a PDF file that can be read") from error


class _MetaReader(HTMLParser):
    found = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the content of the meta."""
        values = dict(attrs)
        if tag == "meta" and values.get("name") == META:
            self.found = str(values.get("content"))
