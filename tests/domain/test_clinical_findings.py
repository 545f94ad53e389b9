"""A clinical finding (a sign, a symptom, a test result) is not an annotation: prompts and definitions keep the word."""

from doubleread.domain.labels import LABEL_SETS
from doubleread.domain.prompts import PromptTemplate


def test_prompts_ask_for_the_findings_of_the_case():
    prompt = PromptTemplate()
    assert "findings of the case" in prompt.system
    for text in (prompt.choice, prompt.diagnosis):
        assert "cite the findings" in text
        assert "annotation" not in text


def test_no_definition_of_a_label_speaks_of_annotations_in_the_case_or_the_literature():
    definitions = [label.definition for labels in LABEL_SETS.values() for label in labels.categories]
    assert definitions
    assert not [words for words in definitions if "annotation" in words]
