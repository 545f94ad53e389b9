"""What may reveal the arms: the one rule for everything that is shown, printed or written.

Arms are named once every due reading is committed, if there is no reader yet, or if an unblinding is recorded with a
reason. Neither changes what a reader sees before a commit. Until then:

- The screens for reading, adjudication and score review, the log, receipts and crash reports name no arm. They never
  do, except that a protocol can reveal the names of a case to its reader after the commit.
- Estimates of the whole study (results, their screen, the report) are of "arm 1" and "arm 2", in randomised order.
- What shows single answers (export, the report's cases) gives each a label that no other answer has, and randomises
  the order of the answers of a case.
- Generation, alternative scores and lists of missing answers report on both arms together.
- Plans (`run --dry-run`, `doctor --study`) show totals, without sizes, speeds and files of one model.
- Errors, reasons and notes lose names, files and hashes (`Blinding.text`).

Everything that differs between arms for another reason than an answer's text is withheld as well: role, hashes, files,
metadata, manifest, retrieval, documents left out of a prompt, reasoning, times, tokens, how an answer ended unless it
was cut off, and alternative scores, which only models on this machine get.

One label for all answers of an arm would reveal as much as a name. A reader who knows from the results that arm 1 is
the better one could look up in an export whose answer is on side A of a case that they have not read yet. Therefore no
two answers share a label, and estimates by model cannot be computed from a blinded export.

The results screen lists the cases behind an estimate by model. It warns that readers who are not done must not see it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePath
from typing import TypeVar

from doubleread.domain.arm import Arm
from doubleread.domain.drafts import ArmProgress, Trouble, combined
from doubleread.domain.events.study import StudyUnblinded
from doubleread.domain.redaction import redaction_of
from doubleread.domain.wording import plural
from doubleread.errors import CaseFileError, DoublereadError
from doubleread.read_model.readers import ReaderProgress, reader_progress
from doubleread.store import StudyFile
from doubleread.store.log.event_log import events_of
from doubleread.store.sqlite.connection import Snapshot

SOME_ARM, SOME_HASH = "this model", "[hash withheld]"
"""Replacements for a model's name or file, and for a hash, in free text."""

BOTH = "both arms"
"""The key under which generation is reported while the arms are not named."""

_NAMING = ("general.name", "general.basename", "general.organization", "general.author")
_BASE = re.compile(r"general\.base_model\.\d+\.(?:name|organization|author|repo_url)")
_HASH = re.compile(r"(?<![-0-9a-f])[0-9a-f]{12,64}(?![-0-9a-f])")
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Unblinding:
    """A record that somebody unblinded the study before all readings were committed. `at` is ISO 8601 in UTC."""

    at: str
    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class Blindness:
    """Whether the arms are named, why, and every unblinding in the log."""

    named: bool
    reason: str
    unblinded: tuple[Unblinding, ...]


def blindness(db: Snapshot, readers: Iterable[ReaderProgress]) -> Blindness:
    """Return whether results name the arms: every reader has committed every case, or an unblinding is recorded."""
    unblinded = tuple(
        Unblinding(event.at, event.actor, str(event.body["reason"])) for event in events_of(db, StudyUnblinded)
    )
    known = tuple(readers)
    waiting = [reader for reader in known if reader.left > 0]
    if not waiting:
        return Blindness(True, "every reading is committed" if known else "there is no reader yet", unblinded)
    left = ", ".join(f"{reader.reader_id} has {plural(reader.left, 'case')} left" for reader in waiting)
    if unblinded:
        last = unblinded[-1]
        return Blindness(True, f'unblinded by {last.actor} ("{last.reason}") while {left}', unblinded)
    return Blindness(False, left, ())


def unblind(study: StudyFile, actor: str, reason: str) -> None:
    """Record that results name the arms from now on. Raises InputRefusedError without a reason or a name."""
    study.record_unblinding(actor, reason)


class Blinding:
    """The rule for one study at the time of creation."""

    def __init__(self, state: Blindness, secret: bytes, arms: tuple[Arm, Arm]) -> None:
        self.state = state
        self.named = state.named
        self._secret = secret
        self._arms = arms

    @property
    def reason(self) -> str:
        """Why the arms are named, or not."""
        return self.state.reason

    @cached_property
    def arms(self) -> tuple[Arm, Arm]:
        """Both arms as results of the whole study show them: named, or unnamed in randomised order."""
        return shown_arms(self._secret, self._arms, named=self.named)

    @property
    def names(self) -> dict[str, str]:
        """What results of the whole study call the arms, by id."""
        return {arm.id: arm.name for arm in self.arms}

    def name_of_one(self, arm_id: str) -> str:
        """Return what an arm is called beside a single case; "" while arms are not named."""
        return next(arm.name for arm in self._arms if arm.id == arm_id) if self.named else ""

    def progress(self, progress: Mapping[str, ArmProgress]) -> dict[str, ArmProgress]:
        """Return how far generation is, by arm id, or of both arms together under `BOTH`."""
        if self.named or not progress:
            return dict(progress)
        both = combined(progress.values())
        return {BOTH: replace(both, trouble=self.trouble(both.trouble) if both.trouble is not None else None)}

    def progress_names(self) -> dict[str, str]:
        """Return the heading of each key of `progress`."""
        return {arm.id: arm.name for arm in self._arms} if self.named else {BOTH: BOTH}

    def label(self, answer_id: str) -> str:
        """Return a label for the arm of an answer while arms are not named: always the same, and unique."""
        return f"blinded {self._digest(f'answer|{answer_id}').hex()[:12]}"

    def swapped(self, case_id: str) -> bool:
        """Return whether a case shows its answers in reverse order of the arms, while arms are not named."""
        return not self.named and bool(self._digest(f"case|{case_id}")[0] & 1)

    def in_shown_order(self, case_id: str, pair: tuple[_Item, _Item]) -> tuple[_Item, _Item]:
        """Return a pair for a case's two answers, given in the order of the arms, in the order to show."""
        return pair[::-1] if self.swapped(case_id) else pair

    def text(self, words: str) -> str:
        """Return free text as it may be shown now."""
        return words if self.named else without_model_names(words, self._arms)

    def trouble(self, trouble: Trouble) -> Trouble:
        """Return what went wrong with an answer as it may be shown now."""
        return Trouble(self.text(trouble.title), self.text(trouble.happened), self.text(trouble.remedy))

    def error(self, error: DoublereadError) -> DoublereadError:
        """Return an error as it may be shown now, of the same class."""
        if self.named:
            return error
        told = error.retold(self.text(error.title), self.text(error.happened), self.text(error.remedy))
        if isinstance(told, CaseFileError):
            told.problems = tuple(map(self.text, told.problems))
        if told.args != (error.title, error.happened, error.remedy):
            which = "to see which model it is, record an unblinding: doubleread results STUDY --unblind REASON"
            told.remedy = "; ".join(filter(None, (told.remedy, which)))
        return told

    def _digest(self, what: str) -> bytes:
        return hmac.new(self._secret, f"blinding|{what}".encode(), hashlib.sha256).digest()


def blinding_of(study: StudyFile) -> Blinding:
    """Return the current rule. A reader's own file never names a model."""
    with study.connection.snapshot() as db:
        state = blindness(db, reader_progress(db))
    if study.split_reader is not None:
        state = Blindness(False, "this is a reader's own file", ())
    return Blinding(state, study.secret, study.arms())


@contextmanager
def blinded_errors(study: StudyFile) -> Iterator[None]:
    """Remove the arms' names from errors that leave the block while arms are not named."""
    try:
        yield
    except DoublereadError as error:
        told = blinding_of(study).error(error)
        if told is error:
            raise
        raise told from error


def shown_arms(secret: bytes, arms: tuple[Arm, Arm], *, named: bool) -> tuple[Arm, Arm]:
    """Return both arms as results show them: as they are, or without anything that identifies them, in randomised
    order. Ids stay: they reveal nothing, and lead to the answers.
    """
    if named:
        return arms
    digest = hmac.new(secret, b"results|order of the models", hashlib.sha256).digest()
    first, second = arms[::-1] if digest[0] & 1 else arms
    return _nameless(first, 1), _nameless(second, 2)


def _nameless(arm: Arm, number: int) -> Arm:
    return Arm(arm.id, f"arm {number}")


def without_model_names(words: str, arms: Sequence[Arm]) -> str:
    """Remove from free text what names models: names, files, folders, hashes, makers, and parts of a name."""
    if not words:
        return ""
    tell = {word for arm in arms for word in _telltales(arm) if len(word.strip()) > 2}
    if tell:
        pattern = "|".join(map(re.escape, sorted(tell, key=len, reverse=True)))
        words = re.sub(rf"(?<!\w)(?:{pattern})(?!\w)", SOME_ARM, words, flags=re.IGNORECASE)
    words = _HASH.sub(SOME_HASH, words)
    pieces, last = [], 0
    for span in redaction_of(arms).spans(words):
        pieces += [words[last : span.start], SOME_ARM]
        last = span.end
    return "".join((*pieces, words[last:]))


def _telltales(arm: Arm) -> Iterator[str]:
    yield from (arm.name, arm.id)
    if arm.server is not None:
        yield from arm.server.identifying_words()
    if arm.chat_template is not None and PurePath(arm.chat_template.source).suffix:
        yield from _file_words(arm.chat_template.source)
    for adapter in arm.adapters:
        yield from _file_words(adapter.path)
        yield adapter.sha256
    if arm.retrieval is not None and not arm.retrieval.from_case:
        yield from _file_words(arm.retrieval.corpus)
        yield arm.retrieval.corpus_sha256
    if (model := arm.model) is not None:
        yield from _file_words(model.path)
        yield from (model.name, model.sha256)
        yield from _named_in(model.metadata)


def _file_words(recorded: str) -> tuple[str, str, str]:
    path = PurePath(recorded.replace("\\", "/"))
    return recorded, path.name, path.stem


def _named_in(metadata: Mapping[str, object]) -> Iterator[str]:
    for key, value in metadata.items():
        if key in _NAMING or _BASE.fullmatch(key):
            yield str(value)
