"""``equipoise registry serve``: the records as pages and as an API, in a browser."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

import typer

from equipoise.errors import InputError


def register(group: typer.Typer) -> None:
    """Add the command to the group."""
    group.command(epilog="Example: equipoise registry serve --port 8700")(serve)


def serve(
    home: Path | None = typer.Option(
        None, "--home", help="Where the records are; else EQUIPOISE_HOME, or the user's data."
    ),
    host: str = typer.Option("127.0.0.1", "--host", help="The address to listen on."),
    port: int = typer.Option(
        8700, "--port", min=0, max=65535, help="The port; 0 takes a free one."
    ),
) -> None:
    """Serve the records that were loaded: search, a page for each study, and the API.

    Open the address it prints. The API under ``/api/v2`` answers as the registry's own does.
    What is loaded meanwhile is shown as it comes, and found as soon as the index has it; related
    studies are shown as soon as they are worked out. Stop it with Ctrl-C.
    """
    try:
        import uvicorn

        from equipoise.registry.serve import Registry, app
    except ModuleNotFoundError as error:
        raise InputError(
            "registry serve", f"needs {error.name}, which is not installed",
            "pip install 'equipoise[registry]'",
        ) from None  # fmt: skip
    from equipoise.clock import SystemClock
    from equipoise.registry.following import follow
    from equipoise.registry.home import home as place
    from equipoise.registry.relatives import Relatives
    from equipoise.registry.search.fresh import fresh_index
    from equipoise.registry.store import Store

    folder, clock = place(home), SystemClock()
    with Store(folder) as store:
        if not len(store):
            raise InputError(
                str(folder), "holds no records yet", "Run `equipoise registry load` first."
            )
        typer.echo(f"Preparing the index of {len(store)} records …", err=True)
        relatives = Relatives(store, folder)
        registry = Registry(
            store, fresh_index(store, folder), relatives, lambda: clock.now().date()
        )
        settings = uvicorn.Config(app(registry), host=host, port=port, log_level="warning")
        server = uvicorn.Server(settings)
        try:
            listening = settings.bind_socket()
            listening.listen()  # so that the address answers as soon as it is printed
        except SystemExit:
            raise InputError(
                f"{host}:{port}", "cannot be listened on", "Give another --port."
            ) from None
        typer.echo(f"http://{host}:{listening.getsockname()[1]}/")
        stop = threading.Event()
        follow(folder, lambda loaded: fresh_index(loaded, folder), stop)
        follow(folder, relatives.prepare, stop)
        try:
            with suppress(KeyboardInterrupt):
                server.run(sockets=[listening])
        finally:
            stop.set()
