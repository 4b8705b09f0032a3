"""Adverse events against R and the tables of the CDISC pilot's study report."""

from __future__ import annotations

import csv
from collections.abc import Iterator

import polars as pl

from benchmarks.validation.case import DATA, Case, gold
from equipoise.analysis.adverse_events import Line, Reported, Table, tabulate

PILOT = DATA / "trials" / "cdisc_pilot01"
ARMS = ("Xanomeline Low Dose", "Xanomeline High Dose", "Placebo")
COLUMNS = (3, 5, 1)  # of the printed tables, in the order of ARMS
P_COLUMNS = (7, 8)


def cases() -> Iterator[Case]:
    """Yield each number compared."""
    table = pilot()
    every, known = table.kinds["any"], gold()["cdisc.ae_any"]["result"]
    for arm, n, count in zip(ARMS, table.n, every.counts, strict=True):
        for what, value, key in (
            ("in the safety set", n, "N"),
            ("with an event", count.people, "subj"),
            ("events", count.events, "events"),
        ):
            yield Case(f"CDISC pilot, {arm}", what, value, known[key][arm], "R", 0)
    for p, key in zip(every.p_values, ("p_low", "p_high"), strict=True):
        yield Case("CDISC pilot", f"Fisher, {key}", float(p), known[key], "R fisher.test")
    for name, ours in (("14-5.01", table), ("14-5.02", pilot(serious=True))):
        cells = list(_printed(ours, name))
        yield from cells[:8]  # of any event
        differing = sum(not cell.agrees for cell in cells)
        what = f"table {name}: of {len(cells)} cells printed, those that differ"
        yield Case("CDISC pilot", what, differing, 0, "SAS", 0)


def pilot(*, serious: bool = False) -> Table:
    """Return the treatment-emergent events of the pilot, or only the serious ones."""
    people = pl.read_parquet(PILOT / "adam" / "adsl.parquet").filter(pl.col("SAFFL") == "Y")
    arm_of = dict(people.select("USUBJID", "TRT01A").iter_rows())
    events = pl.read_parquet(PILOT / "adam" / "adae.parquet").filter(pl.col("TRTEMFL") == "Y")
    reported = [
        Reported(
            participant=row["USUBJID"],
            organ_system=row["AEBODSYS"],
            term=row["AEDECOD"],
            severity=row["AESEV"].lower(),
            serious=row["AESER"] == "Y",
            outcome="fatal" if row["AEOUT"] == "FATAL" else "",
        )
        for row in events.iter_rows(named=True)
    ]
    return tabulate(arm_of, ARMS, [each for each in reported if each.serious or not serious])


def _printed(table: Table, name: str) -> Iterator[Case]:
    """Yield, for each row of a printed table, what it prints and what we count.

    Each cell is one case: people and events of an arm, or a P value.
    """
    with (PILOT / "tables" / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.reader(file) if row[0] and (row[1] == "0" or "(" in row[1])]
    ours = {(each.organ_system, each.term): each for each in table.lines}
    system = ""
    for row in rows:
        if row[0].startswith(("System", "ANY")):
            line = table.kinds["any"]
            if row[0].startswith("System"):
                continue
        elif (row[0], "") in ours and (system, row[0]) not in ours:
            system, line = row[0], ours[row[0], ""]
        else:
            line = ours[system, row[0]]
        yield from _row(line, row, name)


def _row(line: Line, row: list[str], name: str) -> Iterator[Case]:
    for arm, count, place in zip(ARMS, line.counts, COLUMNS, strict=True):
        people, events = row[place].split("(")[0].strip(), row[place + 1].strip("[]") or "0"
        where = f"CDISC pilot, table {name}, {arm}"
        yield Case(where, f"{row[0]}: people", count.people, None, "", 0, people, "SAS")
        yield Case(where, f"{row[0]}: events", count.events, None, "", 0, events, "SAS")
    for arm, p, place in zip(ARMS, line.p_values, P_COLUMNS, strict=False):
        printed = row[place].strip("*")
        if printed and not printed.startswith((">", "<")):
            what = f"{row[0]}: Fisher's P"
            where = f"CDISC pilot, table {name}, {arm}"
            yield Case(where, what, float(p), None, "", 0, printed, "SAS")
