"""Pages: the templates of this package filled in, each one file that needs no network."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from equipoise.analysis.table import typeset


def fill_in(template: str, **context: Any) -> str:
    """Return the page; the same content gives the same bytes.

    Texts are escaped; what a template marks as safe is a figure. A name that the template uses
    and ``context`` lacks is an error.
    """
    return _environment().get_template(template).render(**context)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("equipoise.analysis", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["typeset"] = typeset
    return environment
