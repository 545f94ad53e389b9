"""Advice in the words of the screen: labels of fields and menus instead of options and commands."""

from __future__ import annotations

import pytest

from doubleread.tui.run.screen import FIELDS as RUN_FIELDS
from doubleread.tui.shared.fields import ChoiceField, Field, NumberField, SwitchField, TextField
from doubleread.tui.shared.screen_words import LABELS, MENU, screen_words
from doubleread.tui.study.actions import STUDY_ACTIONS
from doubleread.tui.study.export_forms import attestation_fields

FORM: tuple[Field, ...] = (
    SwitchField("skip_bad", "Leave out faulty lines"),
    ChoiceField("format", "File format"),
    TextField("title", "Title"),
    NumberField("each", "Readers of a case"),
)


@pytest.mark.parametrize(
    ("advice", "told"),
    [
        ("correct it, or add --skip-bad to leave them out", 'correct it, or choose "Leave out faulty lines" to leave'),
        (", not all of which --skip-bad can leave out", ', not all of which "Leave out faulty lines" can leave out'),
        ("name it with --format: csv, jsonl", 'name it with "File format": csv, jsonl'),
        ("omit --title to use the file's name", 'leave "Title" empty to use the file\'s name'),
        ("omit --reproducible", 'do not choose "Reproducible"'),
        ("name more, or lower --each", 'name more, or lower "Readers of a case"'),
        ("then attest: --attested-by NAME", 'then attest: "Attested by"'),
        ("use run --slots 1; otherwise, see its log", 'use "Answers in parallel" 1; otherwise, see its log'),
        ("say it: doubleread readers add my.doubleread --reader R-1 --role x", 'say it: "Register a reader" on the st'),
        ("generate it with `doubleread run`", 'generate it with "Generate the answers" on the study\'s page'),
        ("run `doubleread verify` on it and continue", 'run "Verify" on it and continue'),
        ("record an unblinding: doubleread results STUDY --unblind REASON", 'fill in "Reason to name the arms now"'),
        ("found: a; name it with --column text=NAME", 'found: a; name its column "text" in the file'),
        ("add them with doubleread import-answers.", 'add them with "Import answers" on the study\'s page.'),
    ],
)
def test_options_and_commands_become_labels_and_menus(advice: str, told: str) -> None:
    assert told in screen_words(advice, FORM)


@pytest.mark.parametrize(
    "words", ["a dash -- and --unknown", "doubleread doctor", "see `doubleread doctor`", "R-01 -> R-02", "--"]
)
def test_other_words_stay_as_they_are(words: str) -> None:
    assert screen_words(words, FORM) == words


def test_menus_have_the_labels_of_the_study_page() -> None:
    assert set(MENU.values()) <= {row.label for row in STUDY_ACTIONS}


def test_default_labels_are_those_of_the_fields() -> None:
    for field in (*RUN_FIELDS, *attestation_fields()):
        assert LABELS[field.name.replace("_", "-")] == field.label
