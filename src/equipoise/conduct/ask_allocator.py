"""The server's side of the allocator: a process that is asked over pipes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from threading import Lock, Thread

from equipoise.conduct._allocator import Request
from equipoise.errors import Refused

_TIMEOUT_S = 10.0


class ProcessAllocator:
    """An allocator that is started by ``command``, at the first request and after it died.

    ``command`` ends in ``equipoise allocator LIST --key FILE`` and begins with what runs it under
    its own account, such as ``sudo -u allocator``. Threads may share one object.
    """

    def __init__(self, command: Sequence[str], timeout_s: float = _TIMEOUT_S) -> None:
        """Start nothing yet. ``timeout_s`` bounds each answer, and the start before the first."""
        self._command = tuple(command)
        self._timeout_s = timeout_s
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = Lock()

    def __call__(self, request: Request) -> str:
        """Return the kit code for the next participant.

        Raises Refused with the allocator's own sentence, or when it does not answer in time; then
        it is stopped, and the next request starts it again.
        """
        with self._turn:
            answer = self._ask(request.model_dump_json().encode() + b"\n")
            try:
                content = json.loads(answer)
                if "error" in content:
                    raise Refused(**content["error"])
                return str(content["kit"])
            except (ValueError, TypeError, KeyError):
                self._stop()
                raise Refused(
                    "allocation",
                    "the allocator does not answer",
                    "Nothing was recorded. Try again; if it persists, call who holds its key.",
                ) from None

    def close(self) -> None:
        """Stop the process."""
        with self._turn:
            self._stop()

    def _ask(self, line: bytes) -> bytes:
        """Return the line that the process answers, empty when it dies or is late."""
        try:
            process = self._running()
        except OSError:
            return b""
        answers: list[bytes] = []

        def exchange() -> None:
            assert process.stdin
            assert process.stdout
            with suppress(OSError, ValueError):  # it died, or was stopped below
                process.stdin.write(line)
                process.stdin.flush()
                answers.append(process.stdout.readline())

        thread = Thread(target=exchange, daemon=True)
        thread.start()
        thread.join(self._timeout_s)
        if thread.is_alive():
            self._stop()  # which ends the thread's waiting too
            return b""
        return b"".join(answers)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._stop()
            self._process = subprocess.Popen(  # noqa: S603  # the command is the operator's own
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        return self._process

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):  # what was not sent is lost with the process
                    if pipe:
                        pipe.close()
