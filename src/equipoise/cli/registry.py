"""``equipoise registry``: the commands about registry records."""

from __future__ import annotations

from collections.abc import Callable

import typer

from equipoise.cli import (
    registry_check,
    registry_convert,
    registry_load,
    registry_page,
    registry_protocol,
    registry_related,
    registry_search,
    registry_serve,
    registry_show,
)

COMMANDS: tuple[Callable[[typer.Typer], None], ...] = (
    registry_load.register,
    registry_search.register,
    registry_check.register,
    registry_show.register,
    registry_convert.register,
    registry_page.register,
    registry_serve.register,
    registry_protocol.register,
    registry_related.register,
)
"""What adds each command to the group; one file each, ``cli/registry_….py``."""


def register(app: typer.Typer) -> None:
    """Add the group to ``app``."""
    group = typer.Typer(
        no_args_is_help=True,
        help="Registry records: read, judged, found, related, shown, turned into protocols.",
    )
    for add in COMMANDS:
        add(group)
    app.add_typer(group, name="registry")
