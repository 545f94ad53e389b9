"""Sentences around a name that deny, doubt or lessen it, and those that leave it as it is. Any name fits into each."""

from __future__ import annotations

import random
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from doubleread.scoring import propose_diagnosis
from doubleread.scoring.diagnosis_data import abbreviations, ambiguous_abbreviations, synonyms


def _lines(text: str) -> list[str]:
    return text.strip().splitlines()


NEGATED = _lines("""
This is not {}.
It isn't {}.
No {}.
No evidence of {}.
The biopsy rules out {}.
{} was ruled out.
The next step is to rule out {}.
The patient does not have {}.
{} is unlikely.
It cannot be {}.
Neither {} nor plague.
Plague rather than {}.
Plague, not {}.
Anything but {}.
{} has been excluded.
{} does not fit.
{} is less likely than plague.
Less likely {}.
Unlikely to be {}.
The findings argue against {}.
Instead of {}, this is plague.
{} (unlikely)
{} (ruled out)
The diagnosis of {} is incorrect.
{} is not the diagnosis.
Negative for {}
It would be wrong to call this {}.
Nothing suggests {}.
r/o {}
{}? No.
It looks like {}, but it is plague.
Initially {}, but the final diagnosis is plague.
Although {} was considered, this is plague.
Misdiagnosed as {}.
{} was the initial impression, but cultures show plague.
If this were {}, there would be buboes.
Would have been {} with more pain; it is plague.
{} cannot explain this.
Working diagnosis: {}. Final diagnosis: plague.
""")
DOUBTED = _lines("""
Possible {}
Possibly {}
Suspected {}
Low suspicion for {}
Concern for {}
Perhaps {}
Questionable {}
?{}
{}?
Could be {}
It might be {}.
Cannot exclude {}
{} cannot be excluded.
{} is possible.
I doubt {}.
{} should be considered.
{} remains a possibility.
Plague or {}
{} or plague
Either {} or plague
{} versus plague
{} vs. plague
Plague/{}
{}/plague
Conditions such as {}
Infections, e.g., {}
For example {}
Considerations include {} and plague.
Differential: plague, {}, cholera
A mimic of {}
{} mimic
{}-like illness
Pseudo-{}
Atypical {}
""")
LESSER = _lines("""
Subclinical {}
Latent {}
Pre-{}
Prodromal {}
Incipient {}
Impending {}
Early {}
Borderline {}
Asymptomatic {}
{} carrier
Carrier of {}
Exposure to {}
{} exposure
History of {}
Previous {}
{} in the past
Family history of {}
Father with {}
Risk of {}
{} risk
{} prophylaxis
{} vaccination
{} screening
Screening for {}
Prevention of {}
Fear of {}
Delusion of {}
Complication of {}
Plague secondary to {}
Plague due to {}
Plague following {}
Plague with {}
Plague and {}
{} (subclinical)
{} (latent)
{}, latent
{} trait
Familial {}
Treatment of {}
Survivor of {}
{} antibodies
Progression to {}
Feigned {}
""")
SAME = _lines("""
{}
{}.
**{}**
*{}*
__{}__
`{}`
- {}
# {}
"{}"
Diagnosis: {}
**Diagnosis:** {}
Final answer: {}!
Likely {}
Most likely {}.
Severe {}
This is a typical case of {}.
The most likely diagnosis is {}.
There is no fever and no rash, so the most likely diagnosis is {}.
The findings are most consistent with {}, and treatment should start at once.
The patient has {}, which explains all of the findings.
""")
# Names with a comma, a slash or brackets are two names to some of these sentences.
PLAIN = [name for group in synonyms() for name in group if not set(name) & set(",/()")]
BRITISH = (("hem", "haem"), ("edema", "oedema"), ("esoph", "oesoph"), ("tumor", "tumour"), ("ized", "ised"))
BRITISH += (("anemia", "anaemia"), ("leuk", "leuc"), ("fetal", "foetal"), ("pedi", "paedi"), ("diarrhea", "diarrhoea"))


def names(frame: str, count: int = 8) -> list[str]:
    return random.Random(frame).sample(PLAIN, count)


@pytest.mark.parametrize("frame", [*NEGATED, *DOUBTED, *LESSER])
def test_a_denied_doubted_or_lesser_name_is_not_proposed(frame: str) -> None:
    assert [name for name in names(frame) if propose_diagnosis(frame.format(name), name).outcome == "proposed"] == []


@pytest.mark.parametrize("frame", SAME)
def test_mark_up_punctuation_and_plain_statements_leave_it_proposed(frame: str) -> None:
    assert [name for name in names(frame) if propose_diagnosis(frame.format(name), name).outcome != "proposed"] == []


@given(name=st.sampled_from(PLAIN), frame=st.sampled_from([*NEGATED, *DOUBTED, *LESSER]))
@settings(max_examples=200, deadline=None)
def test_no_name_is_proposed_from_such_a_sentence(name: str, frame: str) -> None:
    assert propose_diagnosis(frame.format(name), name).outcome != "proposed"


@given(name=st.sampled_from(PLAIN), frame=st.sampled_from([*SAME, *NEGATED, *LESSER]))
@example(name="leukemic reticuloendotheliosis", frame="{}")
@settings(max_examples=200, deadline=None)
def test_case_accents_and_british_spelling_change_no_outcome(name: str, frame: str) -> None:
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))
    british = name
    for american, form in BRITISH:
        british = british.replace(american, form)
    short = {word.lower() for word in name.replace("-", " ").split()}
    said = [name, bare, british]
    if not short & (set(abbreviations()) | set(ambiguous_abbreviations())):
        said += [name.upper(), name.lower(), name.capitalize()]
    outcomes = {propose_diagnosis(frame.format(form), name).outcome for form in said}
    assert len(outcomes) == 1, said
