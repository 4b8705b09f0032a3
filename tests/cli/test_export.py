from __future__ import annotations

import json

from tests.cli.shell import Shell

EXPORT = ("export", "trial.sqlite", "--for")


def test_a_person_gets_what_their_role_may_read(shell: Shell) -> None:
    shell.sealed()
    shell.randomized("P1")
    kinds: dict[str, list[str]] = {}
    for person, role in (("dora", "data manager"), ("ada", "outcomes assessor")):
        name = f"{person}.jsonl"
        out = shell.does(*EXPORT, person, "--role", role, "--out", name)
        lines = (shell.folder / name).read_text().splitlines()
        assert f"{len(lines)} events for {person} as {role}" in out
        kinds[person] = [json.loads(line)["kind"] for line in lines]
        published = json.loads(lines[kinds[person].index("AllocationSealed")])
        assert set(published["content"]) == {"specification", "slots"}
    assert "Randomized" in kinds["dora"]
    assert "Randomized" not in kinds["ada"]
    assert (shell.folder / "dora.jsonl").stat().st_mode & 0o777 == 0o600


def test_nobody_reads_in_a_role_they_do_not_have(shell: Shell) -> None:
    shell.trial()
    words = ("--role", "monitoring board", "--out", "a.jsonl")
    shell.refuses("dora as monitoring board: is not delegated this role", *EXPORT, "dora", *words)
    (shell.folder / "a.jsonl").write_text("mine")
    shell.refuses("a.jsonl: exists already", *EXPORT, "bea", *words)
