"""Names that are proposed, names that must never be, and the evidence."""

from __future__ import annotations

import time

import pytest

from doubleread.domain.case import Case
from doubleread.scoring import propose_diagnosis, score

SAME = [
    ("The most likely diagnosis is acute pericarditis.", "Acute pericarditis"),
    ("ACUTE PERICARDITIS", "acute pericarditis"),
    ("**Diagnosis:** Acute pericarditis, viral in origin.", "Acute pericarditis"),
    ("The diagnosis is anaemia of chronic disease.", "Anemia of chronic disease"),
    ("Oesophageal varices", "Esophageal varices"),
    ("Pulmonary oedema.", "Pulmonary edema"),
    ("Ménière disease", "Meniere's disease"),
    ("Basal cell carcinomas", "Basal cell carcinoma"),
    ("Carcinoma of the basal cell", "Basal cell carcinoma"),
    ("This is pyoderma gangrenosum.", "Pyoderma grangrenosum"),
    ("The patient has COPD.", "Chronic obstructive pulmonary disease"),
    ("Pulmonary embolism (PE)", "Pulmonary embolism"),
    ("The diagnosis is shingles.", "Herpes zoster"),
    ("Type 2 diabetes mellitus", "Type 2 diabetes mellitus"),
    ("It is not gout but pseudogout.", "Pseudogout"),
    ("<think>gout?</think>The diagnosis is sarcoidosis.", "Sarcoidosis"),
]
OTHER = [
    ("This is not sarcoidosis.", "Sarcoidosis"),
    ("Sarcoidosis is unlikely.", "Sarcoidosis"),
    ("The diagnosis is tuberculosis; sarcoidosis was ruled out.", "Sarcoidosis"),
    ("The next step is to rule out pulmonary embolism.", "Pulmonary embolism"),
    ("Tuberculosis rather than sarcoidosis is the diagnosis.", "Sarcoidosis"),
    ("Sarcoidosis or lymphoma.", "Sarcoidosis"),
    ("Type 1 diabetes mellitus", "Type 2 diabetes mellitus"),
    ("Chronic pancreatitis", "Acute pancreatitis"),
    ("Acute pancreatitis", "Chronic pancreatitis"),
    ("Hypothyroidism", "Hyperthyroidism"),
    ("Hyponatremia", "Hypernatremia"),
    ("Left renal colic", "Right renal colic"),
    ("Hepatitis A", "Hepatitis B"),
    ("Hepatitis C infection", "Hepatitis B infection"),
    ("Non-small cell lung cancer", "Small cell lung cancer"),
    ("Small cell lung cancer", "Lung cancer"),
    ("Nephritic syndrome", "Nephrotic syndrome"),
    ("Metabolic alkalosis", "Metabolic acidosis"),
    ("Respiratory acidosis", "Metabolic acidosis"),
    ("German measles", "Measles"),
    ("Pseudogout", "Gout"),
    ("Secondary hyperparathyroidism", "Primary hyperparathyroidism"),
    ("Paget's disease of the breast", "Paget's disease of bone"),
    ("Renal artery thrombosis", "Renal vein thrombosis"),
    ("Premature ventricular contractions", "Premature atrial contractions"),
    ("Non-Hodgkin lymphoma", "Hodgkin lymphoma"),
    ("Hemophilia A", "Hemophilia B"),
    ("Subdural hematoma", "Epidural hematoma"),
    ("Bradycardia", "Tachycardia"),
]


@pytest.mark.parametrize(("text", "key"), SAME)
def test_proposed(text: str, key: str) -> None:
    result = propose_diagnosis(text, key)
    assert result.outcome == "proposed"
    assert result.chosen == text[result.start : result.end]
    assert 0.5 <= result.confidence <= 1


@pytest.mark.parametrize(("text", "key"), OTHER)
def test_never_proposed(text: str, key: str) -> None:
    result = propose_diagnosis(text, key)
    assert result.outcome == "unparsed"
    assert result.reason


def test_accepted_names_count_as_much_as_the_key() -> None:
    result = propose_diagnosis("The most likely diagnosis is Boeck disease.", "Sarcoidosis", ["Boeck's disease"])
    assert result.outcome == "proposed"
    assert "Boeck" in result.reason


def test_the_reason_tells_why_a_person_must_look() -> None:
    assert propose_diagnosis("The diagnosis is gout.", "Sarcoidosis").reason == "no accepted name found"
    assert "negated" in propose_diagnosis("This is not sarcoidosis.", "Sarcoidosis").reason
    assert "open" in propose_diagnosis("Sarcoidosis or lymphoma.", "Sarcoidosis").reason
    assert propose_diagnosis("  ", "Gout").reason == "empty"


def test_refused_and_truncated_stay_apart() -> None:
    assert propose_diagnosis("I'm sorry, but I can't diagnose.", "Gout").outcome == "refused"
    assert propose_diagnosis("<think>perhaps gout", "Gout").outcome == "truncated"
    assert propose_diagnosis("The patient", "Gout", finish_reason="length").outcome == "truncated"


def test_it_never_says_correct_or_wrong() -> None:
    case = Case("d1", "diagnosis", "text", "What is it?", "Gout", accept=("Podagra",))
    outcomes = {
        score(text, case).outcome for text in ("Gout.", "Podagra", "Lupus", "", "not gout", "I cannot answer this.")
    }
    assert outcomes <= {"proposed", "unparsed", "refused", "truncated"}


@pytest.mark.parametrize(
    "piece", ["gout ", "diagnosis is ", "not ", "(", "or ", "acute ", ". ", "\n", "*", "pericarditi "]
)
def test_no_string_takes_long(piece: str) -> None:
    text = (piece * (200_000 // len(piece) + 1))[:200_000]
    started = time.perf_counter()
    propose_diagnosis(text, "Acute pericarditis", ["Gout (podagra)"])
    assert time.perf_counter() - started < 30
