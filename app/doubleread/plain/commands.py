"""The commands of the plain mode, declared once for help, reference and dispatch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Group = Literal["Read", "Mark", "Judge", "Cases", "Program"]
GROUPS: tuple[Group, ...] = get_args(Group)


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its name, a letter for it, what follows it, what it does, and the method that does it.

    `call` is a method of a controller, such as "marking.mark". `more` explains what follows, `examples` are typed as
    they are.
    """

    name: str
    letter: str
    usage: str
    about: str
    group: Group
    call: str
    more: str = ""
    examples: tuple[str, ...] = ()

    @property
    def heading(self) -> str:
        """Its name, and its letter if it has one."""
        return f"{self.name} or {self.letter}" if self.letter else self.name

    @property
    def reads(self) -> bool:
        """Whether it only prints something, so that it can be typed at a question, too."""
        return self.group == "Read" or self.name in _READING


_READING = frozenset({"marks", "criteria", "differences", "missing", "key", "status", "time", "help"})

# A table: the first lines of a command have its words, the next ones explain it.
# fmt: off
COMMANDS: tuple[Command, ...] = (
    Command("case", "c", "[NUMBERS]", "Read the case, its question and its options.", "Read", "looking.case",
            "Its sentences are numbered C1, C2 and so on. With numbers, read only these sentences.",
            ("case", "case 2-4")),
    Command("question", "", "", "Read the question.", "Read", "looking.question"),
    Command("options", "", "", "Read the options.", "Read", "looking.options"),
    Command("documents", "", "", "List the documents of the case.", "Read", "looking.documents"),
    Command("document", "d", "NUMBER [NUMBERS]", "Read a document of the case.", "Read", "looking.document",
            "The sentences of document 3 are numbered D3.1, D3.2 and so on.",
            ("document 3", "document 3 1-5")),
    Command("a", "", "[NUMBERS]", "Read answer A.", "Read", "looking.answer_a",
            "Its sentences are numbered A1, A2 and so on. Your judgements of a sentence follow it in parentheses. "
            "The number of a sentence alone prints that sentence: A2.",
            ("a", "a 2", "a 2-4")),
    Command("b", "", "[NUMBERS]", "Read answer B.", "Read", "looking.answer_b",
            "Its sentences are numbered B1, B2 and so on. Your judgements of a sentence follow it in parentheses. "
            "The number of a sentence alone prints that sentence: B2.",
            ("b", "b 2", "b 2-4")),
    Command("find", "f", "WORDS", "Find words in the case, its documents and the answers.", "Read", "looking.find",
            "Each place is printed with the number of its sentence and the words around it.",
            ("find ST elevation",)),
    Command("raw", "", "[yes or no]", "Print texts as they are written, with their Markdown, or without it.",
            "Read", "looking.raw"),
    Command("passages", "", "[A or B]", "Read the retrieved passages that the models were given.",
            "Read", "looking.passages"),
    Command("reasoning", "", "[A or B]", "Read the models' reasoning before their answers, after the commit.",
            "Read", "looking.reasoning"),
    Command("guideline", "", "", "Read the guideline of the study.", "Read", "looking.guideline"),
    Command("mark", "m", 'SENTENCE or "WORDS" [CATEGORY] [SEVERITY]',
            "Annotate a sentence of an answer, or words of it.", "Mark", "marking.mark",
            "Words are in quotation marks. If they are in several places, you are asked which one you mean, unless "
            "you add the number of the sentence. You are asked for what is missing. Labels can be shortened to their "
            "first three letters or to their key.",
            ("mark A2 fabrication major", 'mark A2 "ST elevation" fab maj', "mark A2-3 negation minor", "mark A2")),
    Command("omit", "o", 'SENTENCE or "WORDS" [A, B or both] [SEVERITY]',
            "Annotate words of the case that an answer leaves out.", "Mark", "marking.omit",
            "The words are in the case or in one of its documents.",
            ('omit A "recent infection" major', "omit both C2 minor")),
    Command("link", "l", 'ANNOTATION "WORDS" [contradicts or supports]',
            "Link an annotation to words of the case that contradict or support it.", "Mark", "marking.link",
            "An annotation is named by its number in the list of marks or by its label. The words are in the case, "
            "in a document, or in a passage that may be seen. With none instead of the words, the link is removed.",
            ('link 1 "no chest pain" contradicts', "link A1 C2 supports", "link 1 none")),
    Command("marks", "", "", "List the annotations with their numbers.", "Mark", "marking.marks",
            "The numbers stay the same while the case is open."),
    Command("change", "e", "ANNOTATION [RATING] [VALUE]",
            "Change the category, severity, basis, harm or certainty of an annotation.", "Mark", "marking.change",
            "With none as the value, the basis, the harm or the certainty is removed.",
            ("change 2 severity minor", "change 2 minor", "change 2 basis none")),
    Command("move", "", 'ANNOTATION SENTENCE, "WORDS", or start or end, earlier or later, [NUMBER]',
            "Move the boundaries of an annotation.", "Mark", "marking.move",
            "To other words of the same text, or one end by a number of words.",
            ('move 2 "widespread ST elevation"', "move 2 start earlier", "move 2 end later 3")),
    Command("note", "", "ANNOTATION TEXT", "Write a note on an annotation.", "Mark", "marking.note",
            "none removes the note.", ("note 2 not in the ECG", "note 2 none")),
    Command("retract", "x", "ANNOTATION", "Retract an annotation.", "Mark", "marking.retract",
            "It stays in the log, and undo restores it.", ("retract 2", "retract A1")),
    Command("undo", "u", "", "Undo the last action, and say what it was.", "Mark", "reading.undo",
            "Without limit, even the next day."),
    Command("redo", "y", "", "Redo what was undone last.", "Mark", "reading.redo"),
    Command("verdict", "v", "[A or B] [VERDICT]", "Judge an answer as correct, partly correct or incorrect, or say "
            "that you are unsure.", "Judge", "judging.verdict", "",
            ("verdict A incorrect", "v b correct")),
    Command("prefer", "p", "[A, B, tie or both bad]", "Say which answer is better.", "Judge", "judging.prefer", "",
            ("prefer A", "prefer both bad")),
    Command("outside", "", "[yes or no]", "Decline the case as outside your field, or undo that.",
            "Judge", "judging.outside"),
    Command("judge", "j", "[SENTENCES, A or B] [JUDGEMENT]", "Judge sentences of an answer.", "Judge", "judging.judge",
            "With A or B alone, you are asked about each sentence that is left.",
            ("judge A2 supported", "judge A")),
    Command("criteria", "", "", "List the criteria of the case with your judgements.", "Judge", "judging.criteria"),
    Command("criterion", "k", '[A or B] [NUMBER] [JUDGEMENT] ["WORDS"]', "Judge a criterion of an answer.",
            "Judge", "judging.criterion",
            "Without a number, you are asked about each criterion that is left. Words of the answer in quotation marks "
            "are linked as evidence; \"none\" removes the link. The judgement clear clears it.",
            ("criterion A 3 met", 'criterion B 1 not met "no aspirin"', "criterion A")),
    Command("rate", "r", "[AXIS or SCALE] [A or B] [LEVEL]", "Rate on the axes and scales of the study.",
            "Judge", "judging.rate",
            "Without a name, you are asked about each that is left; with A or B, about the scales of that answer. "
            "The name of an axis or a scale alone works, too.",
            ("rate", "rate A", "rate confidence 4")),
    Command("missing", "i", "", "List what is missing for the commit, and judgements that contradict each other.",
            "Judge", "committing.missing"),
    Command("commit", "", "", "Commit this reading, and read the answer key.", "Judge", "committing.commit",
            "You are asked for what is missing and about judgements that contradict each other. Then your judgements "
            "are summed up, and you are asked to confirm."),
    Command("key", "", "", "Read the answer key and the scores, after the commit.", "Judge", "committing.key"),
    Command("grade", "", "[A or B] [GRADE]", "Grade how close an answer comes to the key's diagnosis.",
            "Judge", "judging.grade", "After the commit, where the key is a diagnosis.", ("grade A 4",)),
    Command("correct", "", '"REASON" COMMAND', "Correct a committed reading, with a reason.",
            "Judge", "reading.correct",
            "Any command that changes something can follow. Without this command you are asked for the reason.",
            ('correct "overlooked the rub" verdict A incorrect',)),
    Command("feedback", "", "", "Compare your judgement of a training case with the reference again.",
            "Judge", "training.feedback"),
    Command("consensus", "", "", "Go to the consensus round, after you have committed all your cases.",
            "Judge", "consensus.consensus"),
    Command("differences", "", "[NUMBER]", "List how other readers judged this case, in the consensus round.",
            "Judge", "consensus.differences"),
    Command("agree", "", "DIFFERENCE [READER]", "Revise your reading: say what another reader said.",
            "Judge", "consensus.agree",
            "You are asked for the reason, and for the reader if several differ from you.",
            ("agree 2", "agree 2 reader 1")),
    Command("done", "", "", "Close this case of the consensus round: your reading is kept or revised.",
            "Judge", "consensus.done"),
    Command("next", "n", "", "Go to the next case.", "Cases", "going.next"),
    Command("previous", "", "", "Go to the previous case.", "Cases", "going.previous"),
    Command("open", "", "", "Go to the next case that is not committed.", "Cases", "going.open"),
    Command("go", "g", "NUMBER", "Go to a case by its number.", "Cases", "going.go", "", ("go 12",)),
    Command("cases", "", "[NUMBERS or open]", "List the cases.", "Cases", "going.cases", "",
            ("cases", "cases open", "cases 51-100")),
    Command("wait", "w", "", "Wait until both answers are finished.", "Cases", "reading.wait",
            "Answers that are finished are announced before the next command, too."),
    Command("again", "", "", "Generate failed answers of this case again.", "Cases", "reading.again"),
    Command("status", "s", "", "Print where you are, and your judgements of this case.", "Program", "looking.status"),
    Command("time", "t", "", "Print how long you have worked on this case, without pauses.", "Program", "looking.time"),
    Command("summary", "", "", "Print what you have done in this study so far.", "Program", "about_reader.summary"),
    Command("background", "", "", "State your background, such as your specialty, for the report of the study.",
            "Program", "about_reader.background"),
    Command("here", "", "", "Read in this window, if you are reading in another one.", "Program", "reading.take_over"),
    Command("help", "h", "[COMMAND]", "List the commands, or explain one of them.", "Program", "reading.help", "",
            ("help", "help mark")),
    Command("quit", "", "", "Quit. Everything is saved.", "Program", "reading.quit"),
)
# fmt: on
BY_WORD = {word: command for command in COMMANDS for word in (command.name, command.letter) if word}
_OTHER_WORDS = {"?": "help", "exit": "quit", "annotations": "marks", "prev": "previous"}


def meant_by(word: str) -> list[Command]:
    """Return the commands that a word may mean: by name or letter, else by the beginning of a name."""
    wanted = word.casefold()
    exact = BY_WORD.get(_OTHER_WORDS.get(wanted, wanted))
    if exact is not None:
        return [exact]
    return [command for command in COMMANDS if len(wanted) > 1 and command.name.startswith(wanted)]


def is_of_round(command: Command) -> bool:
    """Return whether a command belongs to the consensus round: it leads to it, or works in it."""
    return command.call.startswith("consensus.")


def nearest(word: str) -> Command | None:
    """Return the command with the most similar name, if one is similar."""
    from difflib import get_close_matches

    found = get_close_matches(
        word.casefold()[:40], [command.name for command in COMMANDS if len(command.name) > 1], 1, 0.6
    )
    return BY_WORD[found[0]] if found else None


def overview() -> list[str]:
    """Return all commands, a line each, by group."""
    lines = []
    for group in GROUPS:
        lines.append(f"{group}:")
        lines += [f"{command.heading}: {command.about}" for command in COMMANDS if command.group == group]
    return lines


def explained(command: Command) -> Sequence[str]:
    """Return what a command does, what follows it, and examples."""
    lines = [f"{command.heading}: {command.about}"]
    if command.usage:
        lines.append(f"Type: {command.name} {command.usage}")
    if command.more:
        lines.append(command.more)
    if command.examples:
        lines.append(f"For example: {'; '.join(command.examples)}")
    return lines
