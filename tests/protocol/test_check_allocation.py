from __future__ import annotations

from pathlib import Path

import pytest

from tests.protocol.sample import Change, load, load_follow_up, said

READERS = "readers: {pharmacy: prepares, board: opens, duty desk: emergency, notary: recovers}"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            ("design: permuted blocks", "design: minimization"),
            [
                (
                    "allocation.design: minimization cannot be sealed: each arm follows from "
                    "those before, so whoever computes the next one knows it"
                )
            ],
        ),
        (("design: permuted blocks", "design: big stick"), []),
        (
            ("ratio: {balm: 1, salve: 1}", "ratio: {balm: 1, slave: 1}"),
            [
                "allocation.ratio.slave: there is no arm `slave`",
                "allocation.ratio: the ratio does not say how many get arm `salve`",
            ],
        ),
        (
            ("length: 40", "length: 39"),
            ["allocation.length: the list has 39 slots and the rehearsal randomizes 40"],
        ),
        (
            ("strata: [{item: hand}]", "strata: [{item: age_y}]"),
            [
                (
                    "allocation.strata.age_y.item: `age_y` is integer, and strata are the "
                    "codes of a choice"
                )
            ],
        ),
        (
            ("strata: [{item: hand}]", "strata: [{item: sore}]"),
            ["allocation.strata.sore.item: there is no item of a screening form `sore`"],
        ),
        (
            ("right: Right}, label", "right: Right}, required: false, label"),
            [
                (
                    "allocation.strata.hand.item: `hand` need not be answered, and then there "
                    "is no stratum"
                )
            ],
        ),
        (
            ("parties: [statistician, pharmacy]", "parties: [pharmacy, pharmacy]"),
            [
                "allocation.parties: one party alone would know the whole sequence",
                'allocation.parties: party "pharmacy" is named twice',
            ],
        ),
        (
            (READERS, "readers: {pharmacy: prepares, duty desk: emergency, notary: recovers}"),
            [
                (
                    "allocation.readers: no reader opens, so the allocation could never be "
                    "opened to the analysis"
                )
            ],
        ),
        (
            (READERS, "readers: {board: opens, duty desk: emergency, notary: recovers}"),
            ["allocation.readers: no reader prepares, so nobody could mix the bags"],
        ),
        (
            (READERS, "readers: {pharmacy: prepares, board: opens, notary: recovers}"),
            [
                (
                    "warning allocation.readers: no reader emergency, so a slot could not be "
                    "opened in an emergency"
                )
            ],
        ),
        (
            ("notary: recovers", "notary: recovers, vault: opens"),
            ["allocation.readers: 2 readers are for `opens`"],
        ),
        (
            ("board: opens", "investigator: opens"),
            [
                (
                    'allocation.readers.investigator: "investigator" is masked and could read '
                    "the sealed slots"
                )
            ],
        ),
        (
            ("  unmasked: [pharmacist]", "  unmasked: [pharmacist, investigator]"),
            ["masking.unmasked.#2: the investigator is masked and unmasked"],
        ),
        (
            ("  unmasked: [pharmacist]", "  unmasked: []"),
            ["masking.unmasked: the mixtures differ and nobody may know which is which"],
        ),
        (
            ("  opening_signed_by: [investigator]\n", ""),
            ["masking: nobody signs the opening of the allocation"],
        ),
        (
            (
                "window_h: 2\n    by: participant\n    forms: [diary]\n\n",
                "window_h: 2\n    by: pharmacist\n    forms: [diary]\n\n",
            ),
            ["warning schedule.night.by: the pharmacist records an outcome here and is not masked"],
        ),
    ],
)
def test_allocation_and_masking(tmp_path: Path, change: Change, expected: list[str]) -> None:
    assert said(load(tmp_path, change)) == expected


@pytest.mark.parametrize("field", ["block_sizes: [4]", "imbalance_limit: 2", "seed: 7"])
def test_what_would_let_people_guess_is_not_in_a_protocol(tmp_path: Path, field: str) -> None:
    loaded = load(tmp_path, ("  length: 40", f"  length: 40\n  {field}"))
    (problem,) = loaded.problems
    assert loaded.protocol is None
    assert "there is no field" in problem.what
    assert "sealed" in problem.todo


def test_the_assessor_of_a_follow_up_stays_masked(tmp_path: Path) -> None:
    loaded = load_follow_up(tmp_path, ("by: outcomes assessor", "by: monitoring board"))
    assert said(loaded) == [
        "warning schedule.year.by: the monitoring board records an outcome here and is not masked"
    ]
