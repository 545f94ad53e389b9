"""Written answers to one extraction case, with what a person reads in them for each field.

For a field with one value: "+" is the value of the key, "x" another value, "h" a value that the key says is not stated.
For the set of drugs: the numbers of items that are in the key, that are not, and that are missed. A field that is not
listed is not stated by the answer.
"""

from __future__ import annotations

from dataclasses import dataclass

from doubleread.domain.case import Case, FieldSpec

CASE = Case(
    "e",
    "extraction",
    "A letter.",
    "Extract the fields.",
    values={
        "age": 58,
        "sex": "female",
        "haemoglobin": 9.1,
        "smoker": False,
        "drugs": ("aspirin", "metformin", "nausea and vomiting tablets"),
        "tumour_stage": "III",
        "leucocytes": 12500,
        "allergies": None,
        "weight (kg)": None,
    },
    fields={
        "sex": FieldSpec(accept=("f", "woman")),
        "haemoglobin": FieldSpec(compare="numeric", tolerance=0.05),
        "tumour_stage": FieldSpec(about="UICC stage", accept=("stage 3",)),
    },
)


@dataclass(frozen=True)
class Written:
    """An answer and what it states: a mark for each field that it states."""

    text: str
    stated: dict[str, str | tuple[int, int, int]]


def _w(text: str, **stated: str | tuple[int, int, int]) -> Written:
    names = {"weight": "weight (kg)", "stage": "tumour_stage", "hb": "haemoglobin"}
    return Written(text, {names.get(name, name): mark for name, mark in stated.items()})


ALL = (3, 0, 0)

JSON = [
    _w('{"age": 58}', age="+"),
    _w('{"age": "58"}', age="+"),
    _w('{"age": 58.0}', age="+"),
    _w('{"age": 59}', age="x"),
    _w('{"Age": 58, "SEX": "Female"}', age="+", sex="+"),
    _w('```json\n{\n  "age": 58,\n  "sex": "F"\n}\n```', age="+", sex="+"),
    _w('Here is the JSON you asked for:\n\n{"sex": "woman"}\n\nLet me know if you need more.', sex="+"),
    _w("{'age': 58, 'sex': 'male'}", age="+", sex="x"),
    _w("{'age': 58, 'smoker': False, 'allergies': None,}", age="+", smoker="+", allergies="o"),
    _w('{"age": 58, "sex": "female",}', age="+", sex="+"),
    _w("{age: 58, sex: female}", age="+", sex="+"),
    _w('{"age": 58 // in years\n "sex": "female" }', age="+", sex="+"),
    _w("{“age”: 58, “sex”: “female”}", age="+", sex="+"),
    _w('{"smoker": "never smoked"}', smoker="x"),
    _w('{"smoker": "no"}', smoker="+"),
    _w('{"smoker": true}', smoker="x"),
    _w('{"drugs": ["aspirin", "metformin", "nausea and vomiting tablets"]}', drugs=ALL),
    _w('{"drugs": ["Metformin", "ASPIRIN"]}', drugs=(2, 0, 1)),
    _w('{"drugs": ["aspirin", "aspirin", "insulin"]}', drugs=(1, 1, 2)),
    _w('{"drugs": []}', drugs=(0, 0, 3)),
    _w('{"drugs": "aspirin, metformin, and nausea and vomiting tablets"}', drugs=ALL),
    _w('{"drugs": "aspirin; metformin"}', drugs=(2, 0, 1)),
    _w('{"drugs": [{"value": "aspirin"}, {"value": "ibuprofen"}]}', drugs=(1, 1, 2)),
    _w('{"drugs": [{"name": "aspirin", "dose": "100 mg"}, {"name": "metformin", "dose": "1 g"}]}', drugs=(2, 0, 1)),
    _w('{"fields": [{"name": "age", "type": "number"}, {"name": "sex", "type": "text"}]}'),
    _w('{"age": {"years": 58}}', age="+"),
    _w('{"age": {"years": 58, "months": 3}}', age="x"),
    _w('{"allergies": {"drug": "penicillin", "reaction": "rash"}}', allergies="h"),
    _w('{"age (months)": 696, "age": 58}', age="+"),
    _w('{"age (months)": 696}', age="x"),
    _w('{"drugs": null}', drugs=(0, 0, 3)),
    _w('{"allergies": "penicillin", "weight": 80}', allergies="h", weight="h"),
    _w('{"allergies": "not mentioned", "weight_kg": null}', allergies="o", weight="o"),
    _w('{"allergies": [], "weight": ""}', allergies="o", weight="o"),
    _w('{"allergies": "N/A", "weight": "unknown"}', allergies="o", weight="o"),
    _w('{"tumour_stage": "iii"}', stage="+"),
    _w('{"tumourStage": "Stage 3"}', stage="+"),
    _w('{"tumour stage": "IIIA"}', stage="x"),
    _w('{"tumour": {"stage": "III"}}', stage="+"),
    _w('{"patient": {"age": 58, "sex": "f"}, "labs": {"haemoglobin": 9.1}}', age="+", sex="+", hb="+"),
    _w('{"haemoglobin": {"value": 9.1, "unit": "g/dL"}}', hb="+"),
    _w('[{"field": "age", "value": 58}, {"field": "sex", "value": "male"}]', age="+", sex="x"),
    _w('{"fields": [{"name": "haemoglobin", "value": "9.2 g/dL"}]}', hb="x"),
    _w('{"age": 58, "history": {"age": 40}}', age="x"),
    _w('{"age": 57}\n\nCorrection:\n{"age": 58}', age="+"),
    _w('<think>{"age": 40}</think>{"age": 58}', age="+"),
    _w('{"age": 58, "sex": "fem', age="+"),
    _w('{"sex": "female", "age": 5', sex="+"),
    _w('{"haemoglobin": 9,1, "age": 58}', age="+"),
    _w('{"sex": "the "female" sex", "age": 58}', sex="x", age="+"),
    _w('{"age": "58-year-old"}', age="+"),
    _w('{"sex": ["female"]}', sex="+"),
]

LINES = [
    _w("Age: 58\nSex: female", age="+", sex="+"),
    _w("- **Age:** 58 years\n- **Sex:** Female.\n", age="+", sex="+"),
    _w("* **Age**: 58\n* **Smoker**: No\n", age="+", smoker="+"),
    _w("1. Age: 58\n2. Sex: F\n3. Tumour stage: III", age="+", sex="+", stage="+"),
    _w("Age = 58\nSex = m", age="+", sex="x"),
    _w("Age - 58\nSex – female\nSmoker — no", age="+", sex="+", smoker="+"),
    _w("age: 58, sex: female, haemoglobin: 9.1 g/dL", age="+", sex="+", hb="+"),
    _w("AGE: fifty-eight", age="x"),
    _w("tumour-stage: III\nTUMOUR_STAGE: III", stage="+"),
    _w("Age: 57\nAfter a second look:\nAge: 58", age="+"),
    _w("Drugs: aspirin, metformin", drugs=(2, 0, 1)),
    _w("Drugs: aspirin and metformin", drugs=(2, 0, 1)),
    _w("Drugs: aspirin 100 mg, metformin", drugs=(1, 1, 2)),
    _w("**Drugs:**\n- aspirin\n- metformin\n- nausea and vomiting tablets\n\n**Age:** 58", drugs=ALL, age="+"),
    _w("## Drugs\n\n1. Aspirin\n2. Insulin\n\n## Age\n58", drugs=(1, 1, 2), age="+"),
    _w("Drugs: none", drugs=(0, 0, 3)),
    _w("Drugs: nausea and vomiting tablets", drugs=(1, 0, 2)),
    _w("Drugs: no aspirin", drugs=(0, 1, 3)),
    _w("Allergies: none", allergies="o"),
    _w("Allergies: none known", allergies="h"),
    _w("Allergies: not stated in the letter\nWeight (kg): -", allergies="o", weight="o"),
    _w("Weight: not documented.\nAllergies: no information", weight="o", allergies="o"),
    _w("Weight (in kg): 71", weight="h"),
    _w("Allergies: penicillin (not stated in the text)", allergies="h"),
    _w("Haemoglobin: 9.1 g/dL", hb="+"),
    _w("Haemoglobin: 9,1 g/dl", hb="+"),
    _w("Haemoglobin: 9.14", hb="+"),
    _w("Haemoglobin: 9.16", hb="x"),
    _w("Haemoglobin: 91 g/L", hb="x"),
    _w("Haemoglobin: 9.1-10.2 g/dL", hb="x"),
    _w("Haemoglobin: 9.1 g/dL (reference 12-16)", hb="+"),
    _w("Haemoglobin: < 9.1", hb="x"),
    _w("Haemoglobin: approx. 9.1", hb="+"),
    _w("Haemoglobin: low", hb="x"),
    _w("Haemoglobin: unknown", hb="-"),
    _w("Leucocytes: 12,500/µL", leucocytes="+"),
    _w("Leucocytes: 12 500 per microlitre", leucocytes="+"),
    _w("Leucocytes: 12.500", leucocytes="x"),
    _w("Leucocytes: 12.5 x 10^3", leucocytes="+"),
    _w("Leucocytes: 1.25e4", leucocytes="+"),
    _w("Leucocytes: 12.5 x 10^9/L", leucocytes="x"),
    _w("Age: -58", age="x"),
    _w("Sex: not female", sex="x"),
    _w("Sex: female or male", sex="x"),
    _w("Sex: “female”", sex="+"),
    _w("Smoker: No, never", smoker="+"),
    _w("Smoker: No information", smoker="-"),
    _w("Smoker: yes", smoker="x"),
    _w('"age": 58,\n"sex": "female"', age="+", sex="+"),
    _w("Age: 58\n\nQuestion: what about another patient?\nAge: 40", age="+"),
    _w("Sure! The fields are:\n\nAge: 58\n\nThe patient's sex: female", age="+"),
    _w("Age:\n58", age="+"),
    _w("Age: 58\nAge (in months): 696", age="+"),
    _w("1) age: 58 2) sex: female", age="+", sex="+"),
    _w("Age=58;Sex=female", age="+", sex="+"),
    _w("Drugs:\n* aspirin\n* metformin\n\nNote: age: 40", drugs=(2, 0, 1)),
    _w("drugs:\n  - name: aspirin\n    dose: 100\n  - name: insulin", drugs=(1, 1, 2)),
    _w("```yaml\nage: 58\ndrugs: [aspirin, metformin]\nallergies: ~\n```", age="+", drugs=(2, 0, 1), allergies="o"),
    _w("Allergies: None mentioned", allergies="o"),
    _w("Sex: F (female)", sex="+"),
    _w("Tumour stage: Stage III", stage="+"),
    _w("Tumour stage: tumour", stage="x"),
    _w("Sex: female (presumed)", sex="x"),
    _w("Smoker: non-smoker", smoker="x"),
    _w("Smoker: No (ex-smoker)", smoker="+"),
]

TABLES = [
    _w("| Field | Value |\n|---|---|\n| Age | 58 |\n| Sex | female |", age="+", sex="+"),
    _w("| Field | Value | Quote |\n|:--|--:|---|\n| **Age** | `58` | aged 58 |\n| Sex | m | he |", age="+", sex="x"),
    _w("| # | Age |\n|---|---|\n| 1 | 58 |", age="+"),
    _w("| Age | Sex | Drugs |\n|---|---|---|\n| 58 | F | aspirin, metformin |", age="+", sex="+", drugs=(2, 0, 1)),
    _w("| Age | Sex |\n|---|---|\n| 58 | F |\n| 40 | M |"),
    _w("Field | Value\n--- | ---\nAllergies | n/a\nWeight (kg) | 80", allergies="o", weight="h"),
    _w("| Field | Evidence | Value |\n|---|---|---|\n| age | fifty-eight | 58 |", age="+"),
    _w("| Field | Value |\n|---|---|\n| Drugs | aspirin; insulin |", drugs=(1, 1, 2)),
    _w("| Field | Value |\n|---|---|\n| Age | 58 |\n| Age | 59 |", age="x"),
    _w("| Field | Value |\n|---|---|\n| Age | 58 |\n\nSex: female", age="+"),
]

UNREAD = [
    ("The patient is a 58-year-old woman with anaemia.", "unparsed"),
    ("The age is 58.", "unparsed"),
    ("", "unparsed"),
    ("I'm sorry, but I cannot provide medical information.", "refused"),
    ("<think>Age: 58", "truncated"),
    ('{"years": 58, "gender": "female"}', "unparsed"),
    ("Teenage: 58\nAges: 58", "unparsed"),
    ("{}", "unparsed"),
]
"""Answers that state no field, and the outcome."""
