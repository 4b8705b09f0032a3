from __future__ import annotations

import copy
import inspect
import json
import logging
import pickle
import pprint
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import pytest

from equipoise.rules.allocation import Annex
from equipoise.rules.allocation.secrecy import Secret

WORD = "ARM-ÆØ-1"
SECRETS: list[Secret[Any]] = [Secret(WORD), Annex(WORD.encode().ljust(32, b"\0"), (4, 6))]


@dataclass
class Holder:
    about: str
    secret: Secret[Any]


def _tells(text: object) -> bool:
    shown = str(text)
    hidden = WORD.encode()
    return (
        WORD in shown or hidden.hex() in shown or repr(hidden)[2:-1] in shown or "(4, 6)" in shown
    )


@pytest.fixture(params=SECRETS, ids=["secret", "annex"])
def secret(request: pytest.FixtureRequest) -> Secret[Any]:
    return request.param  # type: ignore[no-any-return]


def test_it_gives_its_content_only_when_asked(secret: Secret[Any]) -> None:
    assert _tells(secret.reveal())


def test_it_prints_and_formats_as_sealed(
    secret: Secret[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    print(secret, [secret], {"arm": secret}, Holder("x", secret))
    pprint.pp(secret)
    shown = capsys.readouterr().out
    assert shown.count("sealed") == 5
    assert not _tells(shown)
    texts = [f"{secret}", f"{secret!r}", f"{secret!s}", f"{secret!a}", "%s %r" % (secret, secret)]  # noqa: UP031
    assert texts == ["sealed", "sealed", "sealed", "sealed", "sealed sealed"]
    with pytest.raises(TypeError, match="unsupported format string"):
        f"{secret:>10}"


def test_it_is_logged_as_sealed(secret: Secret[Any], caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("equipoise").warning("slot %s holds %r", 3, secret)
    assert caplog.messages == ["slot 3 holds sealed"]


def test_a_traceback_with_local_variables_does_not_tell(secret: Secret[Any]) -> None:
    def fail(arm: Secret[Any]) -> None:
        held = Holder("x", arm)
        raise ValueError(held)

    with pytest.raises(ValueError, match="sealed") as caught:
        fail(secret)
    lines = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    shown = "".join(lines.format())
    assert "arm = sealed" in shown
    assert not _tells(shown)


def test_a_walk_over_its_attributes_does_not_tell(secret: Secret[Any]) -> None:
    assert not _tells(inspect.getmembers(secret))
    assert not hasattr(secret, "__dict__")


def test_it_is_not_json(secret: Secret[Any]) -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        json.dumps({"arm": secret})
    assert json.dumps({"arm": secret}, default=str) == '{"arm": "sealed"}'


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_is_not_pickled(secret: Secret[Any], protocol: int) -> None:
    for thing in (secret, [secret], Holder("x", secret)):
        with pytest.raises(TypeError) as caught:
            pickle.dumps(thing, protocol)
        assert str(caught.value) == "a sealed value is neither copied nor pickled"


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy])
def test_it_is_not_copied(secret: Secret[Any], way: Any) -> None:
    with pytest.raises(TypeError) as caught:
        way(secret)
    assert str(caught.value) == "a sealed value is neither copied nor pickled"
    with pytest.raises(TypeError, match="neither copied nor pickled"):
        asdict(Holder("x", secret))


def test_it_is_not_compared(secret: Secret[Any]) -> None:
    comparisons: list[Callable[[], Any]] = [
        lambda: secret == secret,  # noqa: PLR0124
        lambda: secret == Secret(WORD),
        lambda: secret != WORD,
        lambda: secret in [WORD, "b"],
        lambda: Holder("x", secret) == Holder("x", Secret(WORD)),
    ]
    for compare in comparisons:
        with pytest.raises(TypeError) as caught:
            compare()
        assert str(caught.value) == "sealed values are not compared"
    anything: Any = secret
    with pytest.raises(TypeError, match="not supported"):
        sorted([anything, anything])
    with pytest.raises(TypeError, match="unhashable"):
        {anything}  # noqa: B018
    assert bool(secret)
