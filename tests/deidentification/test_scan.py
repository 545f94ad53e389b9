"""What the scan finds, and what it must leave alone."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubleread.deidentification import KINDS, scan, scan_pseudonym


def found(text: str) -> list[tuple[str, str]]:
    return [(hit.kind, hit.text) for hit in scan(text)]


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("Seen on 2021-03-14 in clinic.", "date", "2021-03-14"),
        ("DOB: 3/14/1950", "date", "3/14/1950"),
        ("admitted 14.03.21, well", "date", "14.03.21"),
        ("on March 14, 2021 she fell", "date", "March 14, 2021"),
        ("am 14. März 2021 operiert", "date", "14. März 2021"),
        ("le 14 février 2021", "date", "14 février 2021"),
        ("since Mar 14", "date", "Mar 14"),
        ("born in june 1950", "date", "june 1950"),
        ("discharged 3/14.", "date", "3/14"),
        ("vom 14.3. an", "date", "14.3."),
        ("A 94-year-old woman", "age over 89", "94-year-old"),
        ("is aged 101 and frail", "age over 89", "aged 101"),
        ("93-jährige Patientin", "age over 89", "93-jährige"),
        ("a ninety-three-year-old man", "age over 89", "ninety-three-year-old"),
        ("call (415) 555-0132 today", "phone number", "(415) 555-0132"),
        ("Tel. +49 30 901820", "phone number", "+49 30 901820"),
        ("reach me at 030 901820", "phone number", "030 901820"),
        ("pager: 555-0199", "phone number", "555-0199"),
        ("write to a.b+c@example.org.", "e-mail", "a.b+c@example.org"),
        ("see https://example.org/p?id=7 now", "web address", "https://example.org/p?id=7"),
        ("from 192.168.10.20 by fax", "IP address", "192.168.10.20"),
        ("host 2001:db8::8a2e:370:7334 is up", "IP address", "2001:db8::8a2e:370:7334"),
        ("MRN: 5484367", "number", "5484367"),
        ("mrn 3-8-4-9-2-0", "number", "3-8-4-9-2-0"),
        ("patient ID AB-12345 was", "number", "AB-12345"),
        ("Fallnummer: 2021-004711", "number", "2021-004711"),
        ("SSN is 219-09-9999", "number", "219-09-9999"),
        ("NHS 943 476 5919", "number", "943 476 5919"),
        ("KVNR A123456780", "number", "A123456780"),
        ("IBAN DE89 3704 0044 0532 0130 00", "number", "DE89 3704 0044 0532 0130 00"),
        ("her file 4711471147 was lost", "number", "4711471147"),
        ("lives at 12 Elm Street, Apt 4", "address", "12 Elm Street, Apt 4"),
        ("wohnt Lindenstraße 7a in", "address", "Lindenstraße 7a"),
        ("habite 12 rue de Rivoli", "address", "12 rue de Rivoli"),
        ("in Springfield, IL 62704", "address", "IL 62704"),
        ("at SW1A 1AA", "address", "SW1A 1AA"),
        ("aus 10117 Berlin", "address", "aus 10117 Berlin"),
        ("Mrs. Campbell said", "name", "Campbell"),
        ("dr. reyes , was", "name", "reyes"),
        ("Frau Dr. Schneider kam", "name", "Schneider"),
        ("Patient name: Okonkwo, Nneka", "name", "Okonkwo, Nneka"),
        ("my name is Thandiwe", "name", "Thandiwe"),
        ("The patient, Laura Henderson, denies", "name", "Laura Henderson"),
        ("Her daughter Ingrid drove", "name", "Ingrid"),
        ("signed by J. Brzezicki", "name", "J. Brzezicki"),
        ("Discussed with Amir Haddadi, MD", "name", "Amir Haddadi"),
        ("Andrea Roberts has pain", "name", "Andrea Roberts"),
        ("hi , kayla , how", "name", "kayla"),
        ("martha is a 50-year-old", "name", "martha"),
        ("/home/annamiller/models/x.gguf", "name", "annamiller"),
    ],
)
def test_an_identifier_is_found(text, kind, expected):
    assert (kind, expected) in found(text)
    assert kind in KINDS


@pytest.mark.parametrize(
    "text",
    [
        "Blood pressure is 120/80 mmHg, pulse 92/min, SpO2 98%, temperature 37.2 C.",
        "Parkinson disease, Hodgkin lymphoma, Crohn's disease, Wilson disease, Graves' disease.",
        "Patient Parkinson's disease was excluded. Babinski sign and Murphy sign are negative.",
        "Guillain-Barré syndrome, Marfan syndrome, Henoch-Schönlein purpura, Kerley B lines, Virchow node.",
        "Warfarin 5 mg, Metoprolol Succinate 25 mg, Allegra 180 mg, Augustin regimen, MS Contin 15 mg.",
        "ICD-10: I21.9, E11.65, M54.5, Z79.4. ICD-11: BA41.0.",
        "Sodium 138 mEq/L, creatinine 1.1 mg/dL, platelets 150000/uL, HIV RNA 12000000 copies/mL.",
        "The 2019 ACC/AHA guideline, published in March 2019, advises statins.",
        "Strength is 5/5, reflexes 2/4, murmur 3/6, ratio 1/2, range 10-20 mg, INR 2.0-3.0.",
        "A 45-year-old man has had pain for 90 days; ESR is 95 mm/h; over the past 95 years.",
        "She may take it 3 times a day, and will return in 2 weeks. The QRS is 130 ms. In addition, ST falls.",
        "Trial NCT01234567 (PMID 12345678), doi:10.1000/182, version 1.2.3.4.",
        "Vitamin B12 500 mcg and D3 2000 IU; T4 L4 S1; pH 7.35; FiO2 0.4; 1:1000 dilution.",
        "The doctor advised rest. Mother is healthy. Patient denies pain. Dr. will call. Hi there.",
        "Option A is correct: Acute Pericarditis. Case 12, Figure 3, Chapter 7.1.2.3.",
        "He is a 45-year-old man. The Patient is a 7-month-old girl. This is a test.",
    ],
)
def test_what_is_harmless_is_left_alone(text):
    assert found(text) == []


def test_offsets_are_those_of_the_text_and_hits_do_not_overlap():
    text = "🫀 Mrs. Campbell, DOB 3/14/1950, MRN 5484367, call 415-555-0132 or a@example.org; signed by Dr. Reyes"
    hits = scan(text)
    assert [hit.kind for hit in hits] == ["name", "date", "number", "phone number", "e-mail", "name"]
    assert all(text[hit.start : hit.end] == hit.text and hit.rule for hit in hits)
    assert all(one.end <= other.start for one, other in pairwise(hits))


@pytest.mark.parametrize(
    ("pseudonym", "names"), [("R-01", []), ("S-12", []), ("Anna-Reads", ["Anna"]), ("schneider", ["schneider"])]
)
def test_ids_of_people_that_hold_a_name(pseudonym, names):
    assert [hit.text for hit in scan_pseudonym(pseudonym)] == names


@given(st.text())
def test_any_text_can_be_scanned(text):
    for hit in scan(text):
        assert text[hit.start : hit.end] == hit.text


LONG = (
    *(
        "a" * 20_000,
        "1" * 20_000,
        "A. " * 7_000,
        "Aa " * 7_000,
        "1:" * 9_000,
        "1 " * 9_000,
        "a@" * 9_000,
        "St. " * 5_000,
    ),
    *(
        "MRN " + "1" * 9_000 + "%",
        "MRN " + "1a " * 3_000 + "%",
        "Fallnummer " + "1 " * 5_000,
        "phone " + "1 " * 5_000 + "x",
    ),
    *("DE89" + " 1234" * 3_000, "a." * 9_000 + "@", "12 " + "Aa " * 7_000, "Patient name: " + "Aa " * 7_000),
    *(
        "A" + "a-" * 9_000,
        "12 rue " + "de " * 7_000,
        "Mrs. Smith " + "von " * 5_000,
        "signed by " * 3_000,
        "May " * 5_000,
    ),
)


@pytest.mark.parametrize("text", LONG, ids=lambda text: text[:12])
def test_no_text_takes_long(text):
    """A rule that backtracks without end would run into the time limit of the tests."""
    assert len(scan(text)) <= len(text)


def test_the_name_lists_say_their_licence():
    from importlib.resources import files

    for name in ("given_names.txt", "family_names.txt"):
        text = (files("doubleread.deidentification") / "data" / name).read_text(encoding="utf-8")
        assert "Daniele Faraglia" in text
        assert "Permission is hereby granted" in text
        assert not re.search(r"^[A-Z]", text, re.MULTILINE)
