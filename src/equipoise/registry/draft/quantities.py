"""The quantities that eligibility criteria ask for, by the names they go by.

One row each: its name, other names, the unit it has when none is written, the values that a
person can have, and how many decimals are entered. Scores and classes that an instrument of this
package computes are found there. A quantity that is not here takes its name from the text.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from equipoise.instruments import instrument, instrument_names
from equipoise.protocol.arithmetic import ARITY
from equipoise.registry.draft.lexing import Unit

UNITS = {
    "y": Unit("year", "y", "age"),
    "kg": Unit("kg", "kg"),
    "cm": Unit("cm", "cm"),
    "bpm": Unit("1/min", "bpm", "heart rate"),
    "per_min": Unit("1/min", "per_min"),
    "mmhg": Unit("mmHg", "mmhg"),
    "%": Unit("%", "percent"),
    "c": Unit("°C", "c", "temperature"),
    "kg_m2": Unit("kg/m2", "kg_m2", "BMI"),
    "ms": Unit("ms", "ms"),
}


@dataclass(frozen=True, slots=True)
class Quantity:
    """Something that has a number, or a class with ``codes``.

    ``kind``: a ``measure`` with a unit, a ``grade`` whose bare numbers mean something, a ``time``.
    """

    name: str
    kind: str = "measure"
    unit: Unit | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    decimals: int = 1
    codes: tuple[str, ...] = ()
    id: str = ""

    def item(self, unit: Unit | None) -> str:
        """Return the name of the item that holds it in ``unit``."""
        if self.id:
            return self.id
        shown = unit or self.unit
        return slug(f"{self.name} {shown.slug if shown and self.kind != 'grade' else ''}")


# name | other names | unit | lowest | highest | decimals | kind
_TABLE = """
age | aged, ages, patient age | y | 0 | 120 | 0 |
weight | body weight, bodyweight, weighing, weigh, weighs | kg | 1 | 350 | 1 |
height | body height | cm | 30 | 250 | 1 |
BMI | body mass index, bmi, quetelet index | kg_m2 | 5 | 100 | 1 |
heart rate | pulse rate, pulse, hr, resting heart rate, bradycardia, tachycardia, sinus bradycardia, sinus tachycardia | bpm | 20 | 250 | 0 |
systolic pressure | systolic blood pressure, sbp, systolic bp, blood pressure systolic, systolic, bp systolic | mmhg | 40 | 300 | 0 |
diastolic pressure | diastolic blood pressure, dbp, diastolic bp, diastolic | mmhg | 20 | 200 | 0 |
mean arterial pressure | mean blood pressure, map | mmhg | 20 | 220 | 0 |
temperature | body temperature, axillary temperature, fever, core temperature | c | 25 | 45 | 1 |
oxygen saturation | spo2, sao2, o2 saturation, pulse oximetry, sp02, oxyhemoglobin saturation | % | 20 | 100 | 0 |
respiratory rate | breathing rate, rr | per_min | 2 | 90 | 0 |
ejection fraction | left ventricular ejection fraction, lvef, lv ejection fraction, ef, lv ef, left ventricle ejection fraction, left ventricular ef, left ventricle ef | % | 5 | 90 | 0 |
QTc | qtc interval, corrected qt interval, qtcf, qtcb, corrected qt, qt interval | ms | 250 | 800 | 0 |
FEV1 | fev1, forced expiratory volume in 1 second | % | | | 0 |
FEV1/FVC | fev1 fvc, fev 1 fvc | | | | 2 |
hemoglobin | haemoglobin, hgb, hb, hemoglobin level, hbg, anemia, anaemia | | | | 1 |
hematocrit | haematocrit, hct | % | 5 | 75 | 0 |
platelets | platelet count, platelet, plt, thrombocytes, thrombocyte count, thrombocytopenia, platelet counts | | | | 0 |
neutrophils | absolute neutrophil count, neutrophil count, anc, neutrophil, neutropenia | | | | 1 |
leukocytes | white blood cell count, white blood cells, wbc, wbc count, leukocyte count, leucocytes, leukopenia, white cell count, white blood cell, leukocyte | | | | 1 |
lymphocytes | lymphocyte count, absolute lymphocyte count, alc, lymphopenia | | | | 1 |
creatinine | serum creatinine, scr, blood creatinine, creatinine level, plasma creatinine, s creatinine | | | | 1 |
creatinine clearance | crcl, ccr, clcr, estimated creatinine clearance, calculated creatinine clearance, cr cl | | 0 | 300 | 0 |
eGFR | estimated glomerular filtration rate, glomerular filtration rate, gfr, egfr, estimated gfr | | 0 | 200 | 0 |
urea | blood urea nitrogen, bun | | | | 1 |
bilirubin | total bilirubin, serum bilirubin, tbil, serum total bilirubin, total serum bilirubin, tbili | | | | 1 |
ALT | alanine aminotransferase, alanine transaminase, sgpt, alat, alt sgpt, serum glutamic pyruvic transaminase | | | | 0 |
AST | aspartate aminotransferase, aspartate transaminase, sgot, asat, ast sgot, serum glutamic oxaloacetic transaminase | | | | 0 |
transaminases | liver enzymes, aminotransferases, serum transaminases, hepatic transaminases, hepatic enzymes, transaminase, liver transaminases | | | | 0 |
alkaline phosphatase | alp, alk phos | | | | 0 |
albumin | serum albumin, hypoalbuminemia | | | | 1 |
INR | international normalized ratio, international normalised ratio | | | | 2 |
aPTT | activated partial thromboplastin time, partial thromboplastin time, ptt | | | | 0 |
prothrombin time | pt | | | | 0 |
potassium | serum potassium, plasma potassium, hyperkalemia, hypokalemia, hyperkalaemia, hypokalaemia, k | | 1 | 12 | 1 |
sodium | serum sodium, plasma sodium, hyponatremia, hypernatremia | | 90 | 200 | 0 |
bicarbonate | serum bicarbonate, hco3, plasma bicarbonate | | 2 | 60 | 1 |
calcium | serum calcium, hypocalcemia, hypercalcemia, corrected calcium, corrected serum calcium | | | | 2 |
magnesium | serum magnesium | | | | 2 |
glucose | blood glucose, plasma glucose, serum glucose, blood sugar | | | | 1 |
fasting glucose | fasting blood glucose, fasting plasma glucose, fpg, fasting blood sugar, fbg, fasting serum glucose | | | | 1 |
HbA1c | hemoglobin a1c, glycated hemoglobin, glycosylated hemoglobin, a1c, haemoglobin a1c, hba1c level, glycosylated haemoglobin, hgba1c, hb a1c, glycohemoglobin | % | 3 | 20 | 1 |
triglycerides | triglyceride, fasting triglycerides, tg, serum triglycerides | | | | 1 |
total cholesterol | cholesterol, serum cholesterol | | | | 1 |
LDL cholesterol | ldl, ldl c, low density lipoprotein cholesterol | | | | 1 |
HDL cholesterol | hdl, hdl c, high density lipoprotein cholesterol | | | | 1 |
NT-proBNP | nt probnp, n terminal pro b type natriuretic peptide, ntprobnp, n terminal probnp, nt pro bnp | | 0 | 70000 | 0 |
BNP | b type natriuretic peptide, brain natriuretic peptide, bnp | | 0 | 70000 | 0 |
troponin | troponin i, troponin t, cardiac troponin | | | | 2 |
C-reactive protein | crp, hscrp, hs crp, c reactive protein | | | | 1 |
procalcitonin | pct | | | | 2 |
lactate | serum lactate, blood lactate, arterial lactate | | | | 1 |
PaO2 | pao2, arterial oxygen partial pressure, po2 | | | | 0 |
PaCO2 | paco2, arterial carbon dioxide partial pressure, pco2 | | | | 0 |
PaO2/FiO2 | pao2 fio2, pao2 fio2 ratio, p f ratio | | | | 0 |
ferritin | serum ferritin | | | | 0 |
TSH | thyroid stimulating hormone, thyrotropin | | | | 2 |
PSA | prostate specific antigen | | | | 1 |
CD4 count | cd4, cd4 cell count, cd4 t cell count, cd4 lymphocyte count | | | | 0 |
life expectancy | expected survival, estimated survival, predicted survival, expected survival time, survival expectancy, predicted life expectancy, survival time, estimated life expectancy, estimated survival time | | | | 0 | time
gestational age | weeks of gestation, gestation, gestational | | | | 0 | time
duration of surgery | operation time, surgery duration, duration of operation, operative time, surgical time, duration of anesthesia, duration of anaesthesia | | | | 0 | time
ECOG | eastern cooperative oncology group, eastern cooperative oncology group performance status, ecog performance status, ecog ps, performance status, who performance status, zubrod, eastern cooperation oncology group, ecog score, eastern oncology cooperative group | | 0 | 5 | 0 | grade
Karnofsky | karnofsky performance status, karnofsky performance score, kps, karnofsky performance scale, karnofsky index | | 0 | 100 | 0 | grade
NYHA class | nyha, new york heart association, nyha functional class, new york heart association functional class, nyha fc, who functional class, who fc, functional class | | 1 | 4 | 0 | grade
CCS class | canadian cardiovascular society, ccs | | 1 | 4 | 0 | grade
Killip class | killip | | 1 | 4 | 0 | grade
ASA class | asa, asa physical status, asa ps, american society of anesthesiologists, american society of anaesthesiologists, american society of anesthesiologist, american society of anesthesiology, asa score, asa status, american society of anesthesiologists physical status, asa grade, asa classification | | 1 | 6 | 0 | grade
Mallampati class | mallampati, modified mallampati | | 1 | 4 | 0 | grade
GOLD stage | gold | | 0 | 4 | 0 | grade
Glasgow coma scale | glasgow coma score, gcs | | 3 | 15 | 0 | grade
MMSE | mini mental state examination, mini mental status examination, mini mental state exam, mini mental status exam, mini mental state, folstein mmse, mini mental exam | | 0 | 30 | 0 | grade
MoCA | montreal cognitive assessment | | 0 | 30 | 0 | grade
CDR | clinical dementia rating, global cdr | | 0 | 3 | 1 | grade
Hachinski score | modified hachinski, hachinski, modified hachinski ischemia scale, modified hachinski ischemic score, rosen modified hachinski ischemic score, rosen modified hachinski ischemia score, hachinski ischemic score, modified hachinski ischemic scale | | 0 | 18 | 0 | grade
Geriatric depression scale | gds, geriatric depression score | | 0 | 30 | 0 | grade
modified Rankin scale | modified rankin, mrs, rankin, modified rankin score, rankin scale | | 0 | 6 | 0 | grade
NIHSS | nih stroke scale, national institutes of health stroke scale, national institute of health stroke scale | | 0 | 42 | 0 | grade
APACHE II | apache, apache ii score | | 0 | 71 | 0 | grade
SOFA | sequential organ failure assessment, sofa score | | 0 | 24 | 0 | grade
MELD | model for end stage liver disease | | 6 | 40 | 0 | grade
VAS | visual analog scale, visual analogue scale, visual analog score, vas score, vas pain score | | 0 | 100 | 0 | grade
NRS | numeric rating scale, numerical rating scale, nrs score | | 0 | 10 | 0 | grade
Oswestry disability index | odi, oswestry | | 0 | 100 | 0 | grade
"""
GRADED = ("grade", "class", "stage", "degree", "score", "level", "category", "status", "scale")
"""The words that make a bare number a grade of what stands before them."""


def slug(text: str, longest: int = 60) -> str:
    """Return the name that a text gives: lower case, underscores, from a letter on."""
    words = re.sub(r"[^a-z0-9]+", "_", _ascii(text).lower()).strip("_")
    words = re.sub(r"^[0-9_]+", "", words) or "item"
    if len(words) > longest:
        words = words[: longest + 1].rsplit("_", 1)[0][:longest].rstrip("_")
    reserved = keyword.iskeyword(words) or words in ARITY or words in {"true", "false"}
    return f"{words}_" if reserved else words


def _ascii(text: str) -> str:
    greek = str.maketrans({"α": "alpha", "β": "beta", "γ": "gamma", "μ": "u", "µ": "u", "/": " "})
    plain = unicodedata.normalize("NFKD", text.translate(greek))
    return plain.encode("ascii", "ignore").decode()


@cache
def quantities() -> dict[str, Quantity]:
    """Return every known quantity by each of its names, in lower case with single spaces."""
    found: dict[str, Quantity] = {}
    for line in _TABLE.strip().splitlines():
        name, others, unit, low, high, decimals, kind = (part.strip() for part in line.split("|"))
        quantity = Quantity(
            name, kind or "measure", UNITS.get(unit), _decimal(low), _decimal(high), int(decimals)
        )
        for each in (name, *others.split(",")):
            found.setdefault(plain(each), quantity)
    for name in instrument_names():
        for phrase, quantity in _scores(name):
            found.setdefault(phrase, quantity)
    return found


def _scores(name: str) -> list[tuple[str, Quantity]]:
    """Return the score and the class of an instrument, each by the title of the instrument."""
    made, found = instrument(name), []
    for score in made.scores:
        letters = score.codes and all(len(code) == 1 for code in score.codes)
        titled = plain(made.title)
        if score.name == name and score.type in {"integer", "decimal"}:
            decimals = 0 if score.type == "integer" else 1
            low, high = Decimal(score.low), Decimal(score.high)
            whole = Quantity(made.title, "grade", None, low, high, decimals, id=score.name)
            found += [(titled, whole), (f"{titled} score", whole)]
        elif letters:
            classed = Quantity(made.title, "grade", codes=score.codes, id=score.name)
            found += [(f"{titled} {word}", classed) for word in GRADED]
    return found


def lettered(quantity: Quantity) -> Quantity | None:
    """Return the class with letters of the instrument that has the score ``quantity``."""
    for phrase, other in quantities().items():
        if other.codes and phrase.startswith(plain(quantity.name)):
            return other
    return None


def plain(text: str) -> str:
    """Return a text as names are looked up: lower case, words with single spaces."""
    return " ".join(re.sub(r"[^a-z0-9]+", " ", _ascii(text).lower()).split())


@cache
def _names() -> re.Pattern[str]:
    longest_first = sorted(quantities(), key=lambda name: (-len(name), name))
    return re.compile(
        r"(?<![a-z0-9])(?:" + "|".join(map(re.escape, longest_first)) + r")(?![a-z0-9])"
    )


def last_named(text: str) -> tuple[Quantity, str, str] | None:
    """Return the last quantity that a plain text names, with what stands before and after it."""
    last = None
    for match in _names().finditer(text):
        last = match
    if last is None:
        return None
    return quantities()[last[0]], text[: last.start()].strip(), text[last.end() :].strip()


def first_named(text: str) -> tuple[Quantity, str, str] | None:
    """Return the first quantity that a plain text names, with what stands before and after it."""
    first = _names().search(text)
    if first is None:
        return None
    return quantities()[first[0]], text[: first.start()].strip(), text[first.end() :].strip()


def _decimal(text: str) -> Decimal | None:
    return Decimal(text) if text else None
