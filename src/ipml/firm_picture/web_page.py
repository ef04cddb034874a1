"""The picture as one HTML file that needs nothing else, runs nothing and asks nothing of the network.

Every value passes `visible` and the escaping of Jinja, whatever it is: the template cannot leave it out.
"""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ipml.firm_picture.content import Picture
from ipml.firm_picture.harmless import shorten, visible, web_link
from ipml.firm_picture.reading import STEPS
from ipml.provenance import META, Provenance

_TEMPLATE = "picture.html"
_KEYWORDS = 200


def as_html(picture: Picture, source: Provenance | None = None) -> str:
    """Write a picture as the text of an HTML file, which says where it comes from."""
    template = _environment().get_template(_TEMPLATE)
    return template.render(picture=picture, steps=STEPS, n_keywords=_KEYWORDS, source=source, meta=META)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("ipml.firm_picture"),
        autoescape=True,
        finalize=_finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["short"] = shorten
    environment.filters["link"] = web_link
    return environment


def _finalize(value: Any) -> Any:
    """Make a value visible before Jinja escapes it; `Markup` is what the template's macros give."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
