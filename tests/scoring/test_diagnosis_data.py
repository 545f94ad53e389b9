"""The word lists ship with the package, name their source, and are read only when a diagnosis is scored."""

from __future__ import annotations

import subprocess
import sys
from importlib.resources import files

import pytest

from doubleread.scoring.diagnosis_data import synonyms, word_list
from doubleread.scoring.diagnosis_names import names_of
from doubleread.scoring.diagnosis_words import normal_words

DATA = files("doubleread.scoring") / "data"
LISTS = [file for folder in (DATA, DATA / "synonyms") for file in folder.iterdir() if file.name.endswith(".toml")]


@pytest.mark.parametrize("file", LISTS, ids=lambda file: file.name)
def test_every_list_names_its_source(file) -> None:
    head = [line for line in file.read_text(encoding="utf-8").splitlines()[:3] if line.startswith("#")]
    assert "Source:" in " ".join(head)


def test_the_lists_are_broad() -> None:
    assert len(LISTS) >= 20
    assert len(synonyms()) > 1500
    assert len(word_list("abbreviations")["one_meaning"]) > 350


def test_importing_the_scorer_reads_no_list() -> None:
    code = (
        "import doubleread.scoring; from doubleread.scoring.diagnosis_data import word_list, synonyms; "
        "print(word_list.cache_info().currsize + synonyms.cache_info().currsize)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"


def test_a_redundant_word_may_be_there_or_not() -> None:
    assert tuple(normal_words("appendicitis")) in {name.words for name in names_of("Acute appendicitis", ())}


def test_a_synonym_is_found_inside_a_longer_name() -> None:
    found = {name.words for name in names_of("Acute gastroesophageal reflux disease of pregnancy", ())}
    assert tuple(normal_words("acute acid reflux of pregnancy")) in found
