"""Japanese words by Sudachi (Takaoka et al., LREC 2018), with its core dictionary."""

from collections.abc import Iterable, Iterator

from ipml.errors import choice_error
from ipml.text.packages import package_version
from ipml.text.tokenizers.pieces import pieces

MODES = ("A", "B", "C")
FORMS = ("surface", "normalized", "dictionary")
# Sudachi takes 49,149 bytes of text, and 65,535 after its own normalisation, which can lengthen it: one
# Arabic ligature becomes 33 bytes. No character becomes more, so 1,900 of them always fit.
_PIECE = 1_900


class Sudachi:
    """Cuts Japanese; white space and punctuation are left out.

    Parameters
    ----------
    mode
        ``A`` short units, ``B`` middle, ``C`` named entities and compounds as one word.
    form
        ``surface`` as written, ``normalized`` with spelling variants joined (what chiVe holds),
        ``dictionary`` with inflection undone.

    Raises
    ------
    InputError
        If an option is not a choice or the packages are missing.
    """

    def __init__(self, mode: str = "C", form: str = "normalized") -> None:
        if mode not in MODES:
            raise choice_error("tokenizer.mode", mode, MODES)
        if form not in FORMS:
            raise choice_error("tokenizer.form", form, FORMS)
        needed = ("tokenizer sudachi", "pip install 'ipml[ja]'")
        versions = [package_version(name, *needed) for name in ("sudachipy", "sudachidict-core")]
        self.fingerprint = f"sudachi-{mode}-{form}-{versions[0]}-core-{versions[1]}"

        from sudachipy import Dictionary

        dictionary = Dictionary(dict="core")
        # Without the normalised form it would also cut numbers differently.
        fields = {"surface", "pos", "normalized_form"} | (
            {"dictionary_form"} if form == "dictionary" else set()
        )
        self._segmenter = dictionary.tokenizer(mode=mode, fields=fields, projection=form)
        self._is_mark = dictionary.pos_matcher([("補助記号",), ("空白",)])

    def tokenize(self, texts: Iterable[str]) -> Iterator[list[str]]:
        """Yield the words of each text, in order."""
        return (self._words(text) for text in texts)

    def _words(self, text: str) -> list[str]:
        # A lone surrogate is no character, and Sudachi refuses the whole text for one.
        text = text.encode("utf-8", "replace").decode("utf-8") if not text.isascii() else text
        return [
            morpheme.surface()
            for piece in pieces(text, _PIECE)
            for morpheme in self._segmenter.tokenize(piece)
            if not self._is_mark(morpheme)
        ]
