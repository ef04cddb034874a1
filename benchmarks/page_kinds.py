"""What a sentence or a web page is about, by plain patterns: products, history, careers, …; and its words."""

import re
from collections.abc import Iterable

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from ipml.text.tokenizers import Latin

PRODUCT, HISTORY = "product", "history"
URL_KINDS = {  # kind of a web page by the words of its address; the first that fits
    "legal": r"privacy|terms|polic|disclaimer|accessib|copyright|transparency|continuity",
    "careers": r"career|/join-|meet-the-team|alumni",
    "investors": r"investor|filings|annual-report",
    "news": r"news(?!letter)|press-release|/press/|events|-names-|-announce-",
    "contact": r"contact|locations|sitemap|site-map|sign-up|forms-|community-",
}
# Words that would tell the profiles of Japanese firms from American pages, whatever they are about.
EVERYWHERE = {"japan", "japanese", "co", "ltd", "inc", "corporation", "kk"}

Words = list[str]

_ABBREVIATIONS = "".join(rf"(?<!\b{word}\.)" for word in ("Co", "Ltd", "Inc", "Corp", "Mfg", "K", "St", "No"))
_OPENINGS = r"(?:The|It|Its|In|As|Further|Additionally|This)\b"
_SENTENCE_END = re.compile(
    rf"(?<=\.)(?:{_ABBREVIATIONS}\s+(?=[A-Z])|\s+(?={_OPENINGS})|\s*(?=The company\b))"
)
_HISTORY = re.compile(
    r"\b(?:founded|headquarter(?:s|ed)|incorporated in|formerly|changed its name|[Ee]stablished|subsidiary of|"
    r"was formed|is based in|merged|As of|renamed)\b"
)
_MAKES = re.compile(r"\b(?:manufactur|provid|offer|engage|develops)\w*")
_DOES = re.compile(
    r"\b(?:produc|sell|sale|design|suppl|distribut|process|construct|export|import|involve|rent|leas|publish|operat|"
    r"compris|includ|market|purchas|trad|retail|serv|manag|generat|franchis|plan)\w*"
)


def split_sentences(text: str) -> list[str]:
    """Sentences of a profile; the full stops of ``Co., Ltd.`` do not end one."""
    return [sentence for sentence in _SENTENCE_END.split(text.strip()) if sentence]


def sentence_kind(sentence: str) -> str | None:
    """`PRODUCT` for what a firm makes or does, `HISTORY` for founding, seat, name and owner, None if in doubt."""
    makes = _MAKES.search(sentence) is not None
    if _HISTORY.search(sentence):
        return None if makes else HISTORY
    return PRODUCT if makes or _DOES.search(sentence) else None


def url_kind(url: str) -> str | None:
    """Kind of a web page by its address; None where it may be on products."""
    path = "/" + url.lower().split("//")[-1].partition("/")[2]
    return next((kind for kind, pattern in URL_KINDS.items() if re.search(pattern, path)), None)


def plain_words(text: str, left_out: Iterable[str] = ()) -> Words:
    """Words in lower case without stop words, which some of the web pages had lost before they were published."""
    drop = ENGLISH_STOP_WORDS | EVERYWHERE | set(left_out)
    return [word for word in next(Latin().tokenize([text])) if word not in drop]
