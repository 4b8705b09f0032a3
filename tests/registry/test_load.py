from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from itertools import islice
from pathlib import Path

import pytest

from equipoise.clock import SimulatedClock
from equipoise.errors import InputError
from equipoise.registry import formats, load
from equipoise.registry.load import Tally, load_files
from equipoise.registry.record import title
from equipoise.registry.store import Store
from tests.registry.test_api_client import numbered

CLOCK = SimulatedClock(datetime(2024, 3, 1, 8, tzinfo=UTC))
RECORDS = Path(__file__).resolve().parents[2] / "../shared/data/registry/records"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "home") as opened:
        yield opened


def line(k: int) -> bytes:
    return json.dumps(numbered(k)).encode() + b"\n"


def loaded(store: Store, *paths: Path) -> Tally:
    return load_files(store, paths, clock=CLOCK, tell=lambda _: None)


def test_files_folders_and_archives_together(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "one.json").write_bytes(line(1))
    (folder / "notes.txt").write_text("not a record", encoding="utf-8")
    with zipfile.ZipFile(folder / "some.zip", "w") as archive:
        archive.writestr("a/2.json", line(2))
        archive.writestr("Contents.txt", "two files")
        archive.writestr("a/3.json", line(3)[:60])
    with gzip.open(tmp_path / "many.ndjson.gz", "wb") as lines:
        lines.write(line(4) + line(5)[:40] + b"\n" + line(6))
    tally = loaded(store, folder, tmp_path / "many.ndjson.gz")
    assert (tally.new, tally.changed, tally.same, tally.set_aside) == (4, 0, 0, 2)
    assert [int(each[3:]) for each in store.ids()] == [1, 2, 4, 6]
    assert [(each.source, each.member) for each in store.damaged()] == [
        (str(folder / "some.zip"), "a/3.json"),
        (str(tmp_path / "many.ndjson.gz"), "line 2"),
    ]
    (version,) = store.versions("NCT00000002")
    assert version.source == f"{folder / 'some.zip'}: a/2.json"
    assert version.at == "2024-03-01T08:00:00+00:00"


def test_every_format_and_a_folder_s_pages(store: Store, tmp_path: Path) -> None:
    for number, name in enumerate(("legacy-xml", "upload-xml", "page"), start=1):
        study = json.loads(line(number))
        (tmp_path / f"{number}.{'txt' if name == 'page' else 'xml'}").write_bytes(
            formats.write(study, name)
        )
    (tmp_path / "notes.txt").write_text("not a record", encoding="utf-8")
    tally = loaded(store, tmp_path)
    assert [int(each[3:]) for each in store.ids()] == [1, 3]
    # What is uploaded has no number yet.
    assert [each.reason for each in store.damaged()] == ["has no registration number"]
    assert (tally.new, tally.set_aside) == (2, 1)


def test_a_mended_file_is_no_longer_set_aside(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "x.ndjson"
    file.write_bytes(line(1) + b"{}\n")
    assert loaded(store, file).set_aside == 1
    assert loaded(store, file).set_aside == 1
    assert len(store.damaged()) == 1
    file.write_bytes(line(1) + line(2))
    tally = loaded(store, file)
    assert (tally.new, tally.same, tally.set_aside) == (1, 1, 0)
    assert store.damaged() == []


def test_a_record_that_cannot_be_kept_is_set_aside(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "x.ndjson"
    file.write_bytes(b'{"protocolSection": {}}\n' + line(2))
    assert loaded(store, file).set_aside == 1
    assert store.damaged()[0].reason == "has no registration number"
    assert list(store.ids()) == ["NCT00000002"]


def test_an_archive_cut_off_gives_what_it_has(store: Store, tmp_path: Path) -> None:
    packed = tmp_path / "x.tar.gz"
    with tarfile.open(packed, "w:gz", compresslevel=0) as archive:
        for k in range(1, 101):
            info = tarfile.TarInfo(f"{k}.json")
            info.size = len(line(k))
            archive.addfile(info, BytesIO(line(k)))
    packed.write_bytes(packed.read_bytes()[: packed.stat().st_size // 2])
    tally = loaded(store, packed)
    assert 40 < tally.new < 51
    assert tally.set_aside == 1
    assert "cannot be read" in store.damaged()[0].reason


def test_lines_cut_off_give_what_they_have(store: Store, tmp_path: Path) -> None:
    packed = tmp_path / "x.ndjson.gz"
    whole = gzip.compress(b"".join(line(k) for k in range(1, 101)), 0)
    packed.write_bytes(whole[: len(whole) // 2])
    tally = loaded(store, packed)
    assert 40 < tally.new < 51
    assert tally.set_aside == 1
    assert store.damaged()[0].member == f"line {tally.new}"
    assert "cannot be read after it" in store.damaged()[0].reason


def test_files_without_records(store: Store, tmp_path: Path) -> None:
    (tmp_path / "empty.json").touch()
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("a.txt", "a")
    assert loaded(store, tmp_path / "empty.json", tmp_path / "other.zip").set_aside == 2
    assert {each.reason for each in store.damaged()} == {"is empty", "holds no record"}
    with pytest.raises(InputError, match="is not there"):
        loaded(store, tmp_path / "empty.json", tmp_path / "nowhere")


def test_the_bar_moves_to_the_end(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "AT_ONCE", 10)
    for name in ("a.ndjson", "b.ndjson"):
        (tmp_path / name).write_bytes(b"".join(line(k) for k in range(1, 401)))
    told: list[tuple[int, int | None]] = []
    paths = [tmp_path / "a.ndjson", tmp_path / "b.ndjson"]
    tally = load_files(store, paths, clock=CLOCK, tell=lambda t: told.append((t.done, t.total)))
    assert told == sorted(told)
    assert len(set(told)) > 8
    assert told[-1] == (tally.total, tally.total) == (2 * paths[0].stat().st_size,) * 2
    assert (tally.new, tally.same, tally.read) == (400, 400, 800)


def test_an_archive_is_done_when_its_last_member_is(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "AT_ONCE", 2)
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for k in range(1, 4):
            archive.writestr(f"{k}.json", line(k))
    told: list[int] = []
    paths = [tmp_path / "x.zip"]
    tally = load_files(store, paths, clock=CLOCK, tell=lambda t: told.append(t.done))
    assert 0 < told[0] < told[-1] == tally.total == paths[0].stat().st_size


KILLED = """
import sys
from pathlib import Path
from equipoise.clock import SystemClock
from equipoise.registry import load
from equipoise.registry.store import Store
load.AT_ONCE = 50
with Store(Path(sys.argv[1])) as store:
    load.load_files(store, [Path(sys.argv[2])], clock=SystemClock(),
                    tell=lambda tally: print(tally.read, flush=True))
"""


@pytest.mark.parametrize(
    ("how", "after"),
    [(signal.SIGKILL, 1), (signal.SIGKILL, 4), (signal.SIGINT, 2), (signal.SIGTERM, 3)],
)
def test_a_killed_load_leaves_whole_records_and_goes_on(
    tmp_path: Path, how: signal.Signals, after: int
) -> None:
    file = tmp_path / "x.ndjson"
    file.write_bytes(b"".join(line(k) for k in range(1, 1201)))
    words = [sys.executable, "-c", KILLED, str(tmp_path / "home"), str(file)]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as child:
        assert child.stdout
        for _ in range(after):
            said = int(child.stdout.readline())
        time.sleep(0.003 * after)  # into the middle of a batch
        os.kill(child.pid, how)
        rest = child.stdout.read().split()
    assert child.returncode != 0
    kept = int(rest[-1]) if rest else said
    with Store(tmp_path / "home") as store:
        assert kept <= len(store) <= kept + 50
        assert len(store) % 50 == 0
        assert len(store) < 1200
        assert store._row("PRAGMA integrity_check") == ("ok",)
        before = len(store)
        assert list(store.studies()) == [numbered(k) for k in range(1, before + 1)]
        tally = loaded(store, file)
        assert (tally.same, tally.new) == (before, 1200 - before)
        assert store.get("NCT00001200") == numbered(1200)


def test_an_interrupted_batch_is_not_kept(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x.ndjson").write_bytes(b"".join(line(k) for k in range(1, 31)))
    monkeypatch.setattr(load, "AT_ONCE", 20)
    put = Store.put

    def interrupted(self: Store, study: dict[str, object], *, source: str, at: str) -> object:
        if source.endswith("line 25"):
            raise KeyboardInterrupt
        return put(self, study, source=source, at=at)

    monkeypatch.setattr(Store, "put", interrupted)
    with pytest.raises(KeyboardInterrupt):
        loaded(store, tmp_path / "x.ndjson")
    assert len(store) == 20


def test_real_records(store: Store) -> None:
    if not RECORDS.exists():
        pytest.skip("the folder of real records is not beside the repository")
    with gzip.open(RECORDS / "ctgov_v2_studies.ndjson.gz") as lines:
        given = [next(lines) for _ in range(60)]
    file = store.path.parent / "real.ndjson"
    file.write_bytes(b"".join(given))
    tally = loaded(store, file)
    assert (tally.new, tally.set_aside) == (60, 0)
    for each in given:
        study = json.loads(each)
        found = store.get(study["protocolSection"]["identificationModule"]["nctId"])
        assert json.dumps(found) == json.dumps(study)
    assert store.path.stat().st_size < file.stat().st_size / 2


def test_real_records_of_the_former_format(store: Store, tmp_path: Path) -> None:
    if not RECORDS.exists():
        pytest.skip("the folder of real records is not beside the repository")
    few = tmp_path / "few.tar.gz"
    with (
        tarfile.open(RECORDS / "ctgov_legacy_xml.tar.xz", "r|xz") as whole,
        tarfile.open(few, "w:gz") as archive,
    ):
        for info in islice((each for each in whole if each.isfile()), 30):
            archive.addfile(info, whole.extractfile(info))
    tally = loaded(store, few)
    assert (tally.new, tally.set_aside) == (30, 0)
    assert all(store.versions(each)[0].source.endswith(f"{each}.xml") for each in store.ids())
    assert all(title(each) for each in store.studies())
