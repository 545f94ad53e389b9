"""Create a study: put cases, arms and protocol together, check that they fit, and write the file.

`prepare_study` reads and checks everything and writes nothing; `create_study` writes the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from doubleread.cases.duplicates import duplicates_of
from doubleread.cases.packs import apart, read_packs, take
from doubleread.cases.problems import Problem
from doubleread.cases.reading import ReadAs
from doubleread.cases.record import Pack
from doubleread.cases.training_file import read_training_file
from doubleread.device import this_device
from doubleread.domain.arm import Arm, Arms
from doubleread.domain.case import Case
from doubleread.domain.longhealth import TASKS as LONGHEALTH_TASKS
from doubleread.domain.longhealth import task_of, task_tag
from doubleread.domain.presets import preset_named
from doubleread.domain.study import Protocol
from doubleread.domain.tasks import TASKS, examples_and_rest, task_named
from doubleread.domain.training import TrainingCase, TrainingPlan
from doubleread.domain.wording import plural, verb
from doubleread.engine.client.protocol import Sampling
from doubleread.errors import DoublereadError, WrongSettingsError
from doubleread.runs.protocol_arms import ARM_KEYS, ArmDraft
from doubleread.runs.protocol_file import ProtocolFile, read_protocol_file
from doubleread.runs.study_arms import pair_of_arms
from doubleread.store import StudyFile
from doubleread.store.files.file_key import FileKey
from doubleread.store.files.risky_folders import folder_risk
from doubleread.store.sqlite.sqlite_library import sqlcipher

Say = Callable[[str], None]

NOT_CREATED = "Study not created"


@dataclass(frozen=True, slots=True)
class NewStudy:
    """All that is decided when a study is created; what is empty or None is left to protocol file, task and preset.

    `cases` are files, all read as `how` says, unless `packs` were read already. `shots` says how many cases become
    solved examples in the prompt, `decoding` and `settings` set fields of `domain.study.Decoding` and `Protocol`
    differently. `training` is a file of training cases. With `skip_bad`, faulty lines of the case files are left out.
    """

    path: Path
    cases: tuple[Path, ...] = ()
    how: ReadAs = field(default_factory=ReadAs)
    packs: tuple[Pack, ...] = ()
    arms: tuple[ArmDraft, ArmDraft] = (ArmDraft(), ArmDraft())
    title: str | None = None
    protocol_file: Path | None = None
    preset: str = ""
    task: str = ""
    shots: int | None = None
    decoding: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    skip_bad: bool = False
    encrypted: bool = False
    training: Path | None = None


@dataclass(frozen=True, slots=True)
class PreparedStudy:
    """A study that can be written: everything was read and fits. `notes` are remarks on what was found.

    `case_files` says of each file how it was read.
    """

    path: Path
    cases: tuple[Case, ...]
    arms: Arms
    protocol: Protocol
    case_files: tuple[Mapping[str, Any], ...]
    left_out: tuple[Problem, ...]
    notes: tuple[str, ...]
    training: tuple[TrainingCase, ...] = ()


@dataclass(frozen=True, slots=True)
class CreatedStudy:
    """A study file that was written. `notes` are remarks on where it is."""

    path: Path
    cases: int
    arms: Arms
    left_out: tuple[Problem, ...]
    notes: tuple[str, ...]

    @property
    def runnable(self) -> bool:
        """Whether an arm has answers that this program generates."""
        return not all(arm.external for arm in self.arms)


def prepare_study(
    new: NewStudy, say: Say = lambda _: None, progress: Callable[[str, int, int], None] | None = None
) -> PreparedStudy:
    """Read and check everything for a new study; hashing large models takes minutes. Nothing is written.

    `say` gets each remark as soon as it is known, and a line before a file is hashed that takes long. `progress` is
    told what is done with the cases, and how far; what it raises to stop is passed on. Raises
    WrongSettingsError if settings contradict each other, CaseFileError for case files, ModelFileError for model files,
    DoublereadError for everything else that cannot work.
    """
    notes: list[str] = []

    def tell(words: str) -> None:
        notes.append(words)
        say(words)

    check_new_path(new.path, encrypted=new.encrypted)
    protocol, drafts, training_file = _protocol_and_drafts(new)
    longhealth_task = next((number for number in LONGHEALTH_TASKS if protocol.task == task_tag(number)), None)
    how = replace(new.how, longhealth_task=longhealth_task) if longhealth_task else new.how
    step = progress or (lambda _what, _done, _total: None)
    packs = apart(new.packs) if new.packs else read_packs(new.cases, how, partial(step, "reading cases"))
    taken = take(packs, title=NOT_CREATED, skip_bad=new.skip_bad)
    for pack in packs:
        if how_read := pack.how_read:
            which = f" for its task {how.longhealth_task}" if pack.format == "longhealth" else ""
            tell(f"note: {pack.file} is {how_read}{which}")
        for remark in pack.notes:
            tell(f"note: {remark}")
    if repeated := duplicates_of(taken.cases, (), partial(step, "looking for duplicates")).summary:
        tell(f"note: {repeated}; doubleread cases check lists them")
    _check_task(protocol, taken.cases)
    shots = new.shots
    if shots is None and protocol.task and not protocol.prompt.examples:
        shots = TASKS[protocol.task].shots
    cases, protocol = _with_examples(taken.cases, protocol, shots or 0, tell)
    if new.title is not None and not new.title.strip():
        raise WrongSettingsError("Title refused", "the title is empty", "omit --title to use the file's name")
    if new.title or protocol.title == Protocol().title:
        protocol = replace(protocol, title=new.title or new.path.stem)
    _check_models(drafts)
    arms = pair_of_arms(*drafts, protocol, tell)
    _check_documents(arms, cases, tell)
    training = training_of(protocol, training_file, [case.id for case in taken.cases])
    if training:
        tell(f"note: readers begin with {plural(len(training), 'training case')} from {training_file}")
    files = tuple(pack.as_record() for pack in packs)
    return PreparedStudy(new.path, cases, arms, protocol, files, taken.left_out, tuple(notes), training)


def create_study(prepared: PreparedStudy, key: FileKey | None = None) -> CreatedStudy:
    """Write a new study file, encrypted if there is a `key`. Raises StudyFileError."""
    StudyFile.create(
        prepared.path,
        cases=prepared.cases,
        arms=prepared.arms,
        protocol=prepared.protocol,
        device=this_device(),
        key=key,
        case_files=prepared.case_files,
        left_out=[problem.as_record() for problem in prepared.left_out],
        training=prepared.training,
    ).close()
    risk = folder_risk(prepared.path)
    notes = (f"note: {risk}",) if risk else ()
    return CreatedStudy(prepared.path, len(prepared.cases), prepared.arms, prepared.left_out, notes)


def check_new_path(path: Path, *, encrypted: bool) -> None:
    """Raise DoublereadError if a file has this name already, or cannot be encrypted here."""
    if path.exists():
        raise DoublereadError(NOT_CREATED, f"{path} exists already", "choose another name, or open that one")
    if encrypted:
        sqlcipher()  # reported before the models are read, which takes long


def training_of(protocol: Protocol, file: Path | None, case_ids: Iterable[str]) -> tuple[TrainingCase, ...]:
    """Return the training cases of a file that a protocol asks for; nothing where it has no training.

    Raises WrongSettingsError where no file is named, CaseFileError for every problem of the file.
    """
    plan = protocol.training
    if plan is None:
        return ()
    if file is None:
        remedy = "set file in [training], or give --training FILE"
        raise WrongSettingsError("No training cases", "the protocol asks for training, but names no file", remedy)
    training = read_training_file(file, protocol.labels, minimum=plan.minimum_cases, taken=case_ids)
    if plan.hidden_repeats > len(training):
        happened = f"{plan.hidden_repeats} hidden repeats are more than the {plural(len(training), 'training case')}"
        raise WrongSettingsError("Training refused", happened, "lower hidden_repeats, or add training cases")
    return training


def _protocol_and_drafts(new: NewStudy) -> tuple[Protocol, tuple[ArmDraft, ArmDraft], Path | None]:
    if new.protocol_file and new.preset:
        raise WrongSettingsError("Two protocols", "--protocol and --preset are both given", "give one of them")
    protocol = preset_named(new.preset).protocol if new.preset else Protocol()
    if new.task:
        protocol = task_named(new.task).applied(protocol)
    said = read_protocol_file(new.protocol_file, new.task) if new.protocol_file else ProtocolFile(protocol, {})
    protocol = said.protocol
    if new.task and protocol.task != new.task:
        happened = f"--task is {new.task}, but {new.protocol_file} names {protocol.task}"
        raise WrongSettingsError("Two tasks", happened, "give one of them")
    if new.decoding:
        protocol = replace(protocol, decoding=replace(protocol.decoding, **new.decoding))
        try:
            Sampling(**asdict(protocol.decoding))
        except ValueError as error:
            raise WrongSettingsError("Decoding refused", str(error), "correct it and try again") from error
    protocol = replace(protocol, **new.settings)
    if new.training is not None and protocol.training is None:
        protocol = replace(protocol, training=TrainingPlan())
    first, second = (
        said.arms.get(letter, ArmDraft()).with_flags(given) for letter, given in zip(ARM_KEYS, new.arms, strict=True)
    )
    return protocol, (first, second), new.training or said.training_file


def _check_models(drafts: Iterable[ArmDraft]) -> None:
    for letter, draft in zip(ARM_KEYS, drafts, strict=True):
        if not draft.model and not draft.server:
            remedy = f"give --model-{letter} or --server-{letter}, or set one in [arms.{letter}] of the protocol"
            raise WrongSettingsError("No model", f"arm {letter.upper()} has no model", remedy)
        for name, option in (("url", "server"), ("model", "server-model")):
            if draft.server and name not in draft.server:
                remedy = f"give --{option}-{letter}, or set {name} in the server of [arms.{letter}]"
                happened = f"{name} is missing for arm {letter.upper()}"
                raise WrongSettingsError("Server settings not usable", happened, remedy)


def _check_documents(arms: Iterable[Arm], cases: Sequence[Case], say: Say) -> None:
    """Raise WrongSettingsError if an arm is given passages of documents that no case has; say how many have none."""
    for letter, arm in zip("AB", arms, strict=True):
        if arm.retrieval is None or not arm.retrieval.from_case:
            continue
        without = sum(not case.documents for case in cases)
        if without == len(cases):
            happened = f"arm {letter} is given passages of each case's documents, but no case has documents"
            raise WrongSettingsError("No documents", happened, "give cases with documents, or a corpus file")
        if without:
            lack = verb(without, "has", "have")
            say(f"note: {plural(without, 'case')} {lack} no documents, and arm {letter} gets no passages there")


def _check_task(protocol: Protocol, cases: Sequence[Case]) -> None:
    """Raise WrongSettingsError if no case is one that the protocol's task is about, or if one is another task's."""
    if not protocol.task:
        return
    task = TASKS[protocol.task]
    if all(case.kind != task.kind for case in cases):
        kinds = " and ".join(sorted({case.kind for case in cases}))
        happened = f"{task.name} is about cases of kind {task.kind}, but these are of kind {kinds}"
        raise WrongSettingsError("Task does not fit", happened, "choose another task, or other cases")
    others = {task_tag(other) for case in cases if (other := task_of(case))} - {protocol.task}
    if others and protocol.task in map(task_tag, LONGHEALTH_TASKS):
        happened = f"the task is {protocol.task}, but there are cases of {' and '.join(sorted(others))}"
        remedy = "convert LongHealth's file for this task, or choose another"
        raise WrongSettingsError("Task does not fit", happened, remedy)
    if task.tag and not any(task.tag in case.tags for case in cases):
        happened = f"{task.name} is about cases with the tag {task.tag}, which none of these has"
        remedy = "give LongHealth's file, or convert it with that --task"
        raise WrongSettingsError("Task does not fit", happened, remedy)


def _with_examples(
    cases: tuple[Case, ...], protocol: Protocol, shots: int, say: Say
) -> tuple[tuple[Case, ...], Protocol]:
    """Return the cases of the study, and the protocol with examples made of the others."""
    if not shots:
        return cases, protocol
    if protocol.prompt.examples:
        happened, remedy = "the protocol has examples of its own", "omit --shots, or remove those"
        raise WrongSettingsError("Two sets of examples", happened, remedy)
    examples, rest = examples_and_rest(cases, shots)
    kept = {case.id for case in rest}
    named = ", ".join(case.id for case in cases if case.id not in kept)
    say(f"note: {plural(shots, 'case')} became {verb(shots, 'an example', 'examples')} in the prompt: {named}")
    return rest, replace(protocol, prompt=replace(protocol.prompt, examples=examples))
