"""Which words of an answer are redacted, which are not, and what a growing text shows."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arms import arm_with_model
from doubleread.domain.arm import Arm, NamedTemplate
from doubleread.domain.case import Case, Document
from doubleread.domain.model import Model
from doubleread.domain.redaction import REDACTION_MARK, redacted, redacted_quote, redaction, redaction_of, words_of
from doubleread.domain.spans import Span, words

KNOWN = redaction()
OWN = redaction_of(
    [
        arm_with_model(
            "1", "Zebrafinch-7B-Instruct-Q4_K_M", "", "/models/zebrafinch.gguf", metadata={"general.author": "Ornith"}
        ),
        arm_with_model(
            "2", "General", "", "C:\\models\\Quokka_Med.gguf", metadata={"general.base_model.0.name": "WombatLM 2"}
        ),
    ]
)


def hidden(text: str, redactions=KNOWN, ordinary=()) -> list[str]:
    shown = redactions.redacted(text, ordinary)
    assert len(shown) == len(text)
    assert all(a in (b, REDACTION_MARK) for a, b in zip(shown, text, strict=True))
    return [span.of(text) for span in redactions.spans(text, ordinary)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("As OpenBioLLM, I would treat at once.", ["OpenBioLLM"]),
        ("as open-bio llm I say", ["open-bio llm"]),
        ("OpenBioLLM-Llama3-8B says so; Open Bio LLM 70B too.", ["OpenBioLLM-Llama3-8B", "Open Bio LLM 70B"]),
        ("I am BioMistral 7B.", ["BioMistral 7B"]),
        ("**Meditron**: it is", ["Meditron"]),
        ("Med42 and Med-42 and MED 42", ["Med42", "Med-42", "MED 42"]),
        ("By Llama 3.1 8B, Phi-3-mini, gemma-2-9b and GPT-4o.", ["Llama 3.1 8B", "Phi-3-mini", "gemma-2-9b", "GPT-4o"]),
        ("I was trained by OpenAI and am ChatGPT", ["OpenAI", "ChatGPT"]),
        ("As Claude, I cannot tell.", ["Claude"]),
        ("As an AI model developed by Google, I think", ["Google"]),
        ("Developed by Meta, I answer.", ["Meta"]),
        ("My name is Phi.", ["Phi"]),
        ("I am an AI assistant called Gemma and", ["Gemma"]),
        ("The Llama language model says", ["Llama"]),
        ("Claude here. The rash", ["Claude"]),
        ("It is B.\n\n— Claude", ["Claude"]),
        ("Llama: B", ["Llama"]),
        ("Answer by Gemini: B", ["Gemini"]),
        ("As an 8B-parameter model I", ["8B"]),
        ("I am a 7 billion parameter language model", ["7 billion"]),
        ("My weights are Q4_K_M.", ["Q4_K_M"]),
        ("我是通义千问。", []),
        ("I am DeepSeek\u2011R1.", ["DeepSeek\u2011R1"]),
        ("cut off: I am OpenBioL", ["OpenBioL"]),
    ],
)
def test_a_model_that_says_who_it_is_is_covered(text, names):
    assert hidden(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "Meta-analysis and metastasis; a meta-analysis by Google Scholar. Meta‑analyses show it.",
        "The phi angle and psi angle of the backbone; Phi coefficient 0.3; φ was 3.",
        "GPT 45 U/L and GOT 4 times the norm; SGPT-4 fell, GPT (ALT) 3.",
        "This is Claude syndrome, Claude Bernard-Horner syndrome; claudication, Claude's sign.",
        "As Stanford type B dissections are treated with drugs, a Stanford type A needs surgery.",
        "The score was developed by Stanford cardiologists. It was made by IBM in 1960.",
        "A gemma is a bud; gemmae, gemmules; the patient keeps alpacas, llamas and an apple tree.",
        "Aloe vera gel, camel hump, an orca bite, Falcon tubes, Bloom syndrome, Titan prosthesis, Apollo.",
        "As Phi is low, the airway must be kept open",
        "I am sure that the yield of the test is high: solar urticaria, bard-parker blade.",
        "The patient says: I am Alice. My name is Bob. She was treated by Mayo.",
        "The general model of disease, the biomedical model, and palmar erythema.",
    ],
)
def test_words_of_medicine_stay(text):
    assert hidden(text) == []


def test_the_studys_own_names_are_covered_in_every_spelling():
    text = "Zebrafinch says; ZEBRA-FINCH no; zebrafinch-7b-instruct, Quokka Med, wombat lm 2, by Ornith"
    assert hidden(text, OWN) == ["Zebrafinch", "zebrafinch-7b-instruct", "Quokka Med", "wombat lm 2"]
    assert hidden("I was trained by Ornith, AI.", OWN) == ["Ornith"]
    assert hidden("General: B. In general, General practice", OWN) == ["General"]
    assert hidden("A med student, instruct the patient.", OWN) == []


def test_a_word_of_the_case_is_no_name_but_where_the_model_speaks_of_itself():
    heart = redaction_of([arm_with_model("1", "Auscult-7B", ""), arm_with_model("2", "Murmur-7B", "")])
    case = Case(id="c", kind="choice", text="A murmur was heard.", question="?", options={"A": "x"}, key="A")
    ordinary = words_of(case)
    assert hidden("The murmur is loud. As Murmur, I hear. Auscult.", heart, ordinary) == ["Murmur", "Auscult"]
    assert hidden("The murmur is loud.", heart) == ["murmur"]
    letter = replace(case, text="", documents=(Document("a", "A murmur was heard."),))
    assert hidden("The murmur is loud.", heart, words_of(letter)) == []


def test_quotes_are_covered_where_they_lie():
    text = "As OpenBioLLM, I"
    spans = KNOWN.spans(text)
    assert redacted(text, spans) == f"As {REDACTION_MARK * 10}, I"
    assert redacted_quote("nBioLLM, I", 6, spans) == f"{REDACTION_MARK * 7}, I"
    assert redacted_quote("As", 0, spans) == "As"
    assert redacted("naïve", ()) == "naïve"
    assert redacted("abc", [Span(0, 3)]) == REDACTION_MARK * 3


NAMES = [
    "OpenBioLLM",
    "Open Bio LLM 8B",
    "BioMistral-7B",
    "Claude",
    "Phi",
    "Phi-3",
    "Llama 3.1",
    "Google",
    "Zebrafinch",
    "Quokka Med",
    "Hugging Face",
    "General",
    "Med42",
    "murmur",
    "GPT-4o",
    "7B-parameter language model",
    "Meta AI",
]
WORDS = [
    "As",
    "I am",
    "the",
    "arm",
    "open",
    "bio",
    ",",
    ".",
    ":",
    "\n",
    " ",
    " ",
    " ",
    "developed by",
    "angle",
    "my name is",
    "-",
    "v",
    "3",
    "here",
    "says",
    "AI",
    "é",
    "👩‍⚕️",
    "med",
    "Ge",
    "(",
    ")",
    "hug",
    "it",
]


@given(st.lists(st.sampled_from([*NAMES, *WORDS, " ", " "]), max_size=14), st.booleans())
def test_nothing_that_was_shown_turns_out_to_be_a_name(pieces, spaced):
    text = (" " if spaced else "").join(pieces)
    ordinary = frozenset({"murmur"})
    final = OWN.redacted(text, ordinary)
    shown = 0
    for end in range(len(text) + 1):
        now = OWN.resolved(text[:end], ordinary, shown)
        assert now == OWN.resolved(text[:end], ordinary)
        assert shown <= now <= end
        shown = now
        seen = OWN.redacted(text[:end], ordinary)[:shown]
        assert seen == final[:shown], (text[:end], shown)


def test_a_growing_text_holds_back_no_more_than_it_must():
    assert OWN.resolved("The patient has pain. ") == 22
    assert OWN.resolved("The patient is a") == len("The patient is ")
    text = "As Claude, I think that it is B."
    assert OWN.resolved(text) == 3
    assert OWN.resolved(text + " ") == len(text) + 1
    assert OWN.resolved("As OpenBioLLM, it") >= len("As OpenBioLLM, ")


def test_a_mask_is_a_word_like_the_one_that_it_covers():
    text = "As OpenBioLLM, I say (ChatGPT). Med42's view"
    masked = KNOWN.redacted(text)
    assert words(masked) == words(text)
    assert [span.of(masked) for span in words(masked)][1] == REDACTION_MARK * 10


def test_what_tells_arms_with_one_model_apart_is_not_taken_for_a_name():
    template = NamedTemplate("none", "{{ messages }}")
    arms = (
        Arm("1", "Llama Med (none)", "", Model("a", "Llama Med", ""), template),
        Arm("2", "Llama Med (unmodified)", "", Model("a", "Llama Med", "")),
    )
    text = "None of the options. The heart is unmodified. I am Llama Med."
    assert redaction_of(arms).redacted(text) == "None of the options. The heart is unmodified. I am █████████."
