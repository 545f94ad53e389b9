"""The checks and the JSON Schema that is generated agree, as far as a schema can express them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest

from doubleread.cases.native import read_cases
from doubleread.cases.record import FORMS, check_record
from doubleread.domain.case import CaseKind

PACKS = Path(__file__).parents[2] / "cases"
CHOICE = {
    "id": "c1",
    "kind": "choice",
    "text": "A man.",
    "question": "Why?",
    "options": {"A": "x", "B": "y"},
    "key": "B",
}
DIAGNOSIS = {"id": "d1", "kind": "diagnosis", "text": "A man.", "question": "What?", "key": "Gout"}
VALUES: list[Any] = ["", "   ", "x", "b", 3, 1.5, True, None, [], [""], [" "], ["x"], ["x", 3], {}, {"A": "x"}]
OPTIONS: list[Any] = [
    {"a": "x", "B": "y"},
    {"AA": "x", "B": "y"},
    {"A": 1, "B": "y"},
    {"A": "", "B": "y"},
    {"A": "x", "B": "y", "C": "z"},
    {chr(65 + number): str(number) for number in range(26)},
    {**{chr(65 + number): str(number) for number in range(26)}, "AA": "26"},
]
FIELDS = (
    "id",
    "kind",
    "text",
    "question",
    "key",
    "options",
    "title",
    "accept",
    "explanation",
    "tags",
    "source",
    "licence",
    "original_id",
    "unknown",
)

ONLY_CODE_CAN_SAY = ("must be one of the options' letters", "have the same text", "but the key is")
"""What relates two values of a record to one another is beyond JSON Schema."""


def records() -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for base in (CHOICE, DIAGNOSIS):
        made.append(dict(base))
        made += [{key: value for key, value in base.items() if key != name} for name in base]
        made += [{**base, name: value} for name in FIELDS for value in VALUES]
        made += [{**base, "options": options} for options in OPTIONS]
    return made


@pytest.fixture(scope="module")
def validator() -> jsonschema.protocols.Validator:
    schema = json.loads((PACKS / "case.schema.json").read_text(encoding="utf-8"))
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)


@pytest.mark.parametrize("record", records(), ids=lambda record: json.dumps(record)[:80])
def test_code_and_schema_agree(validator: jsonschema.protocols.Validator, record: dict[str, Any]) -> None:
    complaints = [message for _, message in check_record(record)]
    for_schema = [message for message in complaints if not any(words in message for words in ONLY_CODE_CAN_SAY)]
    if not complaints:
        assert validator.is_valid(record), "the schema alone refuses it"
    elif for_schema:
        assert not validator.is_valid(record), for_schema


def test_every_kind_of_case_has_a_form() -> None:
    assert tuple(FORMS) == get_args(CaseKind)
    assert all(form.__struct_config__.tag == kind for kind, form in FORMS.items())


def test_the_packs_that_ship_pass_both(validator: jsonschema.protocols.Validator) -> None:
    for pack in PACKS.glob("*.jsonl"):
        assert read_cases(pack)
        for line in pack.read_text(encoding="utf-8").splitlines():
            validator.validate(json.loads(line))
