from __future__ import annotations

import json

from equipoise.language import catalogue
from equipoise.registry.field_names import FIELDS
from tests.exchange.real_records import real


def test_each_name_is_of_a_field_of_the_registry() -> None:
    paths: set[str] = set()

    def walk(pieces: list[dict[str, object]], above: str) -> None:
        for piece in pieces:
            path = f"{above}.{piece['name']}".lstrip(".")
            paths.add(path.removeprefix("protocolSection."))
            walk(piece.get("children", []), path)  # type: ignore[arg-type]

    walk(json.loads(real("schema/ctgov-api-v2-study-metadata.json").read_text("utf-8")), "")
    assert set(FIELDS) - paths == set()


def test_each_name_is_said_in_chinese() -> None:
    assert set(FIELDS.values()) - set(catalogue("zh")) == set()
