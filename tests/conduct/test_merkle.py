from __future__ import annotations

import hashlib

import pytest

from equipoise.conduct._merkle import inclusion_path, leaf_hash, merkle_root, root_of_path

# The entries and roots of Certificate Transparency's own tests of RFC 6962 (merkle_tree_test.cc).
ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
# The path of the first of the eight entries.
PATH = [
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
]


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_the_published_ones(size: int) -> None:
    assert merkle_root(ENTRIES[:size]).hex() == ROOTS[size]


def test_the_path_is_the_published_one() -> None:
    assert [step.hex() for step in inclusion_path(ENTRIES, 0)] == PATH


def test_a_leaf_has_its_own_prefix() -> None:
    assert leaf_hash(b"x") == hashlib.sha256(b"\0x").digest()


@pytest.mark.parametrize("size", range(1, 20))
def test_every_entry_is_proven_by_its_path_and_by_no_other(size: int) -> None:
    entries = [bytes([number]) for number in range(size)]
    root = merkle_root(entries)
    for index, entry in enumerate(entries):
        path = inclusion_path(entries, index)
        assert root_of_path(entry, index, size, path) == root
        for other in range(-1, size + 2):
            if other != index:
                assert root_of_path(entry, other, size, path) != root
        assert root_of_path(entry + b"x", index, size, path) != root
        assert root_of_path(entry, index, size, (*path, root)) is None
        if path:
            assert root_of_path(entry, index, size, path[1:]) is None
            assert root_of_path(entry, index, size, path[:-1]) is None
            changed = (bytes(32), *path[1:])
            assert root_of_path(entry, index, size, changed) != root


def test_there_is_nothing_to_prove_outside_the_list() -> None:
    assert root_of_path(b"", 0, 0, ()) is None
    assert root_of_path(b"", 1, 1, ()) is None
    assert root_of_path(b"", -1, 2, (bytes(32),)) is None
    assert root_of_path(b"", 2, 2, (bytes(32),)) is None
