"""How long records take to load, and what they take on the disk and in memory.

python benchmarks/bench_registry_load.py           print the table
python benchmarks/bench_registry_load.py --write   write it

It wants real records, API v2 studies and public XML, in a folder beside the project. They are
loaded as they are, then once more, and then as 110,000 records: the same studies in turn under
other numbers, so that sizes and fields are those of real ones. Each load is a process of its own.
``--write`` keeps the figures in `benchmarks/record/registry_load.json` and the table in
`docs/registry/loading.md`.
"""

from __future__ import annotations

import gzip
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import Any

from equipoise.clock import SystemClock
from equipoise.registry.load import load_files
from equipoise.registry.store import Store

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[1] / "shared" / "data" / "registry" / "records"
RECORD = HERE / "record" / "registry_load.json"
PAGE = HERE.parent / "docs" / "registry" / "loading.md"
MARK = "<!-- table -->\n"
MANY = 110_000


def main() -> None:
    """Measure, and print or write."""
    if "--one" in sys.argv:
        print(json.dumps(_one(Path(sys.argv[2]), Path(sys.argv[3]))))
        return
    if not DATA.is_dir():
        print("The folder of test data is not there; nothing was measured.")
        return
    json_file, xml_file = DATA / "ctgov_v2_studies.ndjson.gz", DATA / "ctgov_legacy_xml.tar.xz"
    with tempfile.TemporaryDirectory() as folder:
        found = measure(json_file, xml_file, Path(folder))
    text = table(found)
    if "--write" in sys.argv:
        RECORD.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(MARK)
        after = rest.partition(MARK)[2]
        PAGE.write_text(f"{before}{MARK}\n{text}\n{MARK}{after}", encoding="utf-8")
    else:
        print(text)


def measure(json_file: Path, xml_file: Path, folder: Path) -> dict[str, Any]:
    """Return the figures of all loads."""
    real, many = folder / "real", folder / "many"
    loads = {"JSON": _child(real, json_file), "JSON, once more": _child(real, json_file)}
    loads["XML"] = _child(real, xml_file)
    loads["XML, once more"] = _child(real, xml_file)
    packed = folder / "many.ndjson.gz"
    json_bytes = _renumbered(real, packed)
    loads[f"{MANY:,} records"] = {**_child(many, packed), "json_mb": json_bytes / 1e6}
    loads[f"{MANY:,} records, once more"] = _child(many, packed)
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}",
        "busy": round(os.getloadavg()[2], 1),
        "loads": loads,
    }


def _renumbered(store: Path, to: Path) -> int:
    """Write ``MANY`` records to a file, one a line; return their size in bytes."""
    written = 0
    with Store(store) as held, gzip.open(to, "wb", compresslevel=1) as lines:
        for k, study in enumerate(islice(_over_and_over(held), MANY)):
            study["protocolSection"]["identificationModule"]["nctId"] = f"NCT{90_000_000 - k:08}"
            line = json.dumps(study, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            written += len(line)
            lines.write(line)
    return written


def _over_and_over(store: Store) -> Any:
    while True:
        yield from store.studies()


def _child(store: Path, file: Path) -> dict[str, Any]:
    words = [sys.executable, __file__, "--one", str(store), str(file)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _one(folder: Path, file: Path) -> dict[str, Any]:
    begun_s, cpu_s = time.perf_counter(), time.process_time()
    with Store(folder) as store:
        tally = load_files(store, [file], clock=SystemClock(), tell=lambda _: None)
    return {
        "records": tally.read,
        "set_aside": tally.set_aside,
        "wall_s": time.perf_counter() - begun_s,
        "cpu_s": time.process_time() - cpu_s,
        "store_mb": sum(each.stat().st_size for each in folder.iterdir()) / 1e6,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
    }


def table(found: dict[str, Any]) -> str:
    """Return the figures as Markdown."""
    lines = [
        f"{found['machine']}; load of the last 15 minutes {found['busy']}.",
        "",
        "| load | records | CPU | records a CPU second | wall | store after it | memory, peak |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name, each in found["loads"].items():
        lines.append(
            f"| {name} | {each['records']:,} | {each['cpu_s']:.1f} s"
            f" | {each['records'] / each['cpu_s']:,.0f} | {each['wall_s']:.1f} s"
            f" | {each['store_mb']:,.0f} MB | {each['memory_mb']:,.0f} MB |"
        )
    many = found["loads"][f"{MANY:,} records"]
    share = many["json_mb"] / many["store_mb"]
    packed = f"{MANY:,} records are {many['json_mb']:,.0f} MB of JSON, {share:.1f} times the store."
    lines += ["", packed]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
