"""What an arm takes from the protocol, what it sets itself, and in what two arms differ."""

from __future__ import annotations

from dataclasses import replace

from doubleread.domain.arm import Adapter, Arm, NamedTemplate, arm_differences
from doubleread.domain.case import Case
from doubleread.domain.model import Model
from doubleread.domain.prompts import Example, PromptTemplate, prompt_from_record
from doubleread.domain.study import Decoding, Protocol

MODEL = Model("a" * 64, "Llama Med", "/models/llama-med.gguf")
ARM = Arm("1", "Llama Med", model=MODEL)
PROTOCOL = Protocol(prompt=PromptTemplate(system="Be careful."), decoding=Decoding(temperature=0.2, stop=("###",)))
CHOICE = Case("c", "choice", "A cough.", "What is it?", "B", {"A": "Asthma", "B": "Pneumonia"})
DIAGNOSIS = Case("d", "diagnosis", "A rash.", "What is it?", "measles")
SHOTS = (
    Example("A wheeze.", "What is it?", "A. Asthma", {"A": "Asthma", "B": "Pneumonia"}),
    Example("A fever.", "What is it?", "Influenza."),
)


def test_what_an_arm_does_not_set_comes_from_the_protocol():
    assert ARM.prompt_of(PROTOCOL) == PROTOCOL.prompt
    assert ARM.decoding_of(PROTOCOL) == PROTOCOL.decoding
    own = replace(ARM, prompt={"system": ""}, decoding={"temperature": 0.7, "stop": ["\n\n"]})
    assert own.prompt_of(PROTOCOL) == replace(PROTOCOL.prompt, system="")
    assert own.decoding_of(PROTOCOL) == replace(PROTOCOL.decoding, temperature=0.7, stop=("\n\n",))


def test_examples_of_the_cases_kind_come_before_the_case():
    prompt = replace(PROTOCOL.prompt, choice="{text} {question}\n{options}\nAnswer:", examples=SHOTS)
    assert [(message.role, message.content) for message in prompt.messages(CHOICE)] == [
        ("system", "Be careful."),
        ("user", "A wheeze. What is it?\nA. Asthma\nB. Pneumonia\nAnswer:"),
        ("assistant", "A. Asthma"),
        ("user", "A cough. What is it?\nA. Asthma\nB. Pneumonia\nAnswer:"),
    ]
    assert [message.content for message in prompt.messages(DIAGNOSIS)][1:3] == [
        prompt.diagnosis.replace("{text}", "A fever.").replace("{question}", "What is it?"),
        "Influenza.",
    ]
    assert prompt.sha256 != replace(prompt, examples=()).sha256


def test_a_prompt_with_examples_survives_json():
    protocol = replace(PROTOCOL, prompt=replace(PROTOCOL.prompt, examples=SHOTS))
    assert prompt_from_record(protocol.as_record()["prompt"]) == protocol.prompt


def test_arms_differ_in_their_settings_and_not_in_their_names():
    assert arm_differences((ARM, replace(ARM, id="2", name="Other", role="general")), PROTOCOL) == {}
    same = replace(ARM, decoding={"temperature": 0.2}, prompt={"name": "mine", "system": "Be careful."})
    assert arm_differences((ARM, same), PROTOCOL) == {}
    other = replace(
        ARM,
        model=replace(MODEL, sha256="b" * 64),
        chat_template=NamedTemplate("chatml", "{{ messages }}"),
        adapters=(Adapter("/lora.gguf", "c" * 64, 0.5),),
        prompt={"system": ""},
        decoding={"temperature": 0.0},
    )
    differences = arm_differences((ARM, other), PROTOCOL)
    assert list(differences) == ["model", "chat template", "adapters", "prompt.system", "decoding.temperature"]
    assert differences["decoding.temperature"] == (0.2, 0.0)


def test_external_arms_differ_in_who_wrote_the_answers():
    assert list(arm_differences((Arm("1", "GPT"), Arm("2", "Dr. M")), PROTOCOL)) == ["model"]


def test_the_settings_name_tells_arms_with_one_model_apart():
    assert ARM.settings_name == "unmodified"
    own = replace(
        ARM,
        chat_template=NamedTemplate("chatml", ""),
        adapters=(Adapter("/a/medical.gguf", "c" * 64, 0.5),),
        prompt={"system": ""},
        decoding={"temperature": 0.7, "max_tokens": 100, "stop": ["\n"]},
    )
    assert own.settings_name == 'chatml, medical x 0.5, own prompt, temperature 0.7, max tokens 100, stop "\\n"'
    assert replace(ARM, chat_template=NamedTemplate("none", "")).settings_name == "no chat template"
