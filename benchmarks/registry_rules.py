"""How often public records keep each rule: the base rates behind its severity.

python benchmarks/registry_rules.py RECORDS.ndjson.gz           print the table
python benchmarks/registry_rules.py RECORDS.ndjson.gz --write   write it to docs/registry/rules.md
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from equipoise.registry.check import all_rules, check
from equipoise.registry.source import records

PAGE = Path(__file__).resolve().parents[1] / "docs" / "registry" / "rules.md"
MARK = "<!-- table -->\n"


def table(path: str) -> str:
    """Return the share of places in which each rule holds, as a Markdown table."""
    studies = [named.study for named in records(path)]
    lines = ["| rule | severity | source | holds | of | share |", "|---|---|---|--:|--:|--:|"]
    fields: dict[str, list[int]] = {}
    for rule in all_rules():
        looks = [holds for study in studies for _, holds in rule.check(study)]
        held, of = sum(looks), len(looks)
        kind, _, path_ = rule.id.partition(": ")
        if path_:
            counted = fields.setdefault(f"{kind} ({rule.severity})", [0, 0, 0])
            for place, number in enumerate((1, held, of)):
                counted[place] += number
        elif of:
            severity = f"{rule.severity} (older: {rule.older})" if rule.older else rule.severity
            share = f"{held:,} | {of:,} | {held / of:.4f}"
            lines.append(f"| {rule.says} | {severity} | {rule.source} | {share} |")
    for name, (rules, held, of) in sorted(fields.items()):
        lines.append(
            f"| {rules} rules on single fields: {name} | | metadata | {held:,} | {of:,}"
            f" | {held / of:.4f} |"
        )
    begun = time.process_time()
    for study in studies:
        check(study)
    each_ms = 1000 * (time.process_time() - begun) / len(studies)
    return "\n".join(
        [f"{len(studies):,} records, {each_ms:.1f} ms each for all rules.", "", *lines, ""]
    )


def main() -> None:
    """Print or write the table."""
    text = table(sys.argv[1])
    if "--write" in sys.argv:
        before = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
        PAGE.write_text(f"{before}{MARK}\n{text}", encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
