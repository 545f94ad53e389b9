"""Register, withdraw and reinstate readers, and assign cases to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from doubleread.domain.assignment import PLANS, Plan, balanced_blocks, readers_needed, reading_order
from doubleread.domain.background import Background
from doubleread.domain.pseudonym import pseudonym
from doubleread.domain.wording import plural
from doubleread.errors import InputRefusedError, WrongSettingsError
from doubleread.read_model.readers import RegisteredReader, registered_readers
from doubleread.sessions.admission import expect_other_form, not_listed, with_hint
from doubleread.store import StudyFile
from doubleread.store.participation import is_adjudicator

LONGEST_WORDS = 200
READERS_OF_A_CASE = 2
"""How many readers read a case by the plans proportion and blocks, if nothing else is asked for."""


def adjudicators(study: StudyFile) -> list[str]:
    """Return the active adjudicators, in the order of their registration."""
    found = registered_readers(study)
    return [reader.reader_id for reader in found if is_adjudicator(reader.role) and reader.withdrawn_at is None]


def add_reader(study: StudyFile, reader: str, role: str, qualification: str, *, confirmed: bool) -> str:
    """Register a reader, or update a known one, and return the pseudonym.

    Raises WrongSettingsError for what cannot be displayed, InputRefusedError for an unconfirmed pseudonym that reads
    like a known one.
    """
    reader_id = pseudonym(reader)
    for option, words in (("role", role), ("qualification", qualification)):
        if len(words) > LONGEST_WORDS or not words.isprintable():
            raise WrongSettingsError("Reader refused", f"--{option} takes one line of text", "shorten it")
    study.expect_models("Reader not added")
    expect_other_form(study, reader_id, confirmed=confirmed)
    study.readers.register(reader_id, enrolled=True)
    if role or qualification:
        study.readers.describe(reader_id, role, qualification)
    return reader_id


def withdraw(study: StudyFile, reader: str, reason: str, by: str) -> RegisteredReader:
    """Withdraw a reader and return them. Raises InputRefusedError, with similar pseudonyms for an unknown one."""
    return _decided(study, reader, reason, by, study.readers.withdraw)


def reinstate(study: StudyFile, reader: str, reason: str, by: str) -> RegisteredReader:
    """Undo a withdrawal and return the reader. Raises as `withdraw` does."""
    return _decided(study, reader, reason, by, study.readers.reinstate)


def waive_training(study: StudyFile, reader: str, reason: str, by: str) -> str:
    """Let a reader read without training, and return the pseudonym. Raises as `withdraw` does."""
    reader_id, actor = pseudonym(reader), pseudonym(by)
    if study.protocol.training is None:
        raise InputRefusedError(
            "Training not waived", "the protocol of this study has no training", "there is nothing to do"
        )
    if reader_id in study.training.qualified():
        raise InputRefusedError("Training not waived", f"{reader_id} is qualified already", "there is nothing to do")
    try:
        study.training.waive(reader_id, reason, actor)
    except InputRefusedError as error:
        raise with_hint(error, reader_id, study) from error
    return reader_id


def state_background(study: StudyFile, reader: str, said: Mapping[str, Any], by: str) -> tuple[str, Background]:
    """State a part of a reader's background, if any is given; return the pseudonym and the whole background.

    Raises InputRefusedError for what cannot be stored, with similar pseudonyms for an unknown reader.
    """
    reader_id = pseudonym(reader)
    stated = study.background_of(reader_id) or Background()
    try:
        if reader_id not in study.readers.ids():
            raise InputRefusedError("Background not stored", f"{reader_id} is not registered", "register them first")
        if said:
            stated = replace(stated, **said)
            study.training.state_background(reader_id, stated, pseudonym(by))
    except InputRefusedError as error:
        raise with_hint(error, reader_id, study) from error
    return reader_id, stated


def _decided(
    study: StudyFile, reader: str, reason: str, by: str, decide: Callable[[str, str, str], None]
) -> RegisteredReader:
    reader_id, actor = pseudonym(reader), pseudonym(by)
    try:
        decide(reader_id, reason, actor)
    except InputRefusedError as error:
        raise with_hint(error, reader_id, study) from error
    return next(item for item in registered_readers(study) if item.reader_id == reader_id)


def assignment_refused(plan: str, readers: Sequence[str], each: int | None) -> WrongSettingsError | None:
    """Return why cases cannot be assigned like this, or None."""
    if plan not in PLANS:
        return WrongSettingsError("Unknown plan", f'there is no plan "{plan}"', f"use {', '.join(PLANS)}")
    if plan == "all" and each is not None:
        happened = "with the plan all, every reader reads every case"
        return WrongSettingsError("--each not used", happened, "omit --each")
    if len(set(readers)) < len(readers):
        return WrongSettingsError("Reader twice", "a reader is named twice in --readers", "name each once")
    wanted = each or READERS_OF_A_CASE
    if plan != "all" and wanted > len(readers):
        happened = f"{wanted} readers per case are more than the {len(readers)} named"
        return WrongSettingsError("Too few readers", happened, "name more, or lower --each")
    return None


def assigned_lines(assigned: Mapping[str, Sequence[str]]) -> list[str]:
    """Return for each reader how many cases they have, and how many of them twice."""
    lines = []
    for reader_id, cases in assigned.items():
        again = sum(count == 2 for count in Counter(cases).values())
        lines.append(f"{reader_id}: {plural(len(set(cases)), 'case')}" + (f", {again} of them twice" if again else ""))
    return lines


def assign_cases(study: StudyFile, plan: Plan, readers: Sequence[str], *, seed: int, each: int) -> dict[str, list[str]]:
    """Assign all cases by a plan, in the order and with the repeats that the protocol asks for; return the lists.

    What a reader has read a second time stays in their list. Raises InputRefusedError if a reader is unknown, would
    get no case, or would lose one that they have begun to read.
    """
    if unknown := [reader_id for reader_id in readers if reader_id not in study.readers.ids()]:
        raise not_listed("Nothing assigned", unknown[0], study)
    cases, protocol = study.case_ids(), study.protocol
    counts = readers_needed(plan, cases, len(readers), each=each, proportion=protocol.read_twice, seed=seed)
    blocks = balanced_blocks(dict(zip(cases, counts, strict=True)), readers, seed)
    order, proportion = protocol.order, protocol.repeat_proportion
    assigned = {
        reader_id: reading_order(
            [case_id for case_id in cases if reader_id in blocks[case_id]],
            reader_id,
            order=order,
            repeat_proportion=proportion,
            seed=seed,
        )
        for reader_id in readers
    }
    for reader_id, listed in assigned.items():
        again = {item.case_id for item in study.readers.items_read(reader_id) if item.repeat}
        times = Counter(listed)
        listed += sorted(case_id for case_id in again if times[case_id] == 1)
    if idle := [reader_id for reader_id, listed in assigned.items() if not listed]:
        raise InputRefusedError(
            "Nothing assigned", f"{', '.join(idle)} would get no case", "name fewer readers, or raise --each"
        )
    how = {"plan": plan, "seed": seed, "order": order, "repeat_proportion": proportion}
    if plan != "all":
        how["each"] = each
    if plan == "proportion":
        how["proportion"] = protocol.read_twice
    study.readers.assign(assigned, how)
    return assigned
