"""Who was screened, who completed and who had an event, counted from participants as published."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from benchmarks.validation.case import DATA, Case, gold
from benchmarks.validation.two_by_two import printed, rows_of
from equipoise.analysis.estimators.binary import risk_ratio
from equipoise.analysis.estimators.descriptive import category_counts

PILOT = DATA / "trials" / "cdisc_pilot01"
PILOT_ARMS = ("Placebo", "Xanomeline Low Dose", "Xanomeline High Dose")


def cases() -> Iterator[Case]:
    """Yield each number compared."""
    yield from disposition()
    yield from screening()
    yield from stroke()
    yield from at_one_year()
    yield from acupuncture()
    yield from asthma()


def disposition() -> Iterator[Case]:
    """Yield who completed the pilot, against R and table 14-1.02."""
    people = pl.read_parquet(PILOT / "adam" / "adsl.parquet")
    with (PILOT / "tables" / "14-1.02.csv").open(newline="", encoding="utf-8") as stream:
        table = {row[0]: row[1:4] for row in csv.reader(stream)}
    theirs = np.reshape(gold()["cdisc.disp"]["result"]["tab"], (2, 3))
    for arm, name in enumerate(PILOT_ARMS):
        at = ("Placebo", "Xanomeline High Dose", "Xanomeline Low Dose").index(name)  # R: by letter
        here = people.filter(pl.col("TRT01P") == name)["COMP24FL"].fill_null("").to_numpy()
        for ours, reference, what in zip(
            category_counts(np.where(here == "Y", "Y", "N"), ["N", "Y"]),
            theirs[:, at],
            ("Early Termination (prior to Week 24)", "Completed Week 24"),
            strict=False,
        ):
            text = table[what][arm].split("(")[0].strip()
            yield Case(
                "CDISC Pilot 01", f"{what}, {name}", float(ours), float(reference), "R table", 0,
                text, "CDISC Pilot 01, table 14-1.02",
            )  # fmt: skip


def screening() -> Iterator[Case]:
    """Yield the numbers of a published flow diagram."""
    log = rows_of("hfno_sedation/hfno_screening_log.csv")
    people = rows_of("hfno_sedation/hfno_participants.csv")
    eligible = [row for row in log if row["screen_eligible"] == "1"]
    invited = [row for row in eligible if row["screeninvited"] == "1"]
    joined = [row for row in invited if row["screenconsented"] == "1"]
    yield from printed(
        "NCT03858257",
        "doi:10.1097/EJA.0000000000001496, flow diagram",
        ("assessed", len(log), "270"),
        ("not eligible", len(log) - len(eligible), "21"),
        ("not invited", len(eligible) - len(invited), "28"),
        ("declined", len(invited) - len(joined), "91"),
        ("randomized", len(people), "130"),
        ("allocated to the mask", sum(row["arm"] == "FACEMASK" for row in people), "66"),
        ("allocated to high flow", sum(row["arm"] == "HFNO" for row in people), "64"),
    )


def stroke() -> Iterator[Case]:
    """Yield strokes within 14 days in the International Stroke Trial, against R and the paper."""
    with gzip.open(DATA / "trials/ist/ist_subset.csv.gz", "rt", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    result = gold()["ist.events14"]["result"]
    paper = "doi:10.1016/S0140-6736(97)04011-7"
    percents = {"isc_or_unknown": ("3.9", "2.8"), "haem": ("0.8", "0.9")}
    causes = {"isc_or_unknown": ("ISC14", "NK14"), "isc": ("ISC14",), "haem": ("H14",)}
    for side, aspirin in enumerate(("N", "Y")):
        here = [row for row in rows if row["RXASP"] == aspirin]
        name = "aspirin" if side else "no aspirin"
        yield Case("IST", f"participants, {name}", len(here), result["n"][side], "R table", 0)
        for what, columns in causes.items():
            had = sum(any(row[column] == "1" for column in columns) for row in here)
            for ours, place in ((len(here) - had, side), (had, 2 + side)):
                kind = "without" if place < 2 else "with"
                told = f"{kind} {what.replace('_', ' ')} stroke, {name}"
                yield Case("IST", told, ours, result[what][place], "R table", 0)
            if what in percents:
                told = f"percent {what.replace('_', ' ')} stroke, {name}"
                yield from printed(
                    "IST", paper, (told, 100 * had / len(here), percents[what][side])
                )


def of_table(name: str, event: str) -> tuple[int, int, int, int]:
    """Return events and participants, treatment then control, of a printed table."""
    found: dict[str, list[int]] = {"treatment": [0, 0], "control": [0, 0]}
    for row in rows_of(f"two_by_two/{name}.csv"):
        found[row["arm"]][0] += int(row["Freq"]) * (row["outcome"] == event)
        found[row["arm"]][1] += int(row["Freq"])
    return (*found["treatment"], *found["control"])  # type: ignore[return-value]


def at_one_year() -> Iterator[Case]:
    """Yield the trial of stents, a year on."""
    counts = of_table("stent365", "stroke")
    yield from printed(
        "SAMMPRIS",
        "doi:10.1056/NEJMoa1105335",
        *(
            (f"stroke or death within the first year, count {place + 1} of 4", count, text)
            for place, (count, text) in enumerate(
                zip(counts, ("45", "224", "28", "227"), strict=True)
            )
        ),
    )


def acupuncture() -> Iterator[Case]:
    """Yield the trial of acupuncture for migraine."""
    counts = of_table("migraine", "yes")
    ratio = float(risk_ratio(*counts).value)
    result: Any = gold()["migraine_acu.rr_wald_log"]["result"]
    yield Case("migraine", "RR free of pain, from the table", ratio, result["rr"], "R")
    texts = ("10", "43", "2", "46")
    yield from printed(
        "migraine",
        "Allais G et al. Neurol Sci 2011;32(Suppl 1):S173-S175",
        *(
            (f"free of pain at 24 h, count {place + 1} of 4", count, text)
            for place, (count, text) in enumerate(zip(counts, texts, strict=True))
        ),
    )


def asthma() -> Iterator[Case]:
    """Yield how many took part; the published results rest on random draws."""
    rows = rows_of("asthma/asthma.csv")
    people = {row["id"] for row in rows}
    paper = "Cro S et al. Stata J 2016;16:443-463"
    yield from printed("asthma", paper, ("participants", len(people), "183"))
