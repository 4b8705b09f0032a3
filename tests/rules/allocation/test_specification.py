from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from equipoise.errors import Problem
from equipoise.rules.allocation import Annex, Specification, check_annex
from tests.refusal import refusal
from tests.rules.allocation import twin

VECTORS: list[dict[str, Any]] = json.loads(twin.VECTORS.read_text("utf-8"))
NONCE = bytes(range(32))
SPEC = Specification("T", ("a", "b"), (2, 1), "permuted blocks", ("f", "m"), 30)


# --- the specification --------------------------------------------------------------------------


def test_the_canonical_form_is_sorted_json() -> None:
    stated = (
        b'{"arms":["a","b"],"design":"permuted blocks","format":"equipoise-allocation/1",'
        b'"generator":"hmac-sha256-ctr/1","length":30,"ratio":[2,1],"strata":["f","m"],'
        b'"trial":"T"}'
    )
    assert SPEC.canonical() == stated
    assert SPEC.digest == hashlib.sha256(stated).digest()
    assert SPEC.ratio_text == "2:1"


@pytest.mark.parametrize(
    "changed",
    [
        {"trial": "U"},
        {"arms": ("b", "a")},
        {"ratio": (1, 2)},
        {"design": "complete"},
        {"strata": ("m", "f")},
        {"length": 31},
    ],
)
def test_every_field_changes_the_digest(changed: dict[str, Any]) -> None:
    assert replace(SPEC, **changed).digest != SPEC.digest


@pytest.mark.parametrize("case", VECTORS, ids=range(len(VECTORS)))
def test_digest_and_annex_commitment_are_the_published_ones(case: dict[str, Any]) -> None:
    spec = Specification(
        case["trial"],
        tuple(case["arms"]),
        tuple(case["ratio"]),
        case["design"],
        tuple(case["strata"]),
        case["length"],
    )
    annex = Annex(bytes.fromhex(case["nonce"]), case["block_sizes"], case["limit"])
    assert spec.digest.hex() == case["specification_digest"]
    assert annex.commitment(spec).hex() == case["annex_commitment"]


MINIMIZATION = (
    "minimization assigns each participant from the arms of those before, so the server"
    " would have to know every arm"
)
LABEL = "Use one line of composed (NFC) text."


@pytest.mark.parametrize(
    ("changed", "where", "what", "todo"),
    [
        ({"trial": ""}, "trial", "'' is not a plain label", LABEL),
        ({"trial": " "}, "trial", "' ' is not a plain label", LABEL),
        ({"trial": "T "}, "trial", "'T ' is not a plain label", LABEL),
        ({"trial": "\ud800"}, "trial", "'\\ud800' is not a plain label", LABEL),
        ({"arms": ("a", "b\nc")}, "arms", "'b\\nc' is not a plain label", LABEL),
        ({"strata": ("e\u0301",)}, "strata", "'e\u0301' is not a plain label", LABEL),
        ({"strata": ()}, "strata", "there are none", "Give at least one label."),
        ({"arms": ()}, "arms", "there are none", "Give at least one label."),
        ({"strata": ("f", "f")}, "strata", "a label is given twice", "Give each label once."),
        ({"arms": ("a", "a")}, "arms", "a label is given twice", "Give each label once."),
        ({"arms": ("a",)}, "arms", "1 arms is not possible", "Give 2 to 256."),
        (
            {"arms": tuple(map(str, range(257)))},
            "arms",
            "257 arms is not possible",
            "Give 2 to 256.",
        ),
        (
            {"ratio": (1, 1, 1)},
            "ratio",
            "1:1:1 does not give every arm a share",
            "Give one whole number from 1 for each arm.",
        ),
        (
            {"ratio": (1, 0)},
            "ratio",
            "1:0 does not give every arm a share",
            "Give one whole number from 1 for each arm.",
        ),
        ({"ratio": (6, 4)}, "ratio", "6:4 is not in lowest terms", "Write 3:2."),
        ({"ratio": (2, 2)}, "ratio", "2:2 is not in lowest terms", "Write 1:1."),
        (
            {"design": "minimization"},
            "design",
            MINIMIZATION,
            "Use the big stick design, stratified by the one or two factors that matter most.",
        ),
        (
            {"design": "urn"},
            "design",
            "'urn' is not known",
            "Use one of permuted blocks, big stick, complete.",
        ),
        (
            {"generator": "mt19937"},
            "generator",
            "'mt19937' is not known",
            "Use hmac-sha256-ctr/1.",
        ),
        ({"length": 0}, "length", "0 slots is not possible", "Give 1 to 100000."),
        ({"length": 100_001}, "length", "100001 slots is not possible", "Give 1 to 100000."),
    ],
)
def test_a_specification_that_cannot_be_used_is_refused(
    changed: dict[str, Any], where: str, what: str, todo: str
) -> None:
    assert refusal(replace, SPEC, **changed) == Problem(f"allocation.{where}", what, todo)


@pytest.mark.parametrize(
    "changed",
    [
        {"length": 1},
        {"length": 100_000},
        {"arms": tuple(map(str, range(256))), "ratio": (1,) * 256},
        {"trial": "中心 一 é"},
        {"arms": ("a", "b", "c"), "ratio": (3, 2, 1)},
    ],
)
def test_the_bounds_themselves_are_allowed(changed: dict[str, Any]) -> None:
    assert replace(SPEC, **changed) != SPEC


# --- the annex ----------------------------------------------------------------------------------


def _annex(*arguments: Any, **options: Any) -> Annex:
    return Annex(NONCE, *arguments, **options)


@pytest.mark.parametrize(
    ("design", "annex"),
    [
        ("permuted blocks", _annex((3,))),
        ("permuted blocks", _annex([3, 6])),
        ("big stick", _annex(limit=1)),
        ("complete", _annex()),
    ],
)
def test_an_annex_that_fits_is_accepted(design: str, annex: Annex) -> None:
    check_annex(replace(SPEC, design=design), annex)


TWICE = "a block size is given twice"
BELONGS = "it does not belong to the design"


@pytest.mark.parametrize(
    ("design", "annex", "what", "todo"),
    [
        ("permuted blocks", _annex(), BELONGS, "Give block sizes and no limit."),
        ("permuted blocks", _annex(limit=3), BELONGS, "Give block sizes and no limit."),
        ("permuted blocks", _annex((3,), 3), BELONGS, "Give block sizes and no limit."),
        ("big stick", _annex(), BELONGS, "Give a limit and no block sizes."),
        ("big stick", _annex((3,)), BELONGS, "Give a limit and no block sizes."),
        ("big stick", _annex((3,), 3), BELONGS, "Give a limit and no block sizes."),
        ("complete", _annex((3,)), BELONGS, "Give neither block sizes nor a limit."),
        ("complete", _annex(limit=3), BELONGS, "Give neither block sizes nor a limit."),
        (
            "permuted blocks",
            _annex((3, 17)),
            "a block size does not hold the ratio 2:1 a whole number of times",
            "Give multiples of 3.",
        ),
        (
            "permuted blocks",
            _annex((3, 6, 3)),
            "a block size is given twice",
            "Give each size once.",
        ),
    ],
)
def test_an_annex_that_does_not_fit_is_refused_without_telling_it(
    design: str, annex: Annex, what: str, todo: str
) -> None:
    problem = refusal(check_annex, replace(SPEC, design=design), annex)
    if what == BELONGS:
        what = f"{BELONGS} {design!r}"
    assert problem == Problem("allocation.annex", what, todo)
    assert "17" not in str(problem)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_the_nonce_has_32_bytes(size: int) -> None:
    assert refusal(Annex, bytes(size)) == Problem(
        "allocation.annex",
        f"the nonce has {size} bytes instead of 32",
        "Draw it from the operating system's generator.",
    )


@pytest.mark.parametrize(
    "terms",
    [((0,), None), ((4, -4), None), ((4.0,), None), ((True,), None), ((), 0), ((), "3"), ((), 2.5)],
)
def test_block_sizes_and_limits_are_whole_numbers(terms: Any) -> None:
    assert refusal(Annex, NONCE, *terms) == Problem(
        "allocation.annex",
        "a block size or the limit is not a whole number from 1",
        "Give whole numbers; 4 and 6 as block sizes or 3 as a limit are usual.",
    )


def test_an_annex_is_written_and_read() -> None:
    annex = Annex(NONCE, [4, 6], None)
    text = annex.disclose()
    assert text == '{"block_sizes":[4,6],"limit":null,"nonce":"' + NONCE.hex() + '"}'
    assert Annex.from_text(text).reveal() == annex.reveal() == (NONCE, (4, 6), None)
    assert Annex.from_text(_annex(limit=3).disclose()).reveal() == (NONCE, (), 3)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "3",
        "[" * 100_000,
        '{"block_sizes":[4],"limit":null}',
        '{"block_sizes":[4],"limit":null,"nonce":null}',
        '{"block_sizes":[4],"limit":null,"nonce":"00"}',
        '{"block_sizes":4,"limit":null,"nonce":"' + NONCE.hex() + '"}',
        '{"block_sizes":["4"],"limit":null,"nonce":"' + NONCE.hex() + '"}',
        '{"block_sizes":[4],"limit":null,"nonce":"' + NONCE.hex().upper() + '"}',
        '{"block_sizes": [4],"limit":null,"nonce":"' + NONCE.hex() + '"}',
        '{"block_sizes":[4],"limit":null,"nonce":"' + NONCE.hex() + '","x":1}',
    ],
)
def test_any_other_text_is_no_annex(text: str) -> None:
    assert refusal(Annex.from_text, text) == Problem(
        "allocation.annex",
        "the text is not an annex as it was disclosed",
        "Use the text exactly as it was written.",
    )


def test_the_commitment_needs_the_nonce_and_the_specification() -> None:
    one = _annex((3,)).commitment(SPEC)
    assert one != Annex(bytes(32), (3,)).commitment(SPEC)
    assert one != _annex((6,)).commitment(SPEC)
    assert one != _annex((3,)).commitment(replace(SPEC, length=31))
