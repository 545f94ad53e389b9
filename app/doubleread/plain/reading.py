"""A reader at a study, line by line: reads a command, does it, and says what changed."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from functools import partial

import regex

from doubleread.domain.display import display_line
from doubleread.domain.drafts import DraftState
from doubleread.domain.judgement_changes import changes
from doubleread.domain.wording import plural
from doubleread.errors import DoublereadError, StudyBusyError
from doubleread.plain.about_reader import AboutReader
from doubleread.plain.arguments import Arguments, NotUnderstoodError, sentences_alone
from doubleread.plain.commands import Command, explained, is_of_round, meant_by, nearest, overview
from doubleread.plain.committing import Committing
from doubleread.plain.consensus import Consensus
from doubleread.plain.going import Going
from doubleread.plain.judging import Judging
from doubleread.plain.looking import Looking, state_lines
from doubleread.plain.marking import Marking
from doubleread.plain.talk import CANCEL, LOCKED, CancelledError, Talk, said
from doubleread.plain.terminal import EndedError, Terminal
from doubleread.plain.training import Training
from doubleread.sessions.reading import PROTOCOL_CHANGED, ReadingSession
from doubleread.sessions.reading_words import NOTHING_TO_REDO, NOTHING_TO_UNDO, reads_here_now
from doubleread.store.sqlite.patience import waiting_at_most

_LOOK_SECONDS = 0.2
_REASON = regex.compile(r"[\"“”](?P<reason>[^\"“”]*)[\"“”]\s*(?P<line>.*)")
_GOING = frozenset({"next", "previous", "open", "go"})


class PlainReading:
    """The loop over commands. The controllers do the work. `formatted`: texts are read without their Markdown.

    `goes_on`: the reader comes from the training, or goes to the consensus round, and was welcomed before.
    """

    def __init__(
        self, session: ReadingSession, terminal: Terminal, *, formatted: bool = True, goes_on: bool = False
    ) -> None:
        self._session = session
        self._goes_on = goes_on
        self._terminal = terminal
        self.talk = Talk(session, terminal)
        self.looking = Looking(self.talk, formatted=formatted)
        self.marking = Marking(self.talk, self.looking)
        self.judging = Judging(self.talk, self.looking)
        self.training = Training(self.talk, self._arrive, self._reopen)
        self.about_reader = AboutReader(self.talk)
        self.committing = Committing(self.talk, self.looking, self.judging, self._committed)
        self.going = Going(self.talk, self._all_done)
        self.consensus = Consensus(self.talk, self._arrive, self._all_done, self._reopen)
        self.reading = self
        self._states: dict[str, DraftState] = {}
        self._protocol = session.newest_protocol
        self._ended = False
        self.reopens = False
        """Whether the study is to be opened again, after the training or for the consensus round."""
        self.talk.aside = self._do_aside
        terminal.heard = lambda: self._guarded(self._touch)

    def run(self) -> int:
        """Read commands until the reader quits or the input ends, and return the exit code.

        The session is closed then, in any case.
        """
        code = 0
        try:
            self._guarded(self._start)
            while not self._ended:
                self._guarded(self.say_news)
                line, said_before = self._terminal.read(), self._terminal.said
                # While it was typed, another window may have begun to read.
                self._guarded(self.say_news)
                if not line and self._terminal.said == said_before:
                    self.talk.say("Nothing new.")
                self.do(line)
        except EndedError as ended:
            code = ended.code
        finally:
            code = self._close() or code
        return code

    def _start(self) -> None:
        session = self._session
        if session.makes_answers and session.reads_here:
            session.start()
        progress = session.progress
        self.talk.say(display_line(f"Study: {session.title or 'without a title'}. Reader {session.reader_id}."))
        if session.training_words:
            self.talk.say(f"{session.training_words.capitalize()}.")
        self.talk.say(
            f"{plural(progress.total, 'case')}, {progress.committed}"
            f" {'done' if self.consensus.active else 'committed'}."
        )
        if not session.reads_here:
            self._say_elsewhere()
        self.talk.say("Type help for the commands.")
        if not self._goes_on:
            self.about_reader.ask_background()
        self.training.introduce()
        self.consensus.introduce()
        self._arrive()
        self.committing.assess_at_the_end()

    def _committed(self) -> None:
        """Say what follows after a commit."""
        self.training.say_feedback()
        if self._session.all_done:
            self._all_done()
        else:
            self.talk.say("Type open for the next open case.")

    def _all_done(self) -> None:
        """Say that no case is open: the result in training, else the summary."""
        if not self.training.say_result():
            self.talk.say(f"All cases are {'done' if self.consensus.active else 'committed'}. Thank you.")
            self.about_reader.say_summary()
            if self._session.has_consensus_round:
                self.talk.say("Type consensus to go to the consensus round.")

    def _reopen(self) -> None:
        self._ended = self.reopens = True

    def _arrive(self) -> None:
        self.marking.begin_case()
        self._states = {side: answer.state for side, answer in self._session.answers().items()}
        self.looking.introduce()
        self.consensus.say_count()

    def _close(self) -> int:
        """Save the reading time and close the file. Return 1 if that fails."""
        end, lines = self._session.end(), []
        try:
            self._session.close()
            # After training, the cases of the study follow.
            lines = [end.sentence] if self.training.active else end.lines()
        except DoublereadError as error:
            lines = [said(error)]
            return 1
        finally:
            with contextlib.suppress(OSError, ValueError):
                self.talk.say_lines(lines)
        return 0

    def _touch(self) -> None:
        """Note that the reader did something. While the file is locked, the reading time is saved later."""
        with contextlib.suppress(StudyBusyError), waiting_at_most(0.0):
            self._session.touch()

    def do(self, line: str) -> None:
        """Do what a line says. Whatever is wrong with it is said."""
        self.talk.reason = None
        if line:
            self._guarded(partial(self._do, line))

    def _guarded(self, work: Callable[[], object]) -> None:
        try:
            work()
        except NotUnderstoodError as error:
            self.talk.say(display_line(str(error)))
        except CancelledError:
            self.talk.say("Cancelled.")
        except StudyBusyError:
            self.talk.say(f"{LOCKED} Not done. Try again in a moment.")
        except DoublereadError as error:
            self.talk.say(display_line(said(error)))

    def _do(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if line.casefold() in CANCEL:
            raise NotUnderstoodError("There is no question to cancel.")
        found = self._meant_by(word)
        if len(found) == 1:
            self._call(found[0], Arguments(rest))
        elif found:
            names = " or ".join(command.name for command in found)
            raise NotUnderstoodError(f"“{word}” could be {names}.")
        elif (ref := sentences_alone(line)) is not None:
            self.looking.sentences(ref)
        elif any(line.casefold().startswith(name) for name in self.judging.scale_names()):
            self.judging.rate(Arguments(line))
        else:
            near = nearest(word)
            hint = f" Did you mean {near.name}?" if near is not None else ""
            raise NotUnderstoodError(f"“{word}” is not a command.{hint} Type help for the commands.")

    def _meant_by(self, word: str) -> list[Command]:
        """Return the commands that a word may mean. Of several, those of a consensus round only where there is one."""
        found = meant_by(word)
        if len(found) < 2 or self.consensus.active or self._session.has_consensus_round:
            return found
        return [command for command in found if not is_of_round(command)]

    def _do_aside(self, line: str) -> bool:
        """Do a command that only reads, at a question; return whether it is one."""
        word, _, rest = line.partition(" ")
        found = self._meant_by(word)
        if len(found) == 1 and found[0].reads:
            self._guarded(partial(self._call, found[0], Arguments(rest)))
            return True
        if (ref := sentences_alone(line)) is not None:
            self._guarded(partial(self.looking.sentences, ref))
            return True
        return False

    def _call(self, command: Command, arguments: Arguments) -> None:
        controller, _, method = command.call.partition(".")
        moved = getattr(getattr(self, controller), method)(arguments)
        if command.name in _GOING and moved:
            self._arrive()

    def say_news(self) -> None:
        """Say what has happened since the last command: answers that are finished, and what other windows did."""
        session = self._session
        before, read_here = session.reading, session.reads_here
        with contextlib.suppress(StudyBusyError), waiting_at_most(0.0):
            changed = session.follow()
            answers = session.answers()
            for side, answer in answers.items():
                if self._states.get(side) != answer.state and answer.state in ("done", "failed"):
                    self.talk.say_lines(list(state_lines(answer)))
                self._states[side] = answer.state
            if before is None and session.reading is not None:
                self.talk.say("Both answers can be judged now.")
            if changed and before is not None and session.reading is not None and session.reads_here:
                for sentence in changes(before.judgement, session.reading.judgement, self.talk.names):
                    self.talk.say(display_line(f"In another window: {sentence}"))
        if read_here and not session.reads_here:
            self._say_elsewhere()
        if session.newest_protocol != self._protocol:
            self._protocol = session.newest_protocol
            self.talk.say(PROTOCOL_CHANGED)

    def _say_elsewhere(self) -> None:
        since = self._session.other_since
        self.talk.say(
            f"{self._session.reader_id} is open in another window since {since}. This window is read-only. "
            "Type here to read in this one."
        )

    def take_over(self, arguments: Arguments) -> None:
        """Read in this window; the other one becomes read-only."""
        arguments.expect_none()
        if self._session.reads_here:
            self.talk.say("You are already reading in this window.")
            return
        self._session.take_over()
        if self._session.makes_answers:
            self._session.start()
        self.talk.say(reads_here_now(self._session.reader_id))

    def undo(self, arguments: Arguments) -> None:
        """Undo the last action."""
        self._step(arguments, "Undone")

    def redo(self, arguments: Arguments) -> None:
        """Redo the last action that was undone."""
        self._step(arguments, "Redone")

    def _step(self, arguments: Arguments, words: str) -> None:
        arguments.expect_none()
        before, undoing = self.talk.judgement, words == "Undone"
        done: list[bool] = []
        step = self._session.undo if undoing else self._session.redo
        if not self.talk.saved(lambda: done.append(step())):
            return
        if done[-1]:
            self.talk.say_changes(before, f"{words}: ")
        else:
            self.talk.say(NOTHING_TO_UNDO if undoing else NOTHING_TO_REDO)

    def correct(self, arguments: Arguments) -> None:
        """Do another command that corrects a committed reading, with the reason given here."""
        if not self.talk.reading.committed:
            raise NotUnderstoodError("This reading is not committed. Change it without a reason.")
        quoted = _REASON.fullmatch(arguments.text)
        reason, line = (quoted["reason"].strip(), quoted["line"]) if quoted is not None else ("", arguments.text)
        reason = reason or self.talk.text("Why this correction?")
        if not line:
            line = self.talk.text("Which command? For example: verdict A incorrect")
        self.talk.reason = reason
        word = line.partition(" ")[0]
        if [command.name for command in self._meant_by(word)] == ["correct"]:
            raise NotUnderstoodError("Type the command for the correction, such as verdict A incorrect.")
        self._do(line)

    def wait(self, arguments: Arguments) -> None:
        """Wait until both answers of this case are finished or failed."""
        arguments.expect_none()
        while self._session.makes_answers and self._unfinished():
            with self._terminal.interruptible():
                time.sleep(_LOOK_SECONDS)
            self.say_news()
        self.talk.say_lines(self.looking.states())

    def _unfinished(self) -> bool:
        with contextlib.suppress(StudyBusyError):
            return any(answer.state in ("waiting", "writing") for answer in self._session.answers().values())
        return True

    def again(self, arguments: Arguments) -> None:
        """Generate the failed answers of this case again."""
        arguments.expect_none()
        failed = [side for side, answer in self._session.answers().items() if answer.state == "failed"]
        if not failed or not self._session.makes_answers:
            raise NotUnderstoodError("There is no failed answer that can be generated again here.")
        for side in failed:
            self._session.make_again(side)
            self._states[side] = "waiting"
            self.talk.say(f"Answer {side} is being generated again.")

    def help(self, arguments: Arguments) -> None:
        """List the commands, or explain one."""
        word = arguments.take_rest()
        if not word:
            self.talk.say_lines(overview())
            self.talk.say("For more, type help and a command.")
            self.talk.say("At a question, type cancel to leave it. Commands that only read work there, too.")
            return
        found = meant_by(word)
        if not found:
            near = nearest(word)
            hint = f" Did you mean {near.name}?" if near is not None else ""
            raise NotUnderstoodError(f"“{word}” is not a command.{hint}")
        for command in found:
            self.talk.say_lines(explained(command))

    def quit(self, arguments: Arguments) -> None:
        """End the loop."""
        arguments.expect_none()
        self._ended = True
