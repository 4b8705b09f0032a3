"""`equipoise seal`: from the parts of the seed to the published list, and how it is refused."""

from __future__ import annotations

import json

import pytest

from equipoise.events.types import AllocationSealed, SeedCommitted
from tests.cli.shell import READERS, Shell
from tests.conduct.ward import PARTIES

ANNEX = ("seal", "annex", "./XX0001")


def test_three_parties_make_a_list_that_is_published(shell: Shell) -> None:
    publication = shell.sealed()
    committed = [e.fact for e in shell.events() if isinstance(e.fact, SeedCommitted)]
    assert [fact.party for fact in committed] == list(PARTIES)
    (published,) = [e.fact for e in shell.events() if isinstance(e.fact, AllocationSealed)]
    assert published.publication == publication
    assert published.sealed_list == (shell.folder / "sealed.list").read_text()
    header = json.loads(published.sealed_list.splitlines()[0])
    assert [reader["role"] for reader in header["publication"]["readers"]] == list(READERS)
    shell.randomized("P1")


def test_secrets_are_for_their_owner_and_never_printed(shell: Shell) -> None:
    shell.trial()
    shell.keys()
    shell.parts()
    secret = json.loads((shell.folder / "board.part").read_text())["part"]
    nonce = json.loads((shell.folder / "annex.secret").read_text())["nonce"]
    out = shell.does(*shell.list_words(), "--out", "sealed.list")
    for name in ("annex.secret", "board.part"):
        assert (shell.folder / name).stat().st_mode & 0o777 == 0o600
    public = out + (shell.folder / "sealed.list").read_text()
    assert secret not in public
    assert nonce not in public


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--block-sizes", "4,six"), "--block-sizes: '4,six' is not a list of whole numbers"),
        (("--block-sizes", "3"), "a block size does not hold the ratio 1:1"),
        (("--limit", "3"), "it does not belong to the design 'permuted blocks'"),
        ((), "it does not belong to the design 'permuted blocks'"),
        (("--block-sizes", "0"), "is not a whole number from 1"),
    ],
)
def test_an_annex_that_fits_no_sequence(shell: Shell, words: tuple[str, ...], says: str) -> None:
    shell.trial()
    shell.refuses(says, *ANNEX, *words, "--out", "annex.secret")


def test_a_limit_is_for_the_big_stick(shell: Shell) -> None:
    shell.trial()
    protocol = shell.folder / "XX0001/protocol.yaml"
    protocol.write_text(protocol.read_text().replace("permuted blocks", "big stick"))
    shell.does(*ANNEX, "--limit", "3", "--out", "annex.secret")
    assert json.loads((shell.folder / "annex.secret").read_text())["limit"] == 3


def test_what_is_no_commitment_or_party_is_said(shell: Shell) -> None:
    shell.trial()
    part = ("seal", "part", "./XX0001", "--out", "a.part", "--party")
    shell.refuses("--annex: is not a commitment", *part, "board", "--annex", "5e88")
    shell.refuses("--annex: is not a commitment", *part, "board", "--annex", "z" * 64)
    shell.refuses("party 'sponsor': is not among", *part, "sponsor", "--annex", "0" * 64)
    commit = ("seal", "commit", "trial.sqlite", "--annex", "0" * 64, "--commitment")
    words = ("--party", "sponsor", "--as", "bea")
    shell.refuses("--commitment: is not a commitment", *commit, "0" * 63, *words)
    shell.refuses("party 'sponsor': is not among", *commit, "0" * 64, *words)
    words = ("--party", "board", "--as", "nils")
    shell.refuses("nils as caregiver: may not record SeedCommitted", *commit, "0" * 64, *words)


def test_who_has_not_committed_yet_is_told(shell: Shell) -> None:
    shell.trial()
    shell.keys()
    out = shell.does(
        "seal", "commit", "trial.sqlite", "--party", "pharmacy", "--annex", "0" * 64,
        "--commitment", "0" * 64, "--as", "phil",
    )  # fmt: skip
    assert "Still to commit: statistician, board" in out
    shell.refuses("party 'statistician': has not committed", *shell.list_words(), "--out", "a.list")


def test_a_part_that_was_not_committed_to_is_named(shell: Shell) -> None:
    shell.trial()
    shell.keys()
    shell.parts()
    file = shell.folder / "pharmacy.part"
    honest = json.loads(file.read_text())
    file.write_text(json.dumps(honest | {"part": "ab" * 32}))
    words = (*shell.list_words(), "--out", "a.list")
    done = shell.refuses("allocation.seed: pharmacy: its part does not match", *words)
    assert honest["part"] not in done.said
    file.write_text(json.dumps(honest)[:-3])
    shell.refuses("pharmacy.part: is cut off or is not a part", *words)
    words = (*shell.list_words(parts=PARTIES[:2]), "--out", "a.list")
    file.write_text(json.dumps(honest))
    shell.refuses("allocation.seed: board: its part is missing", *words)


def test_another_annex_than_that_committed_to_is_refused(shell: Shell) -> None:
    shell.trial()
    shell.keys()
    shell.parts()
    words = (*shell.list_words(), "--out", "a.list")
    (shell.folder / "annex.secret").unlink()
    shell.does(*ANNEX, "--block-sizes", "2,4", "--out", "annex.secret")
    shell.refuses("annex.secret: is not the annex to which statistician committed", *words)
    (shell.folder / "annex.secret").write_text("{}")
    shell.refuses("annex.secret: the text is not an annex", *words)


def test_the_readers_are_the_protocols(shell: Shell) -> None:
    shell.trial()
    shell.keys()
    shell.parts()
    out = ("--out", "a.list")
    words = shell.list_words(readers=READERS[:3])
    shell.refuses("readers: the key of 'notary' is missing", *words, *out)
    shell.refuses(
        "one reader is given twice", *shell.list_words(), "--reader", "board.key.pub", *out
    )
    shell.does("key", "new", "sponsor", "--out", "sponsor.key")
    words = [*shell.list_words(), "--reader", "sponsor.key.pub"]
    shell.refuses("readers: 'sponsor' is not a reader of this protocol", *words, *out)
    shell.does(*shell.list_words(readers=reversed(READERS)), *out)  # the order is the protocol's


def test_a_list_is_published_once_and_then_stays(shell: Shell) -> None:
    publication = shell.sealed()
    says = f"sealed list: is published in this ledger already: {publication}"
    shell.refuses(says, "seal", "publish", "trial.sqlite", "sealed.list", "--as", "bea")
    shell.refuses(says, *shell.list_words(), "--out", "second.list")
    shell.refuses(
        says, "seal", "commit", "trial.sqlite", "--party", "board", "--annex", "0" * 64,
        "--commitment", "0" * 64, "--as", "bea",
    )  # fmt: skip
    shell.refuses("sealed.list: exists already", *shell.list_words(), "--out", "sealed.list")


def test_a_damaged_or_foreign_list_is_not_published(shell: Shell) -> None:
    shell.trial()
    shell.keys()
    shell.parts()
    shell.does(*shell.list_words(), "--out", "sealed.list")
    publish = ("seal", "publish", "trial.sqlite")
    whole = (shell.folder / "sealed.list").read_bytes()
    (shell.folder / "cut.list").write_bytes(whole[: len(whole) // 2])
    shell.refuses("is missing or cut off", *publish, "cut.list", "--as", "bea")
    shell.refuses("may not record AllocationSealed", *publish, "sealed.list", "--as", "ina")
    shell.commit("0" * 64, "second-part")
    shell.refuses(
        "sealed list: does not fit the parts committed to in the ledger",
        *publish, "sealed.list", "--as", "bea",
    )  # fmt: skip
