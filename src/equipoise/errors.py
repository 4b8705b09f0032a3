"""The one shape of error: where, what, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, said so that its reader can act.

    ``where`` names the place (``protocol.yaml:41: pump.lockout_min``, ``event 17``),
    ``what`` states the fault, ``todo`` the next step.
    """

    where: str
    what: str
    todo: str
    severity: Severity = "error"

    def __str__(self) -> str:
        """Return ``where: what`` and, on the next line, what to do."""
        return f"{self.where}: {self.what}\n   {self.todo}"


class EquipoiseError(Exception):
    """Something cannot be done; carries one :class:`Problem`. The command line exits with 2."""

    exit_code = 2

    def __init__(self, where: str, what: str, todo: str) -> None:
        """Make the error from the three parts of a :class:`Problem`."""
        super().__init__(where, what, todo)
        self.problem = Problem(where, what, todo)

    def __str__(self) -> str:
        """Return the problem as it is shown to people."""
        return str(self.problem)


class InputError(EquipoiseError):
    """A file, argument or value that came from outside is not usable."""


class Refused(EquipoiseError):
    """A rule of the trial forbids the act; nothing was recorded."""


class Conflict(EquipoiseError):
    """Somebody else wrote to the ledger first; read again and retry."""


class Broken(EquipoiseError):
    """A ledger, list or file does not verify. The command line exits with 1."""

    exit_code = 1
