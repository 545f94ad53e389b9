"""What must hold for every diagnosis: spelling changes nothing, a negation takes the proposal away, spans quote."""

from __future__ import annotations

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from doubleread.scoring import propose_diagnosis
from doubleread.scoring.diagnosis_data import abbreviations, also_words, ambiguous_abbreviations, synonyms
from doubleread.scoring.diagnosis_names import names_of, normal_words_of
from doubleread.scoring.diagnosis_words import normal_words
from graded_pairs import pairs

GROUPS = st.sampled_from(synonyms())
NAMES = st.sampled_from([name for group in synonyms() for name in group])
FRAMES = st.sampled_from(
    [
        "{}",
        "{}.",
        "The most likely diagnosis is {}.",
        "**Diagnosis:** {}",
        "Final answer: {}",
        "**{}**",
        "1. {}\n2. Plague",
    ]
)
NEGATIONS = st.sampled_from(
    [
        "This is not {}.",
        "No evidence of {}.",
        "The biopsy rules out {}.",
        "{} was ruled out.",
        "The next step is to rule out {}.",
        "The patient does not have {}.",
        "{} is unlikely.",
        "It cannot be {}.",
        "Neither {} nor plague.",
    ]
)
ANSWERS = st.sampled_from([pair.answer for pair in pairs("development")])
KEYS = st.sampled_from([pair.key for pair in pairs("development")])


@given(group=GROUPS, frame=FRAMES, data=st.data())
@settings(max_examples=200, deadline=None)
def test_every_listed_name_proposes_every_other_of_its_group(group: tuple[str, ...], frame: str, data) -> None:
    said, key = data.draw(st.sampled_from(group)), data.draw(st.sampled_from(group))
    result = propose_diagnosis(frame.format(said), key)
    assert (result.outcome, result.rank) == ("proposed", 1), (said, key, result.reason)


@given(name=NAMES, frame=FRAMES)
@settings(max_examples=200, deadline=None)
def test_case_and_accents_change_nothing(name: str, frame: str) -> None:
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))
    texts = [frame.format(said) for said in (name, bare, name.upper(), name.lower())]
    found = [propose_diagnosis(text, name) for text in texts]
    assert {result.outcome for result in found} == {"proposed"}


@given(name=NAMES, negation=NEGATIONS)
@settings(max_examples=300, deadline=None)
def test_a_negation_takes_the_proposal_away(name: str, negation: str) -> None:
    assert propose_diagnosis(negation.format(name), name).outcome != "proposed"


@given(text=ANSWERS, key=KEYS)
@settings(max_examples=300, deadline=None)
def test_the_evidence_holds(text: str, key: str) -> None:
    result = propose_diagnosis(text, key)
    assert result == propose_diagnosis(text, key)
    assert (result.rank is None) == (result.start is None) == (result.chosen is None) == (result.confidence is None)
    if result.start is not None:
        assert text[result.start : result.end] == result.chosen
        assert 0 <= result.confidence <= 1
        assert result.rank >= 1
    assert result.outcome != "proposed" or result.rank == 1


@given(st.text(max_size=200), st.text(max_size=40))
@settings(deadline=None)
def test_no_text_raises(text: str, key: str) -> None:
    result = propose_diagnosis(text, key)
    assert result.start is None or text[result.start : result.end] == result.chosen


def test_a_plural_is_its_singular() -> None:
    for one, many in [
        ("keloid", "keloids"),
        ("metastasis", "metastases"),
        ("keratosis", "keratoses"),
        ("varix", "varices"),
        ("diverticulum", "diverticula"),
        ("verruca", "verrucae"),
        ("condyloma", "condylomata"),
        ("biopsy", "biopsies"),
        ("arthritis", "arthritides"),
        ("pulmonary embolism", "pulmonary emboli"),
        ("verruca vulgaris", "verrucae vulgares"),
        ("hematoma", "haematomata"),
        ("accessory tragus", "accessory tragi"),
        ("abscess", "abscesses"),
    ]:
        assert normal_words(one) == normal_words(many)


def test_one_name_in_two_spellings_is_one() -> None:
    for one, other in [
        ("cyclic vomiting", "cyclical vomiting"),
        ("gastroesophageal reflux", "gastro-oesophageal reflux"),
        ("tracheoesophageal fistula", "tracheo-oesophageal fistula"),
        ("beta thalassemia", "β-thalassaemia"),
        ("generalized pustulosis", "generalised pustulosis"),
        ("bedsore", "bed sore"),
        ("chickenpox", "chicken pox"),
        ("nonalcoholic hepatitis", "non-alcoholic hepatitis"),
        ("Crohn's disease", "CROHN'S DISEASE"),
        ("malignant tumor of the lung", "lung cancer"),
    ]:
        assert set(normal_words(one)) - {"the", "of"} == set(normal_words(other)), (one, other)


def test_surnames_that_end_in_o_stay_words_of_their_own() -> None:
    assert normal_words("Romano-Ward syndrome") == ["romano", "ward", "syndrome"]


def test_no_abbreviation_is_in_two_lists_and_every_word_of_them_is_an_abbreviation() -> None:
    assert not set(abbreviations()) & set(ambiguous_abbreviations())
    assert set(abbreviations()) | set(ambiguous_abbreviations()) >= also_words()
    assert all(short == short.lower() and meanings for short, meanings in ambiguous_abbreviations().items())


def test_no_name_stands_for_two_diseases() -> None:
    seen: dict[tuple[str, ...], tuple[str, ...]] = {}
    for group in synonyms():
        assert len(group) > 1
        for words in {tuple(normal_words(name)) for name in group}:
            assert words not in seen, (words, seen.get(words), group)
            seen[words] = group


def test_the_lists_give_a_key_its_other_names() -> None:
    assert ("heart", "attack") not in {name.words for name in names_of("Gout", ())}
    assert tuple(normal_words("heart attack")) in {name.words for name in names_of("MI", ())}


def test_no_listed_name_is_proposed_for_another_disease() -> None:
    naming: dict[str, set[tuple[int, str]]] = {}
    for number, group in enumerate(synonyms()):
        for said in group:
            for word in normal_words_of(said):
                naming.setdefault(word, set()).add((number, said))
    for number, group in enumerate(synonyms()):
        key = group[0]
        words = {word for name in names_of(key, ()) for word in name.telling}
        for other, said in set().union(*(naming.get(word, ()) for word in words)):
            if other != number:
                assert propose_diagnosis(said, key).outcome != "proposed", (said, key)
