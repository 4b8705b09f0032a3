"""What a person sees and does, in Chromium."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from equipoise.registry.page import render
from equipoise.registry.source import records
from tests.registry.sample import put, record

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright drives the browser")

TODAY = date(2026, 11, 23)
CRITERIA = "Inclusion Criteria:\n\n* Sore hand\n\nExclusion Criteria:\n\n* Burn\n* Allergy to balm"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium is installed")
    with sync_api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield found
        found.close()


def _study() -> dict[str, Any]:
    study = record()
    put(study, "protocolSection.eligibilityModule.eligibilityCriteria", CRITERIA)
    return study


def _file(folder: Path, study: Any, language: str = "en") -> str:
    path = folder / f"{language}.html"
    path.write_text(render(study, language=language, today=TODAY), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def faults() -> list[str]:
    return []


def _open(browser: Any, url: str, faults: list[str], **options: Any) -> Any:
    page = browser.new_page(**options)
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda asked: faults.append(asked.url) if asked.url != url else None)
    page.goto(url)
    return page


def test_a_made_up_patient_is_tried(browser: Any, tmp_path: Path, faults: list[str]) -> None:
    page = _open(browser, _file(tmp_path, _study()), faults)
    verdict = page.locator(".verdict")
    assert verdict.inner_text() == "Open – answers missing: 4"
    page.fill("input[name=age]", "40")
    page.check("input[name=a1][value=yes]")
    page.check("input[name=a2][value=no]")
    assert verdict.inner_text() == "Open – answers missing: 1"
    page.check("input[name=a3][value=no]")
    assert verdict.inner_text() == "Eligible by this list"
    page.check("input[name=a2][value=yes]")
    page.fill("input[name=age]", "17")
    assert verdict.inner_text() == "Not eligible – because of: age, 2"
    page.fill("input[name=age]", "80.9")  # eighty until the next birthday
    assert verdict.inner_text() == "Not eligible – because of: 2"
    page.fill("input[name=age]", "81")
    assert verdict.inner_text() == "Not eligible – because of: age, 2"
    page.click("button[type=reset]")
    sync_api.expect(verdict).to_have_text("Open – answers missing: 4")
    page.close()
    assert faults == []


def test_a_bound_of_sex_is_asked(browser: Any, tmp_path: Path, faults: list[str]) -> None:
    study = _study()
    put(study, "protocolSection.eligibilityModule.sex", "FEMALE")
    page = _open(browser, _file(tmp_path, study), faults)
    page.check("input[name=sex][value=MALE]")
    assert page.locator(".verdict").inner_text() == "Not eligible – because of: sex"
    page.close()
    assert faults == []


def test_without_script_it_is_a_plain_checklist(
    browser: Any, tmp_path: Path, faults: list[str]
) -> None:
    page = _open(browser, _file(tmp_path, _study()), faults, java_script_enabled=False)
    assert page.locator(".criteria li").count() == 3
    assert page.locator(".criteria .text").first.is_visible()
    assert not page.locator(".verdict").is_visible()
    assert not page.locator(".answer").first.is_visible()
    page.close()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("which", ["flagship", "sample"])
def test_nothing_is_wider_than_the_screen(
    browser: Any, tmp_path: Path, faults: list[str], language: str, which: str
) -> None:
    study = next(iter(records("NCT05718544"))).study if which == "flagship" else record()
    page = _open(browser, _file(tmp_path, study, language), faults)
    for width in (360, 768, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") == width
    page.close()
    assert faults == []


def test_the_rail_stays_beside_the_text_on_wide_screens(
    browser: Any, tmp_path: Path, faults: list[str]
) -> None:
    page = _open(
        browser, _file(tmp_path, record()), faults, viewport={"width": 1280, "height": 800}
    )
    page.click(".rail a[href='#events']")
    here = page.locator(".rail [aria-current]")
    sync_api.expect(here).to_have_attribute("href", "#events")
    assert page.locator(".rail").bounding_box()["y"] <= 1
    page.close()
    assert faults == []


def test_a_script_in_a_record_does_not_run(browser: Any, tmp_path: Path, faults: list[str]) -> None:
    study = record()
    evil = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    put(study, "protocolSection.identificationModule.briefTitle", evil)
    put(study, "protocolSection.descriptionModule.briefSummary", evil)
    page = _open(browser, _file(tmp_path, study), faults)
    assert "owned" not in page.evaluate("document.title").replace("document.title='owned'", "")
    assert page.locator("main img").count() == 0
    assert evil in page.locator("h1").inner_text()
    page.close()
    assert faults == []


def test_what_is_folded_is_printed(browser: Any, tmp_path: Path, faults: list[str]) -> None:
    study = record()
    put(study, "protocolSection.descriptionModule.detailedDescription", "A long story. " * 600)
    page = _open(browser, _file(tmp_path, study), faults)
    assert not page.get_by_text("A long story.").is_visible()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.get_by_text("A long story.").is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not page.get_by_text("A long story.").is_visible()
    page.emulate_media(media="print")
    assert not page.locator(".rail").is_visible()
    page.close()
    assert faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(
    browser: Any, tmp_path: Path, faults: list[str], scheme: str
) -> None:
    page = _open(browser, _file(tmp_path, record(results=False)), faults, color_scheme=scheme)
    page.emulate_media(color_scheme=scheme)
    weakest = page.evaluate(
        """() => {
          const rgb = text => text.match(/[\\d.]+/g).slice(0, 4).map(Number);
          const light = ([r, g, b]) => { const f = v => (v /= 255) <= .04045 ? v / 12.92
            : ((v + .055) / 1.055) ** 2.4; return .2126 * f(r) + .7152 * f(g) + .0722 * f(b); };
          const ground = e => { for (; e; e = e.parentElement) {
            const c = rgb(getComputedStyle(e).backgroundColor);
            if (c.length === 3 || c[3] > 0) return c; } return scheme; };
          const base = rgb(getComputedStyle(document.body).backgroundColor);
          const scheme = base;
          let worst = 99;
          for (const e of document.querySelectorAll("main *")) {
            const own = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
            if (!own || e.closest("svg") || !e.getClientRects().length) continue;
            const a = light(rgb(getComputedStyle(e).color)), b = light(ground(e));
            worst = Math.min(worst, (Math.max(a, b) + .05) / (Math.min(a, b) + .05));
          }
          return worst;
        }"""
    )
    assert weakest >= 4.5  # WCAG 2.2, 1.4.3
    page.close()


def test_the_record_can_be_taken_out_of_a_file(
    browser: Any, tmp_path: Path, faults: list[str]
) -> None:
    page = browser.new_page()
    page.on("console", lambda message: faults.append(message.text))
    page.goto(_file(tmp_path, record()))
    with page.expect_download() as download:
        page.click(".download a")
    assert download.value.suggested_filename == "NCT00000001.json"
    taken = Path(download.value.path()).read_text(encoding="utf-8")
    assert json.loads(taken) == record()
    page.close()
    assert faults == []
