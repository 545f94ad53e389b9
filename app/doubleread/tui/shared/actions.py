"""What can be done, declared once for key bindings, the key line, the command palette and the help: while reading."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from textual.binding import Binding

Pane = Literal["case", "A", "B"]
PANES: tuple[Pane, ...] = ("case", "A", "B")
Group = Literal[
    "Move", "Mark", "Annotations", "Judge", "Sentences", "Resolve", "Review", "Program", "Studies", "Results"
]
GROUPS: tuple[Group, ...] = (
    *("Move", "Mark", "Annotations", "Judge", "Sentences", "Resolve", "Review", "Program", "Studies", "Results"),
)


@dataclass(frozen=True, slots=True)
class Situation:
    """What the screen with the three texts stands at, as far as it decides which actions work.

    `annotation` is the symbol of the annotation at hand, `linkable` of the one that a passage of the case can be linked
    to. `gradable` says that the key is shown, and a diagnosis against which answers are graded. `reasoning` says
    whether there is any before the answer at hand, `in_reasoning` whether the reader is in it, `axes` whether the
    protocol has any. `sentences` says whether sentences can be judged in this case, `in_sentences` whether keys do so
    now, `faulty_sentence` whether one was found to be at fault of which an annotation can be made. In an adjudication,
    `readers` is how many hold something, or nothing, about the difference at hand; `marked` says whether that is about
    words, `joinable` whether two of them marked some. `unsaved` says that something could not be saved yet, `elsewhere`
    that another window reads for this reader.
    """

    pane: Pane = "case"
    ready: bool = False
    committed: bool = False
    revealed: bool = False
    complete: bool = False
    annotation: str = ""
    linkable: str = ""
    annotations: bool = False
    selection: bool = False
    failed: bool = False
    gradable: bool = False
    reasoning: bool = False
    in_reasoning: bool = False
    guideline: bool = False
    axes: bool = False
    readers: int = 0
    marked: bool = False
    joinable: bool = False
    sentences: bool = False
    in_sentences: bool = False
    faulty_sentence: bool = False
    unsaved: bool = False
    elsewhere: bool = False

    @property
    def on_answer(self) -> bool:
        """Whether the reader is in one of the two answers."""
        return self.pane != "case"

    def object_of(self, action: Action) -> str:
        """Return the symbol of the annotation that an action acts on, or nothing."""
        if action.id == "passage":
            return self.linkable
        return self.annotation if action.id in ("edit", "retract") else ""


def _always(_: Situation) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do. `call` is the screen's action; `rank` orders the key line, where 0 stays out of it.

    `when` says in which situations it works; elsewhere its key does nothing and it is not offered.
    """

    id: str
    keys: str
    label: str
    tooltip: str
    group: Group
    call: str
    when: Callable[[Situation], bool] = _always
    rank: int = 0

    def binding(self) -> Binding:
        """Return the key binding."""
        return Binding(self.keys, self.call, self.label, show=False, tooltip=self.tooltip, id=self.id)


def _in_text(now: Situation) -> bool:
    return not now.in_reasoning


def _on_annotation(now: Situation) -> bool:
    return bool(now.annotation)


def _to_judge(now: Situation) -> bool:
    return now.ready


def _verdict_action(key: str, name: str, tooltip: str) -> Action:
    def when(now: Situation) -> bool:
        return now.ready and not now.in_sentences

    return Action(f"verdict_{name}", key, name, tooltip, "Judge", f"verdict('{name}')", when)


def _in_sentences(now: Situation) -> bool:
    return now.in_sentences


def _sentence_action(key: str, name: str, tooltip: str) -> Action:
    call = f"judge_sentence('{name}')"
    return Action(f"sentence_{name}", key, f"sentence {name}", tooltip, "Sentences", call, _in_sentences)


def _edge(id: str, keys: str, label: str, edge: str, by: str, direction: int) -> Action:
    tooltip = f"Move the {edge} of the annotation by one {by}"
    return Action(id, keys, label, tooltip, "Annotations", f"nudge('{edge}', '{by}', {direction})", _on_annotation)


ACTIONS: tuple[Action, ...] = (
    Action("next_pane", "tab", "next pane", "Go to the next text", "Move", "pane(1)", rank=30),
    Action("previous_pane", "shift+tab", "previous pane", "Go to the text before", "Move", "pane(-1)"),
    Action("pane_case", "f2", "the case", "Go to the case", "Move", "show_pane('case')"),
    Action("pane_a", "f3", "answer A", "Go to answer A", "Move", "show_pane('A')"),
    Action("pane_b", "f4", "answer B", "Go to answer B", "Move", "show_pane('B')"),
    Action(
        "annotations",
        "f5",
        "annotations",
        "Go to the list of annotations",
        "Move",
        "show_annotations",
        lambda now: now.annotations,
    ),
    Action("zoom", "z", "zoom", "Give this text the whole window, or give it back", "Move", "zoom", rank=70),
    Action("next_case", "n", "next case", "Go to the next case", "Move", "step(1)", rank=40),
    Action("previous_case", "p", "previous case", "Go to the case before", "Move", "step(-1)"),
    Action("next_open", "N", "next open case", "Go to the next case that is not committed", "Move", "next_open"),
    Action("cases", "g", "cases", "Choose a case from the list", "Move", "cases", rank=80),
    Action(
        "text.propose", "m", "mark", "Mark the selected words, or the word at the cursor", "Mark", "mark", _in_text, 10
    ),
    Action(
        "text.select-sentence",
        "s",
        "sentence",
        "Select the sentence at the cursor; again: the next one too",
        "Mark",
        "in_text('select_sentence')",
        _in_text,
        rank=13,
    ),
    Action(
        "text.widen",
        "space",
        "widen",
        "Select the word at the cursor; again: its sentence, its paragraph, everything",
        "Mark",
        "in_text('widen')",
        _in_text,
    ),
    Action(
        "text.extend",
        "v",
        "extend",
        "From here on every motion extends the selection; again: no longer",
        "Mark",
        "in_text('toggle_extending')",
        _in_text,
    ),
    Action("text.copy", "y,ctrl+c,super+c", "copy", "Copy the selected words", "Mark", "in_text('copy')", _in_text),
    Action(
        "omission",
        "o",
        "left out",
        "Say that an answer leaves out the selected words of the case",
        "Mark",
        "omission",
        lambda now: now.pane == "case" and now.ready,
        rank=11,
    ),
    Action(
        "passage",
        "l",
        "contradicted by",
        "Say that the annotation contradicts the words selected in the case",
        "Mark",
        "passage",
        lambda now: bool(now.linkable) and now.pane == "case",
        rank=12,
    ),
    Action("undo", "u,ctrl+z", "undo", "Take the last action back", "Mark", "undo", _to_judge, rank=14),
    Action("redo", "U,ctrl+r,ctrl+y", "redo", "Do again what was undone", "Mark", "redo", _to_judge),
    Action(
        "previous_annotation",
        "[",
        "previous annotation",
        "Go to the annotation before",
        "Annotations",
        "annotation(-1)",
    ),
    Action(
        "next_annotation",
        "]",
        "next annotation",
        "Go to the next annotation",
        "Annotations",
        "annotation(1)",
        lambda now: now.annotations,
        rank=60,
    ),
    Action(
        "edit",
        "e",
        "rate, note",
        "Rate the annotation further, or write a note",
        "Annotations",
        "edit",
        _on_annotation,
        15,
    ),
    Action(
        "retract",
        "d,delete,backspace",
        "retract",
        "Take the annotation back",
        "Annotations",
        "retract",
        _on_annotation,
        16,
    ),
    _edge("start_earlier", "<", "start earlier", "start", "word", -1),
    _edge("start_later", ">", "start later", "start", "word", 1),
    _edge("end_earlier", "comma", "end earlier", "end", "word", -1),
    _edge("end_later", ".", "end later", "end", "word", 1),
    _edge("start_character_earlier", "'", "start one character earlier", "start", "character", -1),
    _edge("start_character_later", '"', "start one character later", "start", "character", 1),
    _edge("end_character_earlier", ";", "end one character earlier", "end", "character", -1),
    _edge("end_character_later", ":", "end one character later", "end", "character", 1),
    _verdict_action("1", "correct", "This answer is right, and rightly argued"),
    _verdict_action("2", "partly", "This answer is partly right"),
    _verdict_action("3", "incorrect", "This answer is wrong"),
    _verdict_action("4", "unsure", "I cannot tell whether this answer is right"),
    Action("prefer_a", "6", "A is better", "I prefer answer A", "Judge", "prefer('A')", _to_judge),
    Action("prefer_b", "7", "B is better", "I prefer answer B", "Judge", "prefer('B')", _to_judge),
    Action("prefer_tie", "8", "tie", "Both are equally good", "Judge", "prefer('tie')", _to_judge),
    Action("prefer_none", "9", "both bad", "I would use neither", "Judge", "prefer('both bad')", _to_judge),
    Action(
        "outside", "0", "outside my field", "Say that this case lies outside my field", "Judge", "outside", _to_judge
    ),
    Action(
        "compare",
        "x",
        "compare",
        "Compare the two answers by the protocol's axes, one after the other",
        "Judge",
        "compare",
        lambda now: now.ready and now.axes,
        rank=20,
    ),
    Action(
        "sentences",
        "a",
        "each sentence",
        "Judge this answer sentence by sentence, up and down going by sentence; again: no longer",
        "Sentences",
        "sentences",
        lambda now: now.sentences and now.on_answer,
        rank=27,
    ),
    _sentence_action("1", "supported", "The case or medical knowledge bears this sentence out"),
    _sentence_action("2", "unsupported", "The case does not say what this sentence says"),
    _sentence_action("3", "incorrect", "This sentence contradicts the case, or is medically false"),
    _sentence_action("4", "unsure", "I cannot tell whether this sentence is right"),
    Action(
        "sentence_annotation",
        "f",
        "make it an annotation",
        "Make an annotation of the sentence that is unsupported or wrong",
        "Sentences",
        "sentence_annotation",
        lambda now: now.faulty_sentence,
    ),
    Action(
        "commit",
        "c",
        "commit",
        "Close this reading and see the key",
        "Judge",
        "commit",
        lambda now: now.ready and not now.committed,
        rank=25,
    ),
    Action(
        "key",
        "k",
        "key",
        "Show or hide the key and the scores",
        "Judge",
        "toggle_key",
        lambda now: now.committed,
        rank=24,
    ),
    Action(
        "reasoning",
        "t",
        "reasoning",
        "Show or hide what the model thought before this answer",
        "Judge",
        "toggle_reasoning",
        lambda now: now.reasoning,
        rank=26,
    ),
    Action(
        "confirm",
        "plus",
        "names the diagnosis",
        "Say that this answer names the key's diagnosis: grade 5",
        "Judge",
        "confirm(True)",
        lambda now: now.gradable and now.on_answer,
        rank=8,
    ),
    Action(
        "refuse",
        "minus",
        "does not name it",
        "Say that this answer does not name the key's diagnosis, then how close it comes",
        "Judge",
        "confirm(False)",
        lambda now: now.gradable and now.on_answer,
        rank=9,
    ),
    Action(
        "grade",
        "equals_sign",
        "grade",
        "Grade from 5 to 0 how close this answer comes to the key's diagnosis",
        "Judge",
        "grade",
        lambda now: now.gradable and now.on_answer,
        rank=7,
    ),
    Action(
        "again",
        "r",
        "make again",
        "Make a failed answer again",
        "Program",
        "again",
        lambda now: now.failed,
        rank=5,
    ),
    Action(
        "guideline",
        "G",
        "guideline",
        "Read the study's guideline",
        "Program",
        "guideline",
        lambda now: now.guideline,
        rank=90,
    ),
    Action(
        "save_again",
        "ctrl+s",
        "save again",
        "Try again to save what could not be saved while the file was locked",
        "Program",
        "save_again",
        lambda now: now.unsaved,
        rank=2,
    ),
    Action(
        "take_over",
        "ctrl+t",
        "read here",
        "Read in this window; the other one then only shows",
        "Program",
        "take_over",
        lambda now: now.elsewhere,
        rank=2,
    ),
    Action("help", "question_mark,f1", "help", "Keys, labels, and how to mark", "Program", "help", rank=1),
    Action("tour", "", "tour", "Take the short tour", "Program", "tour"),
    Action("library", "L", "studies", "Go back to the list of studies", "Program", "library"),
    Action("palette", "ctrl+p", "commands", "Search all commands", "Program", "app.command_palette", rank=95),
    Action(
        "quit",
        "ctrl+q",
        "quit",
        "End the program; asks first where something is not saved",
        "Program",
        "app.quit",
        rank=85,
    ),
)

_SHOWN_KEYS = {
    "question_mark": "?",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "plus": "+",
    "minus": "-",
    "equals_sign": "=",
    "comma": ",",
    "full_stop": ".",
    "delete": "del",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "escape": "esc",
    "exclamation_mark": "!",
}


def shown_keys(action: Action, remapped: Mapping[str, str]) -> tuple[str, ...]:
    """Return an action's keys as a reader knows them, with the user's own keys in place of ours."""
    keys = remapped.get(action.id, action.keys)
    if keys == ",":
        return (",",)
    return tuple(_SHOWN_KEYS.get(key.strip(), key.strip()) for key in keys.split(",") if key.strip())


def offered(now: Situation, actions: Sequence[Action] = ACTIONS) -> list[Action]:
    """Return the actions that work now, the most useful first and those without a rank at the end."""
    first = {"next_case": 2, "key": 3} if now.committed else {}
    if now.complete and not now.committed:
        first = {"commit": 2, "adjudication.commit": 2}
    working = [action for action in actions if action.when(now)]
    return sorted(working, key=lambda action: first.get(action.id, action.rank or 1000))
