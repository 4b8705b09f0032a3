"""A small trial without mistakes, its follow-up, and what is said when something is changed."""

from __future__ import annotations

from pathlib import Path

from equipoise.protocol.load import Loaded, load_study

TRIAL = """\
study: XX0001
version: 1
effective_on: 2024-02-01
title: {en: Balm after hand surgery, zh: 手部手术后的药膏}
site: {name: City hospital, zone: Europe/Berlin}
consent_version: "1.0"

arms:
  balm: {title: Balm, type: EXPERIMENTAL, mixture: balm}
  salve: {title: Salve, type: PLACEBO_COMPARATOR, mixture: salve}
mixtures:
  balm:
    diluent: water
    volume_ml: 100
    components:
      - {drug: balmol, unit: mg, per_kg: 2, maximum: 150, ampoule: {amount: 50, volume_ml: 5}}
      - {drug: calmol, unit: ug, amount: 40}
  salve:
    diluent: water
    volume_ml: 100
    components: [{drug: calmol, unit: ug, amount: 40}]
pump:
  bolus_ml: 2
  bolus_rate_ml_h: 60
  lockout_min: 10
  background_ml_h: 1
  reservoir_ml: 100
  duration_h: 24
  limit_1h_ml: 10
allocation:
  design: permuted blocks
  ratio: {balm: 1, salve: 1}
  strata: [{item: hand}]
  length: 40
  parties: [statistician, pharmacy]
  readers: {pharmacy: prepares, board: opens, duty desk: emergency, notary: recovers}
masking:
  masked: [participant, investigator, outcomes assessor]
  unmasked: [pharmacist]
  opening_signed_by: [investigator]

eligibility:
  - {id: I1, kind: inclusion, text: Adult, rule: age_y >= 18}
  - {id: E1, kind: exclusion, text: Frail, rule: weight_kg < 40 or child_pugh_class == "C"}
  - {id: E2, kind: exclusion, text: Lost to follow-up, not_applicable: It is missing data.}

forms:
  baseline:
    title: Baseline
    items:
      - {id: age_y, type: integer, range: [0, 110], label: Age}
      - {id: weight_kg, type: decimal, precision: 1, range: [20, 200], label: Weight}
      - {id: heavy, type: boolean, formula: weight_kg > 100, label: Heavy}
      - {id: hand, type: choice, codes: {left: Left, right: Right}, label: Hand}
      - {id: ascites, type: integer, range: [0, 2], label: Ascites}
      - {id: bilirubin_umol_l, type: decimal, precision: 1, range: [0, 900], label: Bilirubin}
    instruments:
      - {name: child_pugh, parts: {encephalopathy_points: "1 + 0 * age_y"}}
  diary:
    title: Diary
    items:
      - {id: sore, type: boolean, label: Sore}
      - {id: soreness, type: integer, range: [0, 10], show_if: sore, label: Soreness}
schedule:
  - {visit: entry, title: Entry, phase: screening, by: investigator, forms: [baseline]}
  - visit: noon
    title: Noon
    phase: treatment
    day: 1
    at: "12:00"
    window_h: 2
    by: participant
    forms: [diary]
  - visit: night
    title: Night
    phase: treatment
    day: 1
    at: "20:00"
    window_h: 2
    by: participant
    forms: [diary]

adverse_events:
  - {term: Itch, organ_system: Skin disorders}
populations:
  all: {title: All randomized, rule: randomized}
endpoints:
  soreness:
    title: Soreness at night
    role: primary
    time_frame: first evening
    variable: {expression: soreness, form: diary, visits: [night]}
    estimand: {population: all, summary: mean difference, compare: [balm, salve]}
    analysis: {method: Welch difference in means}
  ever_sore:
    title: Sore at all
    role: secondary
    time_frame: first day
    variable: {expression: sore, form: diary, visits: [noon, night], over: any}
    estimand: {population: all, summary: risk ratio, compare: [balm, salve]}
    analysis: {method: risk ratio with Wald interval on the log scale}
assumptions:
  - {id: dose, says: The dose is enough., because: Nobody knows., status: assumed}

rehearsal:
  participants: 40
  recruitment: {starts_on: 2024-02-01, per_week: 5, consent: 0.9}
  covariates:
    age_y: {normal: [50, 15], clip: [0, 110]}
    weight_kg: {lognormal: ["60 + 0.1 * age_y", 0.2]}
    hand: {choice: {left: 0.4, right: 0.6}}
    ascites: {choice: {"0": 0.9, "1": 0.1}}
    bilirubin_umol_l: {uniform: [5, 20]}
    tender: {logistic: 0.1 + ascites}
  forms:
    diary:
      sore: {chance: 0.5 + 0.2 * tender}
      soreness: {rounded: {normal: [pain + 0.1 * (hand == 'left'), 1]}, missing: 0.01}
  pain:
    start: 5 + tender
    fading_h: 100
    noise_sd: 1
    noise_time_h: 8
    drug: balmol
    relief: 3
    ce50_ng_ml: 0.1
    rebound: 0
    rebound_h: 1
  effects:
    balmol: {pain: -1.0}
  adverse_events:
    - {term: Itch, chance: 0.05 + 0.01 * tender, median_h: 10}
scenarios:
  hoped: {title: It helps}
  "null":
    title: It does nothing
    set: {effects.balmol.pain: 0.0}
"""

FOLLOW_UP = """\
study: XX0002
version: 1
effective_on: 2024-06-01
extends: XX0001
title: Balm after hand surgery, one year later
consent_version: "2"
eligibility:
  - {id: I1, kind: inclusion, text: Adult, rule: age_y >= 18}
forms:
  call:
    title: Telephone call
    items:
      - {id: well, type: boolean, label: Well}
schedule:
  - visit: year
    title: One year
    phase: follow-up
    month: 12
    window_d: 20
    by: outcomes assessor
    forms: [call]
populations:
  called: {title: Called, rule: randomized and enrolled}
endpoints:
  well:
    title: Well after a year
    role: primary
    time_frame: one year
    variable: {expression: well, form: call, visits: [year]}
    estimand: {population: called, summary: risk ratio, compare: [balm, salve]}
    analysis: {method: risk ratio with Wald interval on the log scale}
    better: higher
rehearsal:
  covariates:
    grit: {uniform: [0, 1]}
  forms:
    call:
      well: {chance: "min(1, 0.5 + 0.2 * grit + effect_mood + 0.1 * sore)"}
  effects:
    balmol: {mood: 0.1}
scenarios:
  hoped: {title: It helps}
"""

Change = tuple[str, str]


def changed(text: str, *changes: Change) -> str:
    """Return ``text`` with each first of a pair, which is there once, replaced by the second."""
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
        text = text.replace(old, new)
    return text


def load(folder: Path, *changes: Change) -> Loaded:
    """Load the trial with ``changes`` from a study folder made in ``folder``."""
    return load_text(folder, "XX0001", changed(TRIAL, *changes))


def load_follow_up(folder: Path, *changes: Change) -> Loaded:
    """Load the follow-up with ``changes``, the trial beside it."""
    load(folder)
    return load_text(folder, "XX0002", changed(FOLLOW_UP, *changes))


def load_text(folder: Path, study: str, text: str) -> Loaded:
    """Load a study from its text."""
    home = folder / study
    home.mkdir(exist_ok=True)
    (home / "protocol.yaml").write_text(text, encoding="utf-8")
    return load_study(home)


def said(loaded: Loaded) -> list[str]:
    """Return each problem as ``severity path: what``, without file and line."""
    return [
        f"{'' if p.severity == 'error' else p.severity + ' '}{p.where.partition(': ')[2]}: {p.what}"
        for p in loaded.problems
    ]


def line_of(text: str, part: str) -> int:
    """Return the line of ``text`` on which ``part`` first stands."""
    return text[: text.index(part)].count("\n") + 1
