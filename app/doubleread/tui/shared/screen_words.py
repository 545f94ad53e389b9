"""Advice of the command line in the words of the screen.

Errors and notes come from functions that the commands call as well, so they name options and commands. A screen has
fields and menus instead: `screen_words` names those by their labels.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from doubleread.errors import DoublereadError

if TYPE_CHECKING:
    from doubleread.tui.shared.fields import Field

MENU: Mapping[str, str] = {
    "run": "Generate the answers",
    "import-answers": "Import answers",
    "import-annotations": "Import annotations",
    "readers add": "Register a reader",
    "readers withdraw": "Withdraw or reinstate",
    "readers reinstate": "Withdraw or reinstate",
    "assign": "Assign cases",
    "split": "Split off files",
    "merge": "Merge files",
    "conflicts": "Choose a branch",
    "adjudicate": "Adjudicate",
    "review-scores": "Review scores",
    "report": "Write the report",
    "export": "Export",
    "deposit": "Write a deposit",
    "log": "Log",
    "verify": "Verify",
    "backup": "Write a copy",
}
"""The lines of the menu on a study's page, by the commands that do the same."""

LABELS: Mapping[str, str] = {
    "skip-bad": "Skip faulty lines",
    "format": "Format",
    "encoding": "Encoding",
    "id-prefix": "Id prefix",
    "split": "Split",
    "with-case-text": "With the texts of the cases",
    "readers": "Readers",
    "each": "Readers of a case",
    "slots": "Answers in parallel",
    "allow-drift": "Accept changed settings",
    "reproducible": "Reproducible",
    "title": "Title",
    "protocol": "Protocol file",
    "preset": "What readers do",
    "task": "What the models are asked",
    "unblind": "Reason to name the arms now",
    "attested-by": "Attested by",
    "shots": "Solved examples",
    "embedding": "Embedding model",
    "skip-unreadable": "Leave out what cannot be read",
    **{f"{option}-{letter}": f"Arm {letter.upper()}{what}"
       for letter in "ab"
       for option, what in (("model", ""), ("server", ": server"), ("chat-template", ": chat template"),
                           ("corpus", ": corpus"), ("passages", ": passages per case"), ("lora", ": LoRA adapter"),
                           ("temperature", ": temperature"))},
}  # fmt: skip
"""The labels of fields by the options that ask the same, where no form says otherwise."""
_TICKED = frozenset({"skip-bad", "skip-unreadable", "with-case-text", "allow-drift", "reproducible"})

_UNBLINDING = "record an unblinding: doubleread results STUDY --unblind REASON"
_COMMAND = re.compile(
    rf"`doubleread (?P<quoted>{'|'.join(MENU)})\b[^`]*`(?P<on> on )?"
    rf"|doubleread (?P<plain>{'|'.join(MENU)})\b[^;\n)]*?(?=\.?$|;|\n|\))",
    re.MULTILINE,
)
_COLUMN = re.compile(r"(?:name it with|correct) --(?:column|map) (\w+)=[A-Z]+")
_OPTION = re.compile(
    r"(?:\b(?P<verb>add|omit|leave out|use run) )?--(?P<name>[a-z]+(?:-[a-z]+)*)(?P<value> [A-Z]{3,}(?:=[A-Z]{3,})?)?"
)


def screen_words(text: str, fields: Iterable[Field] = ()) -> str:
    """Return advice with the labels of fields, those of a form first, in place of options, and menus of commands."""
    from doubleread.tui.shared.fields import ChoiceField, ChoicesField, SwitchField

    asked = {field.name.replace("_", "-"): field for field in fields}

    def menu(found: re.Match[str]) -> str:
        line = f'"{MENU[found["quoted"] or found["plain"]]}"'
        return f"{line} on " if found["on"] else f"{line} on the study's page"

    def label(found: re.Match[str]) -> str:
        name = found["name"]
        field = asked.get(name)
        if field is None and name not in LABELS:
            return found[0]
        shown = f'"{LABELS[name] if field is None else field.label}"'
        ticked = name in _TICKED if field is None else isinstance(field, SwitchField)
        chosen = ticked or isinstance(field, ChoiceField | ChoicesField)
        match found["verb"]:
            case "add":
                return f"{'choose' if chosen else 'fill in'} {shown}"
            case "omit" | "leave out":
                return f"do not choose {shown}" if chosen else f"leave {shown} empty"
            case "use run":
                return f"use {shown}"
        return shown

    told = text.replace(_UNBLINDING, f'write the report, and fill in "{LABELS["unblind"]}"')
    told = _COLUMN.sub(r'name its column "\1" in the file', told)
    return _OPTION.sub(label, _COMMAND.sub(menu, told))


def screen_error(error: DoublereadError, fields: Iterable[Field] = ()) -> DoublereadError:
    """Return an error in the words of the screen."""
    asked = tuple(fields)
    return error.retold(error.title, screen_words(error.happened, asked), screen_words(error.remedy, asked))
