"""From a free answer to its diagnoses in their order, each with the words that name it."""

from __future__ import annotations

import pytest

from doubleread.scoring.differential import Differential, differential_of
from doubleread.scoring.plain import visible_stretch, without_mark_up

ORDERED = [
    ("1. Sarcoidosis\n2. Tuberculosis\n3. Lymphoma", ["Sarcoidosis", "Tuberculosis", "Lymphoma"]),
    ("1. Sarcoidosis 2. Tuberculosis 3. Lymphoma", ["Sarcoidosis", "Tuberculosis", "Lymphoma"]),
    ("1) Gout\n2) Pseudogout", ["Gout", "Pseudogout"]),
    ("* Gastric ulcer\n* Duodenal ulcer", ["Gastric ulcer", "Duodenal ulcer"]),
    ("- Gastric ulcer: pain after meals\n- Duodenal ulcer", ["Gastric ulcer", "Duodenal ulcer"]),
    ("• Measles\n• Rubella", ["Measles", "Rubella"]),
    ("Diagnosis 1: Gout\nDiagnosis 2: Septic arthritis", ["Gout", "Septic arthritis"]),
    ("### Differential\n1) Lyme disease (70%)\n2) Viral meningitis (20%)", ["Lyme disease", "Viral meningitis"]),
    (
        "**Differential diagnosis:**\n\n1. **Sarcoidosis** - bilateral hilar nodes\n   - raised ACE\n   - granulomas\n"
        "2. **Tuberculosis**: caseating granulomas are typical.\n3. **Lymphoma (Hodgkin)** — less likely\n\n"
        "Next steps:\n1. Chest CT\n2. Biopsy",
        ["Sarcoidosis", "Tuberculosis", "Lymphoma (Hodgkin)"],
    ),
    (
        "Key findings:\n- Fever\n- Rash\n\nDifferential diagnosis:\n- Measles\n- Rubella",
        ["Measles", "Rubella"],
    ),
    (
        "**1. Acute myeloid leukemia (AML)**: blasts.\n\n**2. Aplastic anemia**: no blasts there.\n\n"
        "**Most likely diagnosis: Acute myeloid leukemia**",
        ["Acute myeloid leukemia", "Aplastic anemia"],
    ),
    ("1. Gout: typical.\n\nThe toe is swollen.\n\n2. Cellulitis: less so.", ["Gout", "Cellulitis"]),
    (
        "Acute pericarditis is the most likely diagnosis, followed by myocarditis.",
        ["Acute pericarditis", "myocarditis"],
    ),
    ("The leading diagnosis is botulism; alternatives are myasthenia gravis.", ["botulism", "myasthenia gravis"]),
    (
        "The most likely diagnosis is sarcoidosis. The differential diagnosis includes tuberculosis, lymphoma, and "
        "fungal infection.",
        ["sarcoidosis", "tuberculosis", "lymphoma", "fungal infection"],
    ),
    (
        "- Gastric ulcer\n- Duodenal ulcer\n\nThe most likely diagnosis is duodenal ulcer.",
        ["duodenal ulcer", "Gastric ulcer"],
    ),
    ('{"differential": ["Tuberculosis", "Sarcoidosis"], "reasoning": "cough"}', ["Tuberculosis", "Sarcoidosis"]),
    (
        '```json\n[{"rank": 1, "diagnosis": "Cholera"}, {"rank": 2, "diagnosis": "Typhoid"}]\n```',
        ["Cholera", "Typhoid"],
    ),
    ('{"most_likely": "Gout", "differential": ["Septic arthritis"]}', ["Gout", "Septic arthritis"]),
    ("<think>1. Gout\n2. Lupus</think>1. Pseudogout\n2. Gout", ["Pseudogout", "Gout"]),
    ("Hand, foot and mouth disease", ["Hand, foot and mouth disease"]),
    ("Final diagnosis: Granulomatosis with polyangiitis.", ["Granulomatosis with polyangiitis"]),
    (
        "1. The patient has fever and a murmur.\n2. The murmur suggests endocarditis.\n3. Therefore the diagnosis is "
        "infective endocarditis.",
        ["infective endocarditis"],
    ),
]


def differential(text: str) -> Differential:
    start, end, _ = visible_stretch(text)
    return differential_of(text, without_mark_up(text, start, end))


@pytest.mark.parametrize(("text", "names"), ORDERED)
def test_in_the_answers_own_order(text: str, names: list[str]) -> None:
    found = differential(text)
    assert [candidate.text for candidate in found.candidates] == names
    assert [candidate.rank for candidate in found.candidates] == list(range(1, len(names) + 1))
    assert found.committed
    assert all(text[candidate.start : candidate.end] == candidate.text for candidate in found.candidates)


@pytest.mark.parametrize(
    ("text", "ranks"),
    [
        ("Sarcoidosis or tuberculosis.", [2, 2]),
        ("Pulmonary embolism, pneumonia, or acute coronary syndrome", [3, 3, 3]),
        ("It could be a migraine, a tension headache or a cluster headache.", [3, 3, 3]),
        ("Most likely sarcoidosis, less likely tuberculosis or lymphoma.", [1, 3, 3]),
        ("1. Gout or pseudogout\n2. Septic arthritis", [2, 2, 3]),
    ],
)
def test_what_is_left_open_shares_the_last_of_its_places(text: str, ranks: list[int]) -> None:
    found = differential(text)
    assert [candidate.rank for candidate in found.candidates] == ranks
    assert found.committed == (ranks[0] == 1)


def test_a_bare_differential_commits_to_nothing() -> None:
    found = differential("The differential includes sarcoidosis, tuberculosis and lymphoma.")
    assert [candidate.text for candidate in found.candidates] == ["sarcoidosis", "tuberculosis", "lymphoma"]
    assert not found.committed


def test_alternatives_to_an_unread_first_one_begin_at_the_second_place() -> None:
    found = differential("All of this fits gout. Other possibilities include pseudogout and septic arthritis.")
    assert [(candidate.rank, candidate.text) for candidate in found.candidates] == [
        (2, "pseudogout"),
        (3, "septic arthritis"),
    ]


@pytest.mark.parametrize("text", ["", "  \n", "No diagnosis can be made.", "<think>1. Gout\n2. Lupus", "[", "{", '["'])
def test_nothing_where_nothing_is_named(text: str) -> None:
    assert differential(text).candidates == ()


@pytest.mark.timeout(60)  # a second is enough for work that grows with the length and not with its square
@pytest.mark.parametrize(
    ("piece", "candidates"), [("1. gout ", 1), ("most likely ", 1), ("- gout\n", 2), ("differential ", 0), ("(", 0)]
)
def test_a_very_long_text_is_read(piece: str, candidates: int) -> None:
    text = (piece * (200_000 // len(piece) + 1))[:200_000]
    assert len(differential(text).candidates) == candidates
