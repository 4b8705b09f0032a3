"""The templates of the registry's pages, and what such a page may do in a browser.

A page is one file: its style and its script stand inside it, and its policy allows these two by
their digests and nothing else. Nothing is fetched from elsewhere, and no text of a record can run.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from equipoise.language import Language
from equipoise.registry.page.markup import codes, html, inline
from equipoise.registry.page.words import colon


def fill_in(template: str, *, say: Language, **context: Any) -> str:
    """Return the page; texts are escaped, and a name that ``context`` lacks is an error."""
    environment = _environment()
    return environment.get_template(template).render(
        style=_part("style.css"), script=_part("page.js"), policy=policy(),
        say=say, colon=colon(say), **context,
    )  # fmt: skip


@cache
def policy() -> str:
    """Return the Content-Security-Policy of every page."""
    return (
        f"default-src 'none'; style-src '{_digest('style.css')}'; "
        f"script-src '{_digest('page.js')}'; img-src data:; form-action 'self'; base-uri 'none'"
    )


def _digest(name: str) -> str:
    digest = hashlib.sha256(_part(name).encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


@cache
def _part(name: str) -> Markup:
    loader = _environment().loader
    assert loader is not None
    # Markup: our own file, not a record's text.
    return Markup(loader.get_source(_environment(), name)[0].strip())  # noqa: S704


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("equipoise.registry.page", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"html": html, "inline": inline, "codes": codes}
    return environment
