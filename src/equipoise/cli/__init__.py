"""The command line: one file per command, and the one place where stores are opened."""

from __future__ import annotations

from equipoise.cli.app import main

__all__ = ["main"]
