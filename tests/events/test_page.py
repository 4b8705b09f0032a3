from __future__ import annotations

import runpy
from pathlib import Path
from typing import cast
from xml.etree import ElementTree as ET

import pytest

from equipoise.events.types import Event, fact_types

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = cast("dict[str, str]", runpy.run_path(str(DOCS / "generate_events.py"))["pages"]())


@pytest.mark.parametrize("name", PAGES)
def test_the_committed_page_is_what_the_events_say(name: str) -> None:
    committed = (DOCS / name).read_text(encoding="utf-8")
    assert committed == PAGES[name], "run python docs/generate_events.py"


@pytest.mark.parametrize("kind", fact_types())
def test_every_kind_has_its_section_and_every_field_its_line(kind: str) -> None:
    section = PAGES["events.md"].split(f"\n### {kind}\n")[1].split("\n#")[0]
    for field in fact_types()[kind].model_fields:
        assert f"\n- `{field}`: " in section


def test_every_field_of_an_event_has_its_line() -> None:
    section = PAGES["events.md"].split("\n## What every event says\n")[1].split("\n#")[0]
    for field in Event.model_fields:
        assert f"\n- `{field}`: " in section


def test_nothing_of_another_markup_is_left() -> None:
    assert "``" not in PAGES["events.md"].replace("```", "")
    assert ":class:" not in PAGES["events.md"]
    assert "<class" not in PAGES["events.md"]


def test_the_drawing_shows_what_opens_the_way_to_what() -> None:
    svg = "{http://www.w3.org/2000/svg}"
    texts = [text.text for text in ET.fromstring(PAGES["events.svg"]).iter(f"{svg}text")]  # noqa: S314
    assert "Randomized" in texts
    assert "FormRecorded" not in texts
