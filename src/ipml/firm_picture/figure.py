"""The picture as a figure for a paper: page weights beside the keywords, shaded by weight, with glosses."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ipml.figures import BLUE, DPI, GREY
from ipml.firm_picture.content import Keyword, Picture
from ipml.firm_picture.fonts import INSTALL, Fonts
from ipml.firm_picture.harmless import short_address, shorten, visible

_LINE = "#DDDDDD"
_PAGES, _COLUMNS, _ROWS = 12, 3, 12
_FEWEST = 5  # rows of a panel
_PLAIN: dict[str, Any] = {"parse_math": False, "usetex": False}  # a `$` of a site is no formula


def firm_figure(picture: Picture, fonts: Fonts) -> Figure:
    """Draw the pages with the highest weights in one panel, the first keywords in the other."""
    rows = max(_FEWEST, min(_ROWS, max(len(picture.pages), -(-len(picture.keywords) // _COLUMNS))))
    figure = Figure(figsize=(11.0, 1.7 + 0.3 * rows), dpi=DPI, layout="constrained")
    figure.suptitle(_title(picture, fonts), fontfamily=fonts.families, **_PLAIN)
    pages, keywords = figure.subplots(1, 2, width_ratios=[1, 1.9])
    _draw_pages(pages, picture, fonts)
    _draw_keywords(keywords, picture, fonts, rows)
    return figure


def keyword_text(keyword: Keyword, fonts: Fonts) -> str | None:
    """Write a word with its first gloss; the gloss alone where a font lacks the word; None where it lacks both."""
    word = shorten(visible(keyword.word), 14)
    gloss = shorten(visible(keyword.glosses[0]), 16) if keyword.glosses else None
    if not fonts.can_draw(word):
        return gloss if gloss is not None and fonts.can_draw(gloss) else None
    return word if gloss is None or not fonts.can_draw(gloss) else f"{word} ({gloss})"


def undrawn_lines(picture: Picture, fonts: Fonts) -> list[str]:
    """Say how many keywords the fonts cannot draw as they are, and which package has a font; empty if all can be."""
    undrawn = sum(not fonts.can_draw(visible(keyword.word)) for keyword in picture.keywords)
    hint = f"; `{INSTALL}` brings one" if fonts.missing else ""
    return (
        [f"  figure: no font for {undrawn} keywords, drawn as their glosses or counted{hint}"]
        if undrawn
        else []
    )


def _title(picture: Picture, fonts: Fonts) -> str:
    names = [shorten(visible(name), 60) for name in picture.names]
    name = next((f"{name}, " for name in names if fonts.can_draw(name)), "")
    return f"{name}{_drawn(picture.firm_id, 60, fonts)}{' (simulated)' if picture.simulated else ''}"


def _drawn(text: str, limit: int, fonts: Fonts) -> str:
    """Put a question mark for each character without a glyph."""
    return "".join(c if fonts.can_draw(c) else "?" for c in shorten(visible(text), limit))


def _draw_pages(axes: Axes, picture: Picture, fonts: Fonts) -> None:
    shown = picture.ordered[:_PAGES]
    places = range(len(shown))
    axes.barh(places, [page.weight for page in shown], color=BLUE, height=0.62)
    axes.axvline(picture.even_weight, color=GREY, linestyle="--", linewidth=1)
    addresses = [
        short_address(visible(page.url), 34) if page.url else f"page {page.number}" for page in shown
    ]
    labels = [_drawn(address, 34, fonts) for address in addresses]
    axes.set_yticks(places, labels, fontsize=8, fontfamily=fonts.families, **_PLAIN)
    axes.set_ylim(max(len(shown), _FEWEST) - 0.4, -0.6)  # the first row on top
    notes = ["attention on the page (dashed: all pages alike)"]
    if behind := picture.ordered[_PAGES:]:
        notes.append(f"{len(behind)} more pages, together {sum(page.weight for page in behind):.2f}")
    axes.set_xlabel("\n".join(notes), fontsize=8)
    axes.tick_params(axis="x", labelsize=8)
    axes.locator_params(axis="x", nbins=5)
    axes.set_title("Pages", fontsize=10)
    axes.grid(axis="x", color=_LINE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _draw_keywords(axes: Axes, picture: Picture, fonts: Fonts, rows: int) -> None:
    """Draw a cell each, down the columns; the shade is page weight times word weight."""
    axes.set_axis_off()
    axes.set_title("Keywords", fontsize=10)
    axes.set_xlim(0, _COLUMNS)
    axes.set_ylim(rows + 0.7, 0)
    texts = [(keyword, keyword_text(keyword, fonts)) for keyword in picture.keywords]
    drawn = [(keyword, text) for keyword, text in texts if text is not None]
    highest = max((keyword.score for keyword, _ in drawn), default=1.0)
    for place, (keyword, text) in enumerate(drawn[: rows * _COLUMNS]):
        column, row = divmod(place, rows)
        share = keyword.score / highest
        cell = Rectangle((column + 0.01, row + 0.06), 0.98, 0.88, facecolor=BLUE, alpha=share, linewidth=0)
        axes.add_patch(cell)
        colour = "white" if share > 0.75 else "black"
        line = axes.text(
            column + 0.04,
            row + 0.5,
            f"{keyword.rank}  {text}",
            color=colour,
            fontsize=8.5,
            fontfamily=fonts.families,
            verticalalignment="center",
            **_PLAIN,
        )
        line.set_clip_path(cell)
    notes = [f"shade: page weight × word weight, darkest {highest:.3g}"] if drawn else ["no keyword to draw"]
    if (behind := len(drawn) - rows * _COLUMNS) > 0:
        notes.append(f"{behind} more keywords")
    if undrawn := len(texts) - len(drawn):
        notes.append(f"{undrawn} not drawn: no font has their characters, and no gloss")
    axes.text(0.01, rows + 0.5, "; ".join(notes), fontsize=8, color="#555555", verticalalignment="center")
