from __future__ import annotations

import json

from equipoise.exchange import ctgov_paths
from tests.exchange.real import DATA, needs_data


@needs_data
def test_every_path_leads_to_a_part_of_the_api() -> None:
    path = DATA / "schema" / "ctgov-api-v2-study-metadata.json"
    found = {name: value for name, value in vars(ctgov_paths).items() if name.isupper()}
    assert len(found) > 10
    for name, value in found.items():
        place = json.loads(path.read_text(encoding="utf-8"))
        for piece in value.split("."):
            children = {each["name"]: each.get("children", []) for each in place}
            assert piece in children, name
            place = children[piece]
