"""Fonts for a figure with words of other scripts than the Latin one, and which characters they can draw."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

from ipml.codes import read_codes

INSTALL = "apt install fonts-noto-cjk"
_LATIN = "DejaVu Sans"  # comes with matplotlib


@dataclass(frozen=True)
class Fonts:
    """Families to draw with.

    Attributes
    ----------
    families
        Tried in order for each character.
    characters
        Those that one of the families has.
    missing
        True where none is installed for a language that needs one.
    """

    families: tuple[str, ...]
    characters: frozenset[int]
    missing: bool = False

    def can_draw(self, text: str) -> bool:
        """Say whether all characters of a text have a glyph."""
        return all(ord(character) in self.characters for character in text)


def find_fonts(language: str) -> Fonts:
    """Find Matplotlib's own font, and an installed one of those that the file of a language names."""
    files = [Path(font_manager.findfont(_LATIN))]
    named = read_codes("language").get(language, {}).get("fonts") or []
    found = _installed(named)
    if found is not None:
        font_manager.fontManager.addfont(found)  # its list of fonts can be older than the font
        files.append(found)
    fonts = [FT2Font(str(file)) for file in files]
    characters = frozenset[int]().union(*(font.get_charmap() for font in fonts))
    return Fonts(tuple(font.family_name for font in fonts), characters, bool(named) and found is None)


def _installed(beginnings: Sequence[str]) -> Path | None:
    """Find the first installed font file by order of choice; of its weights the regular one."""
    files = sorted(Path(file) for file in font_manager.findSystemFonts())
    for beginning in beginnings:
        fitting = [file for file in files if _plain(file).startswith(beginning)]
        if fitting:
            return min(fitting, key=lambda file: ("regular" not in _plain(file), str(file)))
    return None


def _plain(file: Path) -> str:
    return file.name.lower().replace(" ", "").replace("-", "")
