from __future__ import annotations

import json
import traceback
from typing import Any

import nacl.pwhash
import pytest
from nacl.secret import SecretBox

from equipoise.chance import SeededEntropy, SystemEntropy
from equipoise.conduct._key_file import _KeyFile, load_reader_key, save_reader_key
from equipoise.conduct._keys import new_reader_key
from equipoise.errors import InputError, Problem
from equipoise.rules.allocation.secrecy import Secret
from tests.refusal import refusal

KEY = new_reader_key("pharmacy", SeededEntropy(1, "pharmacy"))
PHRASE = Secret("correct horse battery")


def _save(phrase: str = "correct horse battery", **costs: int) -> bytes:
    costs = {"memory_mib": 1, "passes": 1} | costs
    return save_reader_key(KEY, Secret(phrase), SeededEntropy(1, "file"), **costs)


FILE = _save()
TRACES = ("horse", KEY.private_key.reveal().hex(), repr(KEY.private_key.reveal())[2:-1])
WRONG = Problem(
    "key file of 'pharmacy'",
    "the passphrase is wrong or the file was changed",
    "Type the passphrase again; then try the backup of the file.",
)
CUT = Problem(
    "key file",
    "the file is cut off or is not a key file",
    "Take the file again from its backup.",
)


def _changed(**fields: Any) -> bytes:
    return json.dumps(json.loads(FILE) | fields).encode()


def test_a_key_is_saved_and_loaded() -> None:
    key = load_reader_key(FILE, PHRASE)
    assert key.reader == KEY.reader
    assert key.private_key.reveal() == KEY.private_key.reveal()


def test_the_file_says_whose_key_it_is_and_hides_the_key() -> None:
    stated = json.loads(FILE)
    assert stated["format"] == "equipoise-reader-key/1"
    assert (stated["role"], stated["public_key"]) == ("pharmacy", KEY.public_key.hex())
    assert KEY.private_key.reveal().hex() not in FILE.decode()
    assert FILE.endswith(b"}\n")
    assert list(stated) == sorted(stated)


def test_the_file_is_argon2id_and_secretbox() -> None:
    """Open it with nothing but libsodium."""
    stated = json.loads(_save(memory_mib=2, passes=3))
    assert (stated["memory_mib"], stated["passes"]) == (2, 3)
    key = nacl.pwhash.argon2id.kdf(
        32, b"correct horse battery", bytes.fromhex(stated["salt"]), opslimit=3, memlimit=2 << 20
    )
    content = SecretBox(key).decrypt(bytes.fromhex(stated["box"]))
    assert content == KEY.private_key.reveal() + b"pharmacy"
    tape = SeededEntropy(1, "file").bytes(40)
    assert (stated["salt"], stated["box"][:48]) == (tape[:16].hex(), tape[16:].hex())


def test_by_default_each_guess_costs_256_mib_and_three_passes() -> None:
    stated = json.loads(save_reader_key(KEY, PHRASE, SystemEntropy()))
    assert (stated["memory_mib"], stated["passes"]) == (256, 3)


@pytest.mark.parametrize("phrase", ["", "correct horse batterx", "Correct horse battery"])
def test_a_wrong_passphrase_is_refused(phrase: str) -> None:
    assert refusal(load_reader_key, FILE, Secret(phrase)) == WRONG


def test_composed_and_decomposed_letters_are_the_same_passphrase() -> None:
    file = _save("caf\u00e9 ｆull width")
    assert load_reader_key(file, Secret("cafe\u0301 full width")).reader == KEY.reader


def test_bytes_that_are_no_text_may_be_typed() -> None:
    file = _save("terminal \udcff bytes")
    assert load_reader_key(file, Secret("terminal \udcff bytes")).reader == KEY.reader


@pytest.mark.parametrize("length", [0, 11])
def test_a_short_passphrase_is_refused(length: int) -> None:
    assert refusal(_save, "x" * length) == Problem(
        "passphrase",
        f"it has {length} characters",
        "Use at least 12: four or five unrelated words are good.",
    )
    assert _save("x" * 12)


def test_a_truncated_file_is_refused() -> None:
    for length in range(len(FILE) - 1):
        assert refusal(load_reader_key, FILE[:length], PHRASE) == CUT


@pytest.mark.parametrize(
    "fields",
    [
        {"format": "equipoise-reader-key/2"},
        {"role": 3},
        {"public_key": "0"},
        {"memory_mib": 0},
        {"memory_mib": 1025},
        {"memory_mib": "1"},
        {"passes": 0},
        {"passes": 17},
        {"salt": "00" * 15},
        {"salt": "00" * 17},
        {"salt": "zz" * 16},
        {"box": ""},
        {"box": "000"},
        {"more": 1},
    ],
)
def test_what_is_not_a_key_file_is_refused_before_any_work(fields: dict[str, Any]) -> None:
    assert refusal(load_reader_key, _changed(**fields), PHRASE) == CUT


@pytest.mark.parametrize(
    "fields",
    [
        {"public_key": "00" * 32},
        {"memory_mib": 2},
        {"passes": 2},
        {"salt": "00" * 16},
        {"box": "00"},
        {"box": "00" * 24},
        {"box": "00" * 90},
    ],
)
def test_a_changed_file_does_not_open(fields: dict[str, Any]) -> None:
    assert refusal(load_reader_key, _changed(**fields), PHRASE) == WRONG


def test_a_file_under_another_role_does_not_open() -> None:
    problem = refusal(load_reader_key, _changed(role="monitor"), PHRASE)
    assert problem == Problem("key file of 'monitor'", WRONG.what, WRONG.todo)


def test_costs_at_their_bounds_are_read() -> None:
    for costs in ({"memory_mib": 1, "passes": 16}, {"memory_mib": 1024, "passes": 1}):
        assert _KeyFile.model_validate_json(_changed(**costs)).passes == costs["passes"]


def test_no_error_tells_key_or_passphrase() -> None:
    wrong = Secret("wrong horse battery")
    with pytest.raises(InputError) as caught:
        load_reader_key(FILE, wrong)
    with pytest.raises(InputError) as renamed:
        load_reader_key(_changed(role="monitor"), PHRASE)
    for error in (caught.value, renamed.value):
        lines = traceback.TracebackException.from_exception(error, capture_locals=True)
        shown = "".join(lines.format())
        assert "passphrase = sealed" in shown
        assert not [trace for trace in TRACES if trace in shown]
