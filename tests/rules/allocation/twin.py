"""The allocation a second time, written from docs/allocation.md with nothing but hashlib.

It shares no line with the product: HMAC is spelled out, words are cut from a growing tape, blocks
are drawn by exchange in place, and the big stick asks what the imbalance would be. Run as a
script it prints the published vectors.
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).with_name("vectors.json")


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    if len(key) > 64:
        key = sha256(key).digest()
    key += bytes(64 - len(key))
    inner = sha256(bytes(b ^ 0x36 for b in key) + message).digest()
    return sha256(bytes(b ^ 0x5C for b in key) + inner).digest()


def lengths_first(*texts: str | bytes) -> bytes:
    joined = b""
    for text in texts:
        raw = text if isinstance(text, bytes) else bytes(text, "utf-8")
        joined += bytes.fromhex(f"{len(raw):016x}") + raw
    return joined


class Tape:
    def __init__(self, seed: bytes, trial: str, stratum: str) -> None:
        self.seed, self.read, self.made, self.bytes = seed, 0, 0, b""
        self.name = lengths_first("equipoise/allocation", "hmac-sha256-ctr/1", trial, stratum)

    def word(self) -> int:
        if self.read == len(self.bytes):
            self.bytes += hmac_sha256(self.seed, self.name + bytes.fromhex(f"{self.made:016x}"))
            self.made += 1
        self.read += 4
        a, b, c, d = self.bytes[self.read - 4 : self.read]
        return ((a * 256 + b) * 256 + c) * 256 + d

    def pick(self, n: int) -> int:
        whole = 4294967296 // n
        while True:
            word = self.word()
            if word // n < whole:
                return word - word // n * n


def sequence(case: dict[str, Any], stratum: str) -> list[int]:
    tape = Tape(bytes.fromhex(case["seed"]), case["trial"], stratum)
    places: list[int] = []
    for arm, weight in enumerate(case["ratio"]):
        places.extend([arm] * weight)
    result: list[int] = []
    if case["design"] == "complete":
        while len(result) < case["length"]:
            result.append(places[tape.pick(len(places))])
    elif case["design"] == "permuted blocks":
        while len(result) < case["length"]:
            size = case["block_sizes"][tape.pick(len(case["block_sizes"]))]
            block: list[int] = []
            while len(block) < size:
                block.extend(places)
            left = size
            while left > 1:
                chosen = tape.pick(left)
                left -= 1
                block[chosen], block[left] = block[left], block[chosen]
            result.extend(block)
        del result[case["length"] :]
    else:
        seen = [0 for _ in places]
        while len(result) < case["length"]:
            allowed = []
            for place in range(len(places)):
                then = [n + (i == place) for i, n in enumerate(seen)]
                if max(then) - min(then) <= case["limit"]:
                    allowed.append(place)
            place = allowed[tape.pick(len(allowed))]
            seen[place] += 1
            result.append(places[place])
    return result


def spec_digest(case: dict[str, Any]) -> bytes:
    quoted = {k: json.dumps(case[k], ensure_ascii=False) for k in ("trial", "design")}
    lists = {
        k: "[" + ",".join(json.dumps(x, ensure_ascii=False) for x in case[k]) + "]"
        for k in ("arms", "ratio", "strata")
    }
    text = (
        '{"arms":' + lists["arms"] + ',"design":' + quoted["design"]
        + ',"format":"equipoise-allocation/1","generator":"hmac-sha256-ctr/1","length":'
        + str(case["length"]) + ',"ratio":' + lists["ratio"] + ',"strata":' + lists["strata"]
        + ',"trial":' + quoted["trial"] + "}"
    )  # fmt: skip
    return sha256(text.encode()).digest()


def annex_commitment(case: dict[str, Any]) -> bytes:
    sizes = ",".join(str(size) for size in case["block_sizes"])
    limit = "null" if case["limit"] is None else str(case["limit"])
    text = '{"block_sizes":[' + sizes + '],"limit":' + limit + ',"nonce":"' + case["nonce"] + '"}'
    return sha256(lengths_first("equipoise/annex/1", spec_digest(case), text)).digest()


def part_commitment(case: dict[str, Any], party: str) -> bytes:
    part = bytes.fromhex(case["parts"][party])
    known = (spec_digest(case), annex_commitment(case), party, part)
    return sha256(lengths_first("equipoise/seed-part/1", *known)).digest()


def seed(case: dict[str, Any]) -> bytes:
    told = lengths_first("equipoise/seed/1", case["trial"])
    for party in sorted(case["parts"]):
        told += lengths_first(party, bytes.fromhex(case["parts"][party]))
    return sha256(told).digest()


def slot_commitment(trial: str, stratum: str, slot: int, arm: int, nonce: bytes) -> bytes:
    four = bytes.fromhex(f"{slot:08x}")
    told = lengths_first("equipoise/slot/1", trial, stratum, four, bytes([arm]), nonce)
    return sha256(told).digest()


CASES: list[dict[str, Any]] = [
    {
        "trial": "NCT00000001", "arms": ["a", "b"], "ratio": [1, 1],
        "design": "permuted blocks", "strata": ["all"], "length": 40,
        "block_sizes": [4], "limit": None,
    },
    {
        "trial": "NCT00000001", "arms": ["a", "b"], "ratio": [1, 1],
        "design": "permuted blocks", "strata": ["sex=f", "sex=m"], "length": 41,
        "block_sizes": [4, 6, 8], "limit": None,
    },
    {
        "trial": "多臂试验", "arms": ["x", "y", "z"], "ratio": [3, 2, 1],
        "design": "permuted blocks", "strata": ["中心=一", "中心=二"], "length": 36,
        "block_sizes": [6, 12], "limit": None,
    },
    {
        "trial": "NCT00000002", "arms": ["a", "b"], "ratio": [1, 1],
        "design": "big stick", "strata": ["all"], "length": 60,
        "block_sizes": [], "limit": 3,
    },
    {
        "trial": "NCT00000002", "arms": ["a", "b", "c"], "ratio": [2, 1, 1],
        "design": "big stick", "strata": ["s1", "s2"], "length": 50,
        "block_sizes": [], "limit": 2,
    },
    {
        "trial": "NCT00000003", "arms": ["a", "b"], "ratio": [2, 1],
        "design": "complete", "strata": ["all"], "length": 64,
        "block_sizes": [], "limit": None,
    },
]  # fmt: skip


def vectors() -> list[dict[str, Any]]:
    made = []
    for number, bare in enumerate(CASES):
        case = dict(bare)
        case["nonce"] = sha256(b"nonce %d" % number).hexdigest()
        case["parts"] = {
            party: sha256(b"%s %d" % (party.encode(), number)).hexdigest()
            for party in ("statistician", "pharmacy", "监察委员会")
        }
        case["seed"] = seed(case).hex()
        case["specification_digest"] = spec_digest(case).hex()
        case["annex_commitment"] = annex_commitment(case).hex()
        case["part_commitments"] = {p: part_commitment(case, p).hex() for p in case["parts"]}
        tape = Tape(bytes.fromhex(case["seed"]), case["trial"], case["strata"][0])
        case["first_words"] = [tape.word() for _ in range(10)]
        case["sequences"] = {
            stratum: "".join(map(str, sequence(case, stratum))) for stratum in case["strata"]
        }
        made.append(case)
    return made


if __name__ == "__main__":
    VECTORS.write_text(json.dumps(vectors(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
