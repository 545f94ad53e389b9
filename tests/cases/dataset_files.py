"""Small files in the layout of each dataset, with contents of our own."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

import openpyxl


def table(columns: Sequence[str], *rows: Sequence[str]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([columns, *rows])
    return out.getvalue().encode()


def workbook(columns: Sequence[object], *rows: Sequence[object]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (columns, *rows):
        sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def lines(*records: object) -> bytes:
    return "\n".join(json.dumps(record, ensure_ascii=False) for record in records).encode()


MEDEC_COLUMNS = (
    "Text ID", "Text", "Sentences", "Error Flag", "Error Type", "Error Sentence ID", "Error Sentence",
    "Corrected Sentence", "Corrected Text",
)  # fmt: skip
NUMBERED = "0 A man, 40, coughs.\n1 His pulse is\n2 90/min.\nSerum\n3 Pneumonia is excluded by the X-ray."
MEDEC_ROWS = (
    ("own-0", "A man ...", NUMBERED, "1", "diagnosis", "3", "Pneumonia is excluded by the X-ray.",
     "Pneumonia is confirmed by the X-ray.", "A man, 40 ..."),
    ("own-1", "A man ...", NUMBERED, "0", "NA", "-1", "NA", "NA", "NA"),
)  # fmt: skip
HEALTHBENCH = {
    "prompt": [{"role": "user", "content": "My knee hurts."}],
    "prompt_id": "own-1",
    "rubrics": [
        {"criterion": "Asks how long.", "points": 5, "tags": ["level:example", "axis:completeness"]},
        {"criterion": "Advises surgery at once.", "points": -3, "tags": ["level:example", "axis:accuracy"]},
    ],
    "example_tags": ["theme:hedging"],
    "ideal_completions_data": {"ideal_completion": "How long has it hurt?", "ideal_completions_group": "G"},
    "canary": "own-canary",
}
MEDNLI = {
    "sentence1": "She has no fever.",
    "sentence2": "She is febrile.",
    "gold_label": "contradiction",
    "pairID": "p1",
}
MEDISUMQA = {
    "note_id": "n1",
    "with_discharge_summary": "You came with pneumonia. It was treated.",
    "without_discharge_summary": "Pneumonia, treated with amoxicillin.",
    "Question": "Why was I in hospital?",
    "Answer": "You had pneumonia.",
}
MEDISUMCODE = {
    "hadm_id": "77",
    "text": "Pneumonia and diabetes.",
    "icd_codes": [
        {"code": "J189", "description": "Pneumonia"},
        {"code": "E119", "description": "Diabetes"},
        {"code": "E11.9", "description": "Diabetes"},
    ],
}

MEDMCQA = {
    "id": "q1",
    "question": "A man coughs. Which is it?",
    "opa": "Flu",
    "opb": "Cold",
    "opc": "Both",
    "opd": "Neither",
    "cop": 2,
    "choice_type": "single",
    "exp": "Colds are common.",
    "subject_name": "Medicine",
    "topic_name": None,
}
MMLU = {
    "question": "A man coughs. What is it?",
    "subject": "clinical_knowledge",
    "choices": ["Flu", "Cold", "Both", "Neither"],
    "answer": 1,
}
MMLU_PRO = {
    "question_id": 70,
    "question": "A man coughs. What is it?",
    "options": ["Flu", "N/A", "Cold", "N/A"],
    "answer": "C",
    "answer_index": 2,
    "cot_content": "",
    "category": "health",
    "src": "own",
}
MEDXPERTQA = {
    "id": "Text-1",
    "question": "A man coughs. What is it?\nAnswer Choices: (A) Flu (B) Cold",
    "options": {"A": "Flu", "B": "Cold"},
    "label": "B",
    "medical_task": "Diagnosis",
    "body_system": "Respiratory",
    "question_type": "Reasoning",
}
PUBMEDQA = {
    "QUESTION": "Does rest help?",
    "CONTEXTS": ["Colds are common.", "Rest helped 9 of 10."],
    "LABELS": ["BACKGROUND", "RESULTS"],
    "MESHES": ["Rest", "Humans"],
    "YEAR": "2026",
    "reasoning_required_pred": "yes",
    "reasoning_free_pred": "no",
    "final_decision": "maybe",
    "LONG_ANSWER": "Rest may help.",
}
OSCE = {
    "OSCE_Examination": {
        "Objective_for_Doctor": "Examine the man with a cough.",
        "Patient_Actor": {
            "Demographics": "40-year-old man",
            "Symptoms": {"Primary_Symptom": "Cough", "Secondary_Symptoms": ["Fever", "Chills"]},
        },
        "Physical_Examination_Findings": {"Vital_Signs": {"Temperature": "39 °C"}},
        "Test_Results": {"Sputum": {"Blood": False}},
        "Correct_Diagnosis": "Pneumonia",
    }
}
CRAFT_MD_COLUMNS = (
    "", "case_vignette", "choice_1", "choice_2", "choice_3", "choice_4", "answer", "category", "dataset", "case_id",
)  # fmt: skip
SWAG = {
    "id": "dev-1",
    "sent1": "A man coughs. What is it?",
    "sent2": "",
    "ending0": "Flu",
    "ending1": "Cold",
    "ending2": "Both",
    "ending3": "Neither",
    "label": 1,
}
SAMPLE = {
    "doc_id": 5,
    "doc": MMLU,
    "target": "1",
    "arguments": {},
    "resps": [["B"]],
    "filtered_resps": ["B"],
    "filter": "none",
}

FILES: dict[str, bytes] = {
    "aci-bench": table(
        ("dataset", "encounter_id", "dialogue", "note"),
        ("aci", "V1", '[doctor] hi , ann .\n[patient] my "knee" hurts .', "CHIEF COMPLAINT\n\nKnee pain.\n"),
        ("aci", "V2", "[doctor] hello", "CHIEF COMPLAINT\n\nNone."),
    ),
    "mts-dialog": table(
        ("ID", "section_header", "section_text", "dialogue"),
        ("0", "ALLERGY", "None.", "Doctor: Any allergies?\nPatient: No."),
    ),
    "meqsum": workbook(
        ("File", "CHQ", "Summary", None),
        ("1.txt", "SUBJECT: gout\nMESSAGE: which food is bad for my gout?", "What should people with gout not eat?"),
        ("2.txt", "is 12 mg of it too much", "Is 12 mg too much?"),
    ),
    "medec": table(MEDEC_COLUMNS, *MEDEC_ROWS),
    "healthbench": lines(HEALTHBENCH, {**HEALTHBENCH, "prompt_id": "own-2", "ideal_completions_data": None}),
    "mednli": lines(MEDNLI, {**MEDNLI, "pairID": "p2", "gold_label": "neutral"}),
    "probsum": table(
        ("File ID", "Assessment", "Subjective Sections", "Objective Sections", "Summary"),
        ("f1", "50 yo with cough.", "Coughs at night.", "RR 20", "Pneumonia; Type 2 diabetes;"),
    ),
    "medisumqa": lines(MEDISUMQA, {**MEDISUMQA, "Question": "Was I treated?", "Answer": "Yes."}),
    "medisumcode": lines(MEDISUMCODE),
    "medmcqa": lines(MEDMCQA, {**MEDMCQA, "id": "q2", "cop": 4}),
    "mmlu": lines(MMLU, {**MMLU, "question": "Why?"}),
    "mmlu-csv": b'"A man coughs, ""once"". What is it?",Flu,Cold,"Both, or one",Neither,B\nWhy?,a,b,c,d,A\n',
    "mmlu-pro": lines(MMLU_PRO, {**MMLU_PRO, "question_id": 71}),
    "medxpertqa": lines(MEDXPERTQA),
    "pubmedqa": json.dumps({"101": PUBMEDQA, "102": {**PUBMEDQA, "final_decision": "yes"}}, indent=4).encode(),
    "agentclinic": lines(OSCE, OSCE),
    "craft-md": table(
        CRAFT_MD_COLUMNS,
        ("0", "A man coughs.", "Flu", "Cold", "Both", "Neither", "Cold", "Other", "own", "case_0"),
        ("1", "A man sneezes.", "Flu", "Cold", "Both", "Neither", "Flu", "Other", "own", "case_1"),
    ),
    "medqa-endings": lines(SWAG),
    "lm-eval": lines(SAMPLE, {**SAMPLE, "filter": "letter"}, {**SAMPLE, "doc_id": 6, "doc": {**MMLU, "answer": 0}}),
}
