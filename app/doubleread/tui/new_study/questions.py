"""What is asked when a study is created, beside its arms, and the study that the answers describe."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from doubleread.cases.record import Pack
from doubleread.domain.answer_scales import INSTRUMENTS
from doubleread.domain.assignment import Plan
from doubleread.domain.case import Case
from doubleread.domain.presets import PRESETS
from doubleread.domain.sentences import SENTENCE_MODES
from doubleread.domain.study import Protocol
from doubleread.domain.tasks import TASKS
from doubleread.domain.wording import plural
from doubleread.errors import DoublereadError
from doubleread.runs.new_study import NewStudy
from doubleread.runs.protocol_arms import ARM_KEYS
from doubleread.sessions.new_readers import NewReaders, cases_of_each, named_people, refused_readers
from doubleread.store.files.file_key import SHORTEST_PASSPHRASE, check_passphrase
from doubleread.tui.new_study.arm_questions import FILE, LookUp, arm_draft, arm_words, further_words
from doubleread.tui.shared.fields import (
    ChoiceField,
    ChoicesField,
    Field,
    FormChoice,
    NumberField,
    PathField,
    SwitchField,
    TextField,
    Values,
    refused,
)
from doubleread.tui.shared.screen_words import screen_words

MOST_SHOTS = 50
"""The most cases that become examples in the prompt."""


def protocol_fields(cases: Iterable[Case]) -> list[Field]:
    """Return the questions about what models and readers are asked."""
    kinds = {case.kind for case in cases}
    presets = [
        FormChoice("", "standard", "mark hallucinations and omissions, give verdicts and a preference"),
        *(FormChoice(preset.name, preset.name, preset.about) for preset in PRESETS.values()),
        FormChoice(FILE, "a protocol file", "TOML, such as one of an earlier study"),
    ]
    tasks = [
        FormChoice("", "none", "the case, its question, and a short instruction"),
        *(FormChoice(task.name, task.name, task.about) for task in TASKS.values() if task.kind in kinds),
    ]
    sentences = [FormChoice("", "as the method says"), *(FormChoice(mode, mode) for mode in SENTENCE_MODES)]
    scales = [FormChoice(name, name, one.about) for name, one in INSTRUMENTS.items()]

    def own(values: Values) -> bool:
        return bool(values["preset"] != FILE)

    return [
        ChoiceField("preset", "What readers do", "a published method", choices=presets, required=False),
        PathField("protocol_file", "Protocol file", suffixes=(".toml",), when=lambda now: not own(now)),
        ChoiceField("task", "What the models are asked", "a published benchmark", choices=tasks, required=False),
        ChoiceField("sentences", "Judge each sentence", choices=sentences, required=False, when=own),
        ChoicesField("answer_scales", "Also rate each answer by", choices=scales, required=False, when=own),
        NumberField(
            "shots", "Solved examples", "cases that become examples in the prompt; empty: as the task says",
            required=False, minimum=0, maximum=MOST_SHOTS,
        ),
        NumberField("max_tokens", "Longest answer", "in tokens; empty: 768", required=False, minimum=1),
        NumberField(
            "temperature", "Temperature", "empty: 0, always the most likely words", required=False, whole=False,
            minimum=0, maximum=10,
        ),
        NumberField("seed", "Seed", "of the sampling; empty: 1", required=False, minimum=0),
        NumberField("n_ctx", "Context", "tokens of a case with its answer; empty: 4096", required=False, minimum=64),
        NumberField("samples", "Answers to each case", "empty: 1; readers read the first", required=False, minimum=1),
    ]  # fmt: skip


_PLANS = (
    FormChoice("", "later", "every reader reads every case, unless you assign cases"),
    FormChoice("all", "everybody", "every reader reads every case"),
    FormChoice("blocks", "shared", "each case is read by the same number of readers"),
    FormChoice("proportion", "some twice", "a part of the cases by several readers, the rest by one"),
)


def reader_fields(cases: int) -> list[Field]:
    """Return the questions about readers."""

    def people(value: str | None, _: Values) -> None:
        named_people(value or "")

    def fits(_: Any, values: Values) -> None:
        if (error := refused_readers(new_readers(values), cases)) is not None:
            raise error

    def by_number(values: Values) -> bool:
        return values["plan"] in ("blocks", "proportion")

    return [
        TextField("readers", "Readers", "pseudonyms such as R-01, R-02; never names", required=False, check=people),
        TextField("adjudicators", "Adjudicators", "resolve differences; such as S-01", required=False, check=people),
        ChoiceField("plan", "Who reads which cases", choices=_PLANS, required=False, check=fits),
        NumberField("each", "Readers of a case", value=2, minimum=1, when=by_number),
        NumberField("assignment_seed", "Seed", "the same seed gives the same plan", value=1, minimum=0,
                    when=lambda now: bool(now["plan"])),
        PathField("training", "Training cases", "a file; readers must pass these first", required=False,
                  suffixes=(".jsonl",)),
    ]  # fmt: skip


def new_readers(values: Values) -> NewReaders:
    """Return the readers as they were described."""
    return NewReaders(
        readers=named_people(values.get("readers") or ""),
        adjudicators=named_people(values.get("adjudicators") or ""),
        plan=cast("Plan | None", values.get("plan") or None),
        each=values.get("each"),
        seed=1 if values.get("assignment_seed") is None else values["assignment_seed"],
    )


def file_fields(name: str) -> list[Field]:
    """Return the questions about the study file; `name` is what it is called unless somebody changes that."""

    def encrypted(values: Values) -> bool:
        return bool(values["encrypt"])

    def long_enough(value: str, _: Values) -> None:
        check_passphrase(value)

    def same(value: str, values: Values) -> None:
        if value != values["passphrase"]:
            raise refused("the two entries differ", "type the same passphrase again")

    at_least = f"at least {SHORTEST_PASSPHRASE} characters"
    return [
        PathField("path", "File of the study", "in this folder, unless you name another", kind="new file",
                  value=Path(f"{name}.doubleread")),
        TextField("title", "Title", "empty: the name of the file", required=False),
        SwitchField("encrypt", "Encrypt the file", "with a passphrase that everybody who opens it needs"),
        TextField("passphrase", "Passphrase", at_least, secret=True, when=encrypted, check=long_enough),
        TextField("again", "Passphrase again", secret=True, when=encrypted, check=same),
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Described:
    """The values of all steps."""

    models: Values
    protocol: Values
    readers: Values
    file: Values


def new_study(told: Described, packs: Sequence[Pack], *, skip_bad: bool) -> NewStudy:
    """Return the study that was described."""
    protocol = told.protocol
    preset = protocol.get("preset") or ""
    decoding = ("max_tokens", "temperature", "seed")
    settings = {name: protocol[name] for name in ("n_ctx", "samples", "sentences") if protocol.get(name)}
    if scales := protocol.get("answer_scales"):
        by_preset = PRESETS[preset].protocol.answer_scales if preset in PRESETS else ()
        settings["answer_scales"] = tuple(dict.fromkeys((*by_preset, *scales)))
    return NewStudy(
        path=file_path(told.file),
        packs=tuple(packs),
        arms=(arm_draft(told.models, "a"), arm_draft(told.models, "b")),
        title=told.file.get("title"),
        protocol_file=protocol.get("protocol_file"),
        preset=preset if preset in PRESETS else "",
        task=protocol.get("task") or "",
        shots=protocol.get("shots"),
        decoding={name: protocol[name] for name in decoding if protocol.get(name) is not None},
        settings=settings,
        skip_bad=skip_bad,
        training=told.readers.get("training"),
        encrypted=bool(told.file.get("encrypt")),
    )


def file_path(values: Values) -> Path:
    """Return where the study file goes, with the suffix of study files if the name has none."""
    path = cast(Path, values["path"])
    return path if path.suffix else path.with_name(f"{path.name}.doubleread")


def protocol_of(values: Values) -> Protocol:
    """Return the protocol of the preset that was chosen, for a look at what readers are asked."""
    preset = values.get("preset") or ""
    return PRESETS[preset].protocol if preset in PRESETS else Protocol()


def protocol_words(values: Values) -> list[str]:
    """Return what readers are asked, in lines."""
    if values.get("preset") == FILE:
        return [f"As {values.get('protocol_file') or 'the protocol file'} says."]
    protocol = protocol_of(values)
    labels = protocol.labels
    preset = PRESETS.get(values.get("preset") or "")
    lines = [
        *([f"{preset.name}: {preset.about}", ""] if preset is not None else []),
        "Mark in each answer: " + ", ".join(label.name for label in labels.categories),
        "Severity: " + ", ".join(label.name for label in labels.severities),
        f"Mark in the case: {labels.omission.name}",
        "For each answer: correct, partly correct, incorrect or unsure",
        "Prefer: A, B, a tie, or both bad",
    ]
    sentences = values.get("sentences") or protocol.sentences
    lines.append(f"Judge each sentence: {sentences}")
    if protocol.axes:
        lines.append("Compare: " + "; ".join(axis.question for axis in protocol.axes))
    names = dict.fromkeys((*protocol.answer_scales, *(values.get("answer_scales") or ())))
    lines += [f"Rate each answer: {INSTRUMENTS[name].about}" for name in names]
    if task := TASKS.get(values.get("task") or ""):
        lines += ["", f"Models: {task.about}", f"Source: {task.source}"]
        if task.shots:
            lines.append(f"{plural(task.shots, 'case')} become solved examples in the prompt")
    return lines


def reader_words(values: Values, cases: int) -> list[str]:
    """Return who reads how many cases, in lines."""
    try:
        new = new_readers(values)
    except DoublereadError:
        return []
    if not new.readers:
        return ["Nobody is registered yet. You can do it later, on the study's page."]
    if (error := refused_readers(new, cases)) is not None:
        return [f"✗ {screen_words(f'{error.happened}; {error.remedy}')}"]
    fewest, most = cases_of_each(new, cases)
    shown = plural(most, "case") if fewest == most else f"{fewest} or {plural(most, 'case')}"
    lines = [f"{name}: {shown}" for name in new.readers]
    if new.plan == "proportion":
        lines.append("Fewer, if the protocol gives only a part of the cases to several readers (read_twice).")
    return [*lines, *(f"{name}: adjudicator" for name in new.adjudicators)]


def summary(told: Described, cases: Sequence[Case], left_out: int, facts: LookUp) -> list[tuple[str, str]]:
    """Return everything that was decided, as labels and words."""
    preset, task = told.protocol.get("preset") or "standard", told.protocol.get("task")
    readers = new_readers(told.readers)
    bad = f", {plural(left_out, 'line')} skipped" if left_out else ""
    plan = next(choice.about for choice in _PLANS if choice.id == (readers.plan or ""))
    if preset == FILE:
        preset = str(told.protocol.get("protocol_file"))
    rows: list[tuple[str, str]] = [
        ("Cases", f"{len(cases)}{bad}"),
        *((f"Arm {letter.upper()}", _arm(told.models, letter, facts)) for letter in ARM_KEYS),
        ("Readers do", preset),
        ("Models do", task or "answer the question"),
        *((name, str(value)) for name, value in _numbers(told.protocol)),
        ("Readers", f"{', '.join(readers.readers)}: {plan}" if readers.readers else "registered later"),
        *([("Adjudicators", ", ".join(readers.adjudicators))] if readers.adjudicators else []),
        *([("Training", str(told.readers["training"]))] if told.readers.get("training") else []),
        ("File", f"{file_path(told.file)}{', encrypted' if told.file.get('encrypt') else ''}"
         if told.file.get("path") else "not named yet"),
        ("Title", told.file.get("title") or (file_path(told.file).stem if told.file.get("path") else "")),
    ]  # fmt: skip
    return rows


def _arm(values: Values, letter: str, facts: LookUp) -> str:
    role = values.get(f"role_{letter}")
    model = arm_words(values, letter, facts)[0] + (f" ({role})" if role else "")
    return ", ".join((model, *further_words(values, letter)))


def _numbers(values: Mapping[str, Any]) -> list[tuple[str, Any]]:
    names = {
        "shots": "Examples",
        "max_tokens": "Longest answer",
        "temperature": "Temperature",
        "n_ctx": "Context",
        "samples": "Answers",
    }
    return [(words, values[name]) for name, words in names.items() if values.get(name) is not None]
