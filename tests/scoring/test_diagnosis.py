"""Names that are proposed, names that must never be, and the evidence."""

from __future__ import annotations

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


@pytest.mark.timeout(60)  # a second is enough for work that grows with the length and not with its square
@pytest.mark.parametrize(
    ("piece", "outcome"),
    [("gout ", "proposed"), *((piece, "unparsed") for piece in ("diagnosis is ", "not ", "(", "acute ", "\n", "*"))],
)
def test_a_very_long_text_is_read(piece: str, outcome: str) -> None:
    text = (piece * (200_000 // len(piece) + 1))[:200_000]
    assert propose_diagnosis(text, "Acute pericarditis", ["Gout (podagra)"]).outcome == outcome


RANKED = [
    ("1. Sarcoidosis\n2. Tuberculosis\n3. Lymphoma", "proposed", 1),
    ("1. Tuberculosis\n2. Sarcoidosis\n3. Lymphoma", "unparsed", 2),
    ("1. A\n2. B1 deficiency\n3. Gout\n4. Lupus\n5. Sarcoidosis\n6. Tuberculosis", "unparsed", 5),
    ("Most likely tuberculosis, less likely sarcoidosis.", "unparsed", 2),
    ("Sarcoidosis or tuberculosis.", "unparsed", 2),
    ("The differential includes sarcoidosis, tuberculosis and lymphoma.", "unparsed", 1),
    ("The most likely diagnosis is sarcoidosis. The differential includes tuberculosis.", "proposed", 1),
    ('{"differential": ["Tuberculosis", "Sarcoidosis"]}', "unparsed", 2),
    ("1. Tuberculosis\n2. Lymphoma\n\nSarcoidosis was ruled out.", "unparsed", None),
    ("1. Tuberculosis\n2. Sarcoidosis - excluded by the biopsy", "unparsed", None),
]


@pytest.mark.parametrize(("text", "outcome", "rank"), RANKED)
def test_the_place_in_the_differential(text: str, outcome: str, rank: int | None) -> None:
    result = propose_diagnosis(text, "Sarcoidosis")
    assert (result.outcome, result.rank) == (outcome, rank)
    assert [result.within(places) for places in (1, 3, 5)] == [rank is not None and rank <= n for n in (1, 3, 5)]
    if rank is not None:
        assert text[result.start : result.end].lower() == "sarcoidosis"


@pytest.mark.parametrize(
    ("text", "key", "proposed"),
    [
        ("MS", "Multiple sclerosis", True),
        ("MS", "Mitral stenosis", True),
        ("Relapsing-remitting MS", "Multiple sclerosis", True),
        ("Relapsing-remitting MS", "Mitral stenosis", False),
        ("Rheumatic MS with an opening snap", "Multiple sclerosis", False),
        ("Multiple sclerosis (MS)", "Mitral stenosis", False),
        ("Multiple sclerosis", "MS", True),
        ("All of these are possible.", "Acute lymphoblastic leukemia", False),
        ("ALL", "Acute lymphoblastic leukemia", True),
        ("The blow hit the liver.", "Heparin-induced thrombocytopenia", False),
        ("HIT", "Heparin-induced thrombocytopenia", True),
    ],
)
def test_an_ambiguous_abbreviation_is_read_only_where_the_words_fit(text: str, key: str, proposed: bool) -> None:
    assert (propose_diagnosis(text, key).outcome == "proposed") is proposed


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("A man with hypertension has had a stroke.", "Hypertension"),
        ("Her mother had breast cancer.", "Breast cancer"),
        ("DIC caused by sepsis", "Sepsis"),
        ("Cushing ulcer", "Cushing syndrome"),
        ("Cushing's syndrome", "Cushing's disease"),
        ("Kimmelstiel-Wilson disease", "Wilson disease"),
        ("Wernicke aphasia", "Wernicke's disease"),
        ("Dysphasia", "Dysphagia"),
        ("Diverticulosis", "Diverticulitis"),
        ("Pulmonary hypertension", "Hypertension"),
        ("Heat stroke", "Stroke"),
        ("Acne inversa", "Acne vulgaris"),
    ],
)
def test_a_name_inside_another_statement_is_not_the_diagnosis(text: str, key: str) -> None:
    assert propose_diagnosis(text, key).outcome == "unparsed"


def test_the_reason_says_how_the_name_was_found() -> None:
    assert propose_diagnosis("Gout", "Gout").reason == 'names "Gout" word for word'
    assert propose_diagnosis("Podagra", "Gout").reason == 'names "Gout" by a listed synonym or abbreviation'
    assert "other words" in propose_diagnosis("Thrombosis of the portal vein", "Portal vein thrombosis").reason


CASE_TOLD = "A man with hypertension has chest pain for two hours. The most likely diagnosis is aortic dissection."


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (CASE_TOLD, "Hypertension"),
        ("Step 1: The labs show hyponatremia.\n\nTherefore the diagnosis is SIADH.", "Hyponatremia"),
        ("I favor Crohn's disease over ulcerative colitis.", "Ulcerative colitis"),
        ("R/O PE", "Pulmonary embolism"),
        ("Sarcoidosis? No, tuberculosis.", "Sarcoidosis"),
        ("The diagnosis of sarcoidosis is wrong.", "Sarcoidosis"),
        ("It is anything but sarcoidosis.", "Sarcoidosis"),
        ("There is insufficient evidence for sarcoidosis.", "Sarcoidosis"),
        ("Sarcoidosis (ruled out)", "Sarcoidosis"),
        ("She was misdiagnosed with sarcoidosis; the diagnosis is lymphoma.", "Sarcoidosis"),
        ("Possible differentials: sarcoidosis; tuberculosis; lymphoma", "Tuberculosis"),
    ],
)
def test_a_rejected_or_incidental_name_is_not_the_diagnosis(text: str, key: str) -> None:
    assert propose_diagnosis(text, key).outcome == "unparsed"


def test_the_statement_behind_the_told_case_is_taken() -> None:
    result = propose_diagnosis(CASE_TOLD, "Aortic dissection")
    assert (result.outcome, result.chosen, result.confidence) == ("proposed", "aortic dissection", 0.98)
