"""Figures on the pages: each number of a table, and each marked number of a text, is that of a file of figures.

``python -m benchmarks.pages`` (``make figures``) writes the numbers of the files into the pages, with the digits that
the pages have; a test holds the two equal and finds figures without a file. What a page says in comments, which readers
do not see:

- ``<!-- figures: EXPERIMENT/NAME -->`` before a table: the figure of a cell is called NAME/ROW/COLUMN in
  ``experiments/EXPERIMENT/figures.json``, by the words of its row and its column. A cell with several, as ``.80; .51``
  under ``AUC; shuffled``, has one for each part: by the part's name, or by its number where the words have no parts.
- the same before a text, or ``<!-- figures in order: EXPERIMENT/NAME -->`` before a table of words: its numbers with a
  point are NAME/1, NAME/2 and so on.
- ``<!-- figure: EXPERIMENT/NAME -->`` behind a number, or behind one with its interval, in a text.
- ``<!-- no figures -->`` before a table or text, ``<!-- no figure -->`` behind a number: not measured, but settings,
  versions or examples.

Rows and columns named ``published`` or ``published, …`` are those of ``experiments/published``.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks.figures import EXPERIMENTS, Figure, FiguresFile, Measurement
from ipml.files import write_text
from ipml.published import TABLES, published_table

ROOT = EXPERIMENTS.parent
GENERATED = ("configuration.md",)  # by `make configuration`
TABLES_ONLY = (
    "README.md",
    "docs/data.md",
)  # pages whose texts have versions and settings, but figures in marks alone
PUBLISHED = "published"
NUMBER = re.compile(r"(?<![\w.,])[+−-]?(?:\d[\d,]*)?\.?\d+(?!\w)")
_WITH_POINT = re.compile(r"(?<![\w.,])[+−-]?[\d,]*\.\d+(?!\w|\.\d)")
_MARK = re.compile(r"<!-- (?:figures(?P<order> in order)?: (?P<name>[^>]+?)|(?P<none>no figures)) -->")
_INLINE = re.compile(r"<!-- (?:figure: (?P<name>[^>]+?)|no figure) -->")
_VALUE = r"[+−-]?[\d,]*\.?\d+"
_BEFORE = re.compile(
    rf"(?P<value>{_VALUE})?(?P<percent> %)?(?P<interval> ?\[{_VALUE}, {_VALUE}\])?(?: degrees| s| %)?$"
)
_OF_TYPES = {"type", "values"}  # columns of tables that say what a value may be
_SEPARATORS = ("; ", " / ", " (")
_CODE = re.compile(r"`[^`]*`|\]\([^)]*\)")


@dataclass(frozen=True)
class Missing:
    """A figure that a page shows and its file lacks, or a number without any file."""

    page: str
    what: str

    def __str__(self) -> str:
        return f"{self.page}: {self.what}"


@dataclass(frozen=True)
class Block:
    """Lines of a page between blank ones, and the mark that stands before them, if any.

    ``name`` is the prefix of the figures, empty where the mark says that there are none, None without a mark. With
    ``in_order`` they have no names by rows and columns.
    """

    lines: tuple[str, ...]
    name: str | None
    in_order: bool = False

    @property
    def is_table(self) -> bool:
        """Whether it is a table."""
        return len(self.lines) > 1 and all(line.lstrip().startswith("|") for line in self.lines)


class Pages:
    """Numbers of pages and of files.

    Parameters
    ----------
    folder
        With a folder for each experiment.
    """

    def __init__(self, folder: Path = EXPERIMENTS) -> None:
        self._folder = folder
        self._files: dict[str, FiguresFile] = {}
        self.missing: list[Missing] = []
        self.shown: set[tuple[str, str]] = set()

    def rendered(self, text: str, page: str) -> str:
        """Return a page with the numbers of the files; what has none is added to ``missing``."""
        done = []
        for block in blocks(text):
            lines = block.lines
            if block.name and block.is_table and not block.in_order:
                lines = tuple(self._table(lines, block.name, page))
            elif block.name:
                lines = (self._text("\n".join(lines), block.name, page),)
            done.append(self._inline("\n".join(lines), page))
        return "\n".join(done)

    def figure(self, name: str) -> tuple[Figure, Measurement] | None:
        """Figure called ``EXPERIMENT/NAME``; None without one."""
        experiment, _, rest = name.partition("/")
        if experiment not in self._files:
            self._files[experiment] = FiguresFile.read(experiment, self._folder)
        return self._files[experiment].figures.get(rest)

    def _table(self, lines: Sequence[str], prefix: str, page: str) -> Iterator[str]:
        headers = [label(cell) for cell in cells(lines[0])]
        yield from lines[:2]
        for line in lines[2:]:
            row, *rest = cells(line)
            found = [row.strip()]
            for column, cell in zip(headers[1:], rest, strict=True):
                names = [label(row), column]
                if any(name == PUBLISHED or name.startswith(f"{PUBLISHED}, ") for name in names):
                    self._published(cell, f"{prefix}/{'/'.join(names)}", page)
                    found.append(cell.strip())
                else:
                    found.append(self._cell(cell.strip(), headers[0], names, prefix, page))
            yield "|" + "|".join(f" {cell} " if cell else " " for cell in found) + "|"

    def _cell(self, cell: str, corner: str, names: list[str], prefix: str, page: str) -> str:
        if not NUMBER.search(_hidden(cell)):
            return cell
        parts, separator, of_parts = split_cell(cell, corner, names)
        done = [
            self._replaced(part, f"{prefix}/{'/'.join(part_names)}", page)
            for part, part_names in zip(parts, of_parts, strict=True)
        ]
        return separator.join(done)

    def _replaced(self, part: str, name: str, page: str) -> str:
        """Part of a cell with the numbers of one figure."""
        values = self._values(name, len(NUMBER.findall(part)), page)
        return part if values is None else _put(part, NUMBER, values)

    def _values(self, name: str, count: int, page: str) -> list[float] | None:
        """As many numbers of a figure: value; low, high; or all three."""
        found = self.figure(name)
        if found is None:
            self.missing.append(Missing(page, f"no figure {name}"))
            return None
        self.shown.add(_split(name))
        figure = found[0]
        wanted = {
            1: [figure.value],
            2: [figure.low, figure.high],
            3: [figure.value, figure.low, figure.high],
        }.get(count, [None])
        values = [value for value in wanted if value is not None]
        if len(values) < count:
            self.missing.append(Missing(page, f"{name}: {count} numbers on the page, the file has {figure}"))
            return None
        return values

    def _text(self, text: str, prefix: str, page: str) -> str:
        """Text with its numbers in order; those that are marked one by one, and code, are left."""
        plain = _hidden(text)
        done, at = "", 0
        for number, match in enumerate(_WITH_POINT.finditer(plain), 1):
            values = self._values(f"{prefix}/{number}", 1, page)
            done += text[at : match.start()]
            done += (
                match.group() if values is None else _styled(values[0], match.group(), _after(plain, match))
            )
            at = match.end()
        return done + text[at:]

    def _inline(self, text: str, page: str) -> str:
        """Text with the numbers that are marked one by one."""
        done, at = "", 0
        for mark in _INLINE.finditer(text):
            before = text[at : mark.start()]
            name = mark["name"]
            shown = _BEFORE.search(before)
            if name is None:
                done += before + mark.group()
                at = mark.end()
                continue
            if shown is None or not shown.group().strip():
                self.missing.append(Missing(page, f"no number before the mark of {name}"))
            else:
                numbers = shown.group()
                values = self._values(name, len(NUMBER.findall(numbers)), page)
                if values is not None:
                    before = before[: shown.start()] + _put(numbers, NUMBER, values)
            done += before + mark.group()
            at = mark.end()
        return done + text[at:]

    def _published(self, cell: str, where: str, page: str) -> None:
        for match in NUMBER.finditer(cell):
            digits = len(match.group().partition(".")[2])
            if not any(f"{value:.{digits}f}" == f"{_number(match.group()):.{digits}f}" for value in _cited()):
                self.missing.append(
                    Missing(page, f"{where}: {match.group()} is not in experiments/published")
                )


def blocks(text: str) -> Iterator[Block]:
    """Yield the blocks of a page in order, which joined by newlines are it; blank lines and code are blocks, too."""
    gathered: list[str] = []
    name: str | None = None
    in_code = in_order = False
    for line in [*text.split("\n"), None]:
        ends = line is None or not line.strip() or line.startswith("```") or in_code
        if ends and gathered:
            mark = _MARK.fullmatch("\n".join(gathered).strip())
            yield Block(tuple(gathered), None if mark else name, in_order and not mark)
            name = (mark["name"] or "") if mark else None
            in_order = bool(mark and mark["order"])
            gathered = []
        if line is None:
            return
        if ends:
            in_code ^= line.startswith("```")
            yield Block((line,), "")
        else:
            gathered.append(line)


def uncovered(text: str, page: str, texts: bool) -> Iterator[Missing]:
    """Yield tables with numbers, and with ``texts`` numbers with a point in texts, that have no mark."""
    for block in blocks(text):
        if block.name is not None:
            continue
        if block.is_table:
            if _OF_TYPES.isdisjoint(map(label, cells(block.lines[0]))) and any(
                _is_figure(cell) for line in block.lines[2:] for cell in cells(line)[1:]
            ):
                yield Missing(page, f"table without figures: {block.lines[0]}")
        elif texts:
            joined = "\n".join(block.lines)
            for match in _WITH_POINT.finditer(_hidden(joined)):
                yield Missing(page, f"{match.group()}: no figure: {_line_of(joined, match.start())}")


def cells(line: str) -> list[str]:
    """Cells of a line of a table."""
    return line.strip().removeprefix("|").removesuffix("|").split("|")


def label(cell: str) -> str:
    """Words of a cell, without what makes them bold, code or links."""
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", cell).replace("`", "").replace("**", "").strip()


def split_cell(cell: str, corner: str, names: list[str]) -> tuple[list[str], str, list[list[str]]]:
    """Parts of a cell, what stands between them, and the names of each part's figure."""
    for separator in _SEPARATORS:
        if separator not in cell:
            continue
        parts = cell.split(separator)
        for place, words in ((1, names[1]), (0, names[0]), (None, corner)):
            of_words = words.split(separator)
            if len(of_words) == len(parts):
                of_parts = [[*names] for _ in parts]
                for own, word in zip(of_parts, of_words, strict=True):
                    word = word.removesuffix(")") if separator == " (" else word
                    if place is None:
                        own.append(word)
                    else:
                        own[place] = word
                return parts, separator, of_parts
        if separator != " (":
            return parts, separator, [[*names, str(number)] for number in range(1, len(parts) + 1)]
    return [cell], "", [names]


def pages(root: Path = ROOT) -> dict[str, str]:
    """Pages that show figures, by their path from the root."""
    found = [
        root / "README.md",
        *sorted(root.glob("docs/*.md")),
        *sorted(root.glob("experiments/*/README.md")),
    ]
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for path in found
        if path.name not in GENERATED
    }


def check(text: str, page: str, shown: Pages) -> tuple[str, list[Missing]]:
    """Page with the numbers of the files, and what is wrong with it: figures without file, measurements not said."""
    before = len(shown.missing)
    done = shown.rendered(text, page)
    missing = shown.missing[before:]
    for section in re.split(r"^(?=#+ )", text, flags=re.MULTILINE):
        for commit in sorted(_earlier(section, shown)):
            if f"`{commit}`" not in section or "easured at `" not in " ".join(section.split()):
                missing.append(
                    Missing(page, f"{section.splitlines()[0]}: does not say: measured at `{commit}`")
                )
    return done, missing


def main() -> int:
    """Write the numbers of the files into the pages; returns 1 where a figure has no file."""
    shown = Pages()
    wrong: list[Missing] = []
    for page, text in pages().items():
        done, missing = check(text, page, shown)
        wrong += [*missing, *uncovered(text, page, texts=page not in TABLES_ONLY)]
        if done != text:
            write_text(ROOT / page, done)
            print(f"{page}: numbers written")
    for each in wrong:
        print(each, file=sys.stderr)
    return 1 if wrong else 0


def _earlier(section: str, shown: Pages) -> set[str]:
    """Commits of the measurements that a section shows and that were taken from a page."""
    commits = set()
    names = [mark["name"] for mark in _INLINE.finditer(section) if mark["name"]]
    prefixes = [block.name for block in blocks(section) if block.name]
    for experiment, name in shown.shown:
        full = f"{experiment}/{name}"
        if full in names or any(full.startswith(f"{prefix}/") for prefix in prefixes):
            found = shown.figure(full)
            if found is not None and found[1].from_page:
                commits.add(found[1].commit)
    return commits


@cache
def _cited() -> tuple[float, ...]:
    """Numbers of the published tables, shares also in per cent."""
    return tuple(
        float(value)
        for name in TABLES
        for value in published_table(name).select_dtypes("number").to_numpy().ravel()
    )


def _put(text: str, pattern: re.Pattern[str], values: Sequence[float]) -> str:
    """Text with its numbers replaced in order."""
    given = iter(values)
    return pattern.sub(lambda match: _styled(next(given), match.group(), _after(text, match)), text)


def _styled(value: float, like: str, after: str) -> str:
    """A number with the digits, sign, commas and zero before the point of another."""
    if after == " %":
        value *= 100  # files have shares
    digits = len(like.partition(".")[2])
    text = f"{abs(value):{',' if ',' in like else ''}.{digits}f}"
    if like.lstrip("+−-").startswith(".") and text.startswith("0."):
        text = text[1:]
    negative = value < 0 and float(text.replace(",", "")) != 0
    sign = "−" if negative else "+" if like.startswith("+") else ""
    if sign == "−" and like.startswith("-"):
        sign = "-"
    return sign + text


def _after(text: str, match: re.Match[str]) -> str:
    """The characters behind a number."""
    return text[match.end() : match.end() + 2]


def _number(text: str) -> float:
    return float(text.replace("−", "-").replace(",", ""))


def _hidden(text: str) -> str:
    """Text of the same length without code, addresses, comments and the numbers that have marks of their own."""
    for mark in _INLINE.finditer(text):
        if shown := _BEFORE.search(text[: mark.start()]):
            text = text[: shown.start()] + "\0" * (mark.end() - shown.start()) + text[mark.end() :]
    return _CODE.sub(lambda match: "\0" * len(match.group()), text)


def _is_figure(cell: str) -> bool:
    """Whether a cell has a number with a point, or is numbers and not words with one among them."""
    plain = _hidden(cell)
    return bool(_WITH_POINT.search(plain) or (NUMBER.search(plain) and not re.search(r"[A-Za-z_]{4}", plain)))


def _line_of(text: str, position: int) -> str:
    """The line of a text that a position is in."""
    return text[:position].rpartition("\n")[2] + text[position:].partition("\n")[0]


def _split(name: str) -> tuple[str, str]:
    experiment, _, rest = name.partition("/")
    return experiment, rest


if __name__ == "__main__":
    sys.exit(main())
