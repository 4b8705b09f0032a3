from __future__ import annotations

from pathlib import Path

import pytest

from equipoise.protocol.load import canonical, from_canonical
from tests.protocol.sample import (
    TRIAL,
    Change,
    changed,
    load,
    load_follow_up,
    load_text,
    said,
)

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


ALLOCATOR = ("design: permuted blocks", 'design: minimization\n  allocator: {probability: "0.8"}')
STOCK = (ALLOCATOR, ("recovers}", "recovers, robot: allocates}"), ("length: 40", "length: 44"))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ((), []),
        (
            [("robot: allocates", "robot: opens")],
            [
                "allocation.readers: no reader allocates, so the allocator could not know the arms",
                "allocation.readers: 2 readers are for `opens`",
            ],
        ),
        (
            [("robot: allocates", "robot: allocates, second: allocates")],
            ["allocation.readers: 2 readers are for `allocates`"],
        ),
        (
            [("robot: allocates", "investigator: allocates")],
            [
                (
                    'allocation.readers.investigator: "investigator" is masked and could read the '
                    "sealed slots"
                )
            ],
        ),
        (
            [('probability: "0.8"', 'probability: "0.5"')],
            ["allocation.allocator.probability: 0.5 does not favour balance"],
        ),
        (
            [("strata: [{item: hand}]", "strata: []")],
            ["allocation.strata: minimization has no factors to balance"],
        ),
        ([("length: 44", "length: 45")], ["allocation.length: 45 kits do not hold the ratio"]),
        (
            [("length: 44", "length: 42")],
            [
                (
                    "warning allocation.length: the rehearsal randomizes 40, and of 42 kits one "
                    "arm's may run out before"
                )
            ],
        ),
        (
            [("design: minimization", "design: complete")],
            [
                "allocation.allocator: `complete` takes the slots in order, without an allocator",
                "allocation.readers: `complete` has nothing for a reader that allocates",
            ],
        ),
    ],
)
def test_minimization_by_an_allocator(
    tmp_path: Path, changes: list[Change], expected: list[str]
) -> None:
    text = changed(TRIAL, *STOCK)
    assert said(load_text(tmp_path, "XX0001", changed(text, *changes))) == expected


def test_a_probability_is_one(tmp_path: Path) -> None:
    text = changed(TRIAL, *STOCK, ('probability: "0.8"', 'probability: "1"'))
    loaded = load_text(tmp_path, "XX0001", text)
    assert loaded.protocol is None
    assert any(each.startswith("allocation.allocator.probability: ") for each in said(loaded))


def test_without_an_allocator_the_canonical_text_is_what_it_was(tmp_path: Path) -> None:
    protocol = load(tmp_path).protocol
    assert protocol
    assert "allocator" not in canonical(protocol)
    minimizing = load_text(tmp_path, "XX0001", changed(TRIAL, *STOCK)).protocol
    assert minimizing
    assert '"allocator":{"probability":"0.8"}' in canonical(minimizing)
    assert from_canonical(canonical(minimizing), None) == minimizing


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
