"""The actions of the reading screen, declared once for keys, key line, command palette and help."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from textual.binding import Binding

from doubleread.domain.criteria import CRITERION_JUDGEMENTS
from doubleread.domain.labels import Label
from doubleread.domain.ordinal_scales import SCALES, OrdinalScale
from doubleread.domain.wording import continued

Pane = Literal["case", "A", "B"]
PANES: tuple[Pane, ...] = ("case", "A", "B")
Group = Literal[
    "Move",
    "Mark",
    "Annotations",
    "Judge",
    "Criteria",
    "Sentences",
    "Consensus",
    "Resolve",
    "Review",
    "Program",
    "Studies",
    "Results",
    "Study",
    "Cases",
    "Forms",
    "Answers",
    "New study",
]
RoundState = Literal["", "offered", "open", "done"]
GROUPS: tuple[Group, ...] = get_args(Group)


@dataclass(frozen=True, slots=True)
class Situation:
    """The state of a screen, as far as it decides which actions work.

    `annotation` is the label of the current annotation, `linkable` of the one that a passage of the case can be
    linked to. `echoed`: the case has words of the selection or annotation in an answer. `gradable`: the key is a
    diagnosis, and the answer can be graded against it. `reasoning`: the current answer has some, `in_reasoning`: the
    reader is in it. `passages`: those that the models were given may be seen.
    `axes`, `answer_scales`: the protocol has some, `documents`: the case has some, `scales`: the names of its ordinal
    scales. `sentences`: sentences can be judged in this case, `in_sentences`: keys do so now, `faulty_sentence`: the
    sentence can be turned into an annotation. `criteria`: the case has a rubric, `in_criteria`: keys judge its criteria
    now. In an adjudication, `readers` is the number of readers compared; `marked`: the current difference is about a
    span, `joinable`: two readers or more marked one. `unsaved`: something could not be saved yet, `elsewhere`: another
    window reads for this reader. `training`: the reader is in training. `consensus`: whether a consensus round is
    offered, or, in it, whether the reader is done with the case; `differing`: there are differences. `run` is the state
    of the run whose page this is, or "startable". `step` is that of a new study. `studies`: the library lists some.
    """

    pane: Pane = "case"
    ready: bool = False
    committed: bool = False
    complete: bool = False
    annotation: str = ""
    linkable: str = ""
    echoed: bool = False
    annotations: bool = False
    failed: bool = False
    gradable: bool = False
    reasoning: bool = False
    in_reasoning: bool = False
    guideline: bool = False
    passages: bool = False
    axes: bool = False
    answer_scales: bool = False
    documents: bool = False
    scales: tuple[str, ...] = ()
    readers: int = 0
    marked: bool = False
    joinable: bool = False
    sentences: bool = False
    in_sentences: bool = False
    faulty_sentence: bool = False
    criteria: bool = False
    in_criteria: bool = False
    unsaved: bool = False
    elsewhere: bool = False
    training: bool = False
    consensus: RoundState = ""
    differing: bool = False
    run: str = ""
    step: str = ""
    studies: bool = False

    @property
    def on_answer(self) -> bool:
        return self.pane != "case"

    def object_of(self, action: Action) -> str:
        """Return the label of the annotation that an action acts on, or an empty string."""
        if action.id in ("passage", "support"):
            return self.linkable
        return self.annotation if action.id in ("edit", "retract") else ""


def _always(_: Situation) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do, declared for key, key line, command palette and help.

    `call` is a method of a controller that the screen holds, such as "marking.retract", or without a dot the name of an
    `action_` method of the screen. `when` says in which situations it works; elsewhere its key does nothing and it is
    not offered. `rank` orders the key line; actions with rank 0 are not in it. A `pinned` one is in it at any width.
    """

    id: str
    keys: str
    label: str
    tooltip: str
    group: Group
    call: str
    when: Callable[[Situation], bool] = _always
    rank: int = 0
    pinned: bool = False

    def binding(self) -> Binding:
        return Binding(self.keys, f"do('{self.id}')", self.label, show=False, tooltip=self.tooltip, id=self.id)


def _in_text(now: Situation) -> bool:
    return not now.in_reasoning


def _on_annotation(now: Situation) -> bool:
    return bool(now.annotation)


def _linkable(now: Situation) -> bool:
    if now.pane == "case":
        return bool(now.linkable)
    return bool(now.annotation) and now.echoed and not now.in_criteria


def _to_judge(now: Situation) -> bool:
    return now.ready


def _verdict_action(key: str, name: str, tooltip: str) -> Action:
    def when(now: Situation) -> bool:
        return now.ready and not now.in_sentences and not now.in_criteria

    return Action(f"verdict_{name}", key, name, tooltip, "Judge", f"verdicts.give('{name}')", when)


def _scale_action(scale: OrdinalScale) -> Action:
    def when(now: Situation) -> bool:
        return now.ready and scale.name in now.scales

    call = f"verdicts.ask_level('{scale.name}')"
    return Action(scale.name, scale.key, scale.name, f"State your {scale.noun}", "Judge", call, when, rank=21)


def _in_sentences(now: Situation) -> bool:
    return now.in_sentences


def _sentence_action(key: str, name: str, tooltip: str) -> Action:
    call = f"sentences.judge('{name}')"
    return Action(f"sentence_{name}", key, f"sentence {name}", tooltip, "Sentences", call, _in_sentences)


def _in_criteria(now: Situation) -> bool:
    return now.in_criteria


def _criterion_action(label: Label) -> Action:
    name = f"criterion_{label.name.replace(' ', '_')}"
    tooltip = f"Criterion {label.name}: {continued(label.definition).rstrip('.')}"
    return Action(
        name, label.key, f"criterion {label.name}", tooltip, "Criteria", f"criteria.judge('{label.name}')", _in_criteria
    )


def _edge(id: str, keys: str, label: str, edge: str, by: str, direction: int) -> Action:
    tooltip = f"Move the {edge} of the annotation by one {by}"
    return Action(
        id, keys, label, tooltip, "Annotations", f"marking.nudge('{edge}', '{by}', {direction})", _on_annotation
    )


# A table: the first line of an action has its words, the next one says what it does and when.
# fmt: off
ACTIONS: tuple[Action, ...] = (
    Action("next_pane", "tab", "next pane", "Next text", "Move", "pane(1)", rank=30),
    Action("previous_pane", "shift+tab", "previous pane", "Previous text", "Move", "pane(-1)"),
    Action("pane_case", "f2", "the case", "Go to the case", "Move", "show_pane('case')"),
    Action("pane_a", "f3", "answer A", "Go to answer A", "Move", "show_pane('A')"),
    Action("pane_b", "f4", "answer B", "Go to answer B", "Move", "show_pane('B')"),
    Action("annotations", "f5", "annotations", "Go to the list of annotations",
           "Move", "show_annotations", lambda now: now.annotations),
    Action("documents", "f6", "documents",
           "Go to the case's documents: the arrow keys or a number open one, f6 lists them all",
           "Move", "show_documents", lambda now: now.documents, rank=28),
    Action("find", "slash", "find", "Find words in the case, its documents and both answers",
           "Move", "find", rank=29),
    Action("jump", "h", "jump", "Jump to a word in view by typing its letters",
           "Move", "jumping.jump", _in_text, rank=31),
    Action("zoom", "z", "zoom", "Maximise this text, or restore all texts", "Move", "zoom", rank=70),
    Action("formatting", "R", "as written", "Show Markdown formatted, or as it is written",
           "Move", "toggle_formatting", rank=75),
    Action("next_case", "n", "next case", "Next case", "Move", "navigation.step(1)", rank=29),
    Action("previous_case", "p", "previous case", "Previous case", "Move", "navigation.step(-1)"),
    Action("next_open", "N", "next open case", "Next case that is not committed", "Move", "navigation.next_open"),
    Action("cases", "g", "cases", "Choose a case from the list", "Move", "navigation.choose", rank=80),
    Action("text.propose", "m", "mark", "Annotate the selection, or the word at the cursor",
           "Mark", "mark", _in_text, 10),
    Action("text.select-sentence", "s", "sentence",
           "Select the sentence at the cursor; press again to add the next one",
           "Mark", "in_text('select_sentence')", _in_text, rank=13),
    Action("text.widen", "space", "widen",
           "Select the word at the cursor; press again for its sentence, its paragraph, the whole text",
           "Mark", "in_text('widen')", _in_text),
    Action("text.extend", "v", "extend", "Start or stop extending the selection with every motion",
           "Mark", "in_text('toggle_extending')", _in_text),
    Action("jump_select", "H", "select words",
           "Select from one word in view to another by typing their letters",
           "Mark", "jumping.select", _in_text, rank=32),
    Action("text.copy", "y,ctrl+c,super+c", "copy", "Copy the selection", "Mark", "in_text('copy')", _in_text),
    Action("omission", "o", "left out", "Mark the selected words of the case as omitted by an answer",
           "Mark", "marking.propose_omission", lambda now: now.pane == "case" and now.ready, rank=11),
    Action("passage", "l", "contradicted by",
           "Link the annotation to words of the case that contradict it: in the case to the selected words, in an "
           "answer to the first place with the same words; press again for the next place",
           "Mark", "marking.link('contradicts')", _linkable, rank=12),
    Action("support", "E", "supported by",
           "Link the annotation to words of the case that support it: in the case to the selected words, in an answer "
           "to the first place with the same words; press again for the next place",
           "Mark", "marking.link('supports')", _linkable),
    Action("undo", "u,ctrl+z", "undo", "Undo the last action", "Mark", "history.undo", _to_judge, rank=14),
    Action("redo", "U,ctrl+r,ctrl+y", "redo", "Redo", "Mark", "history.redo", _to_judge),
    Action("previous_annotation", "[", "previous annotation", "Previous annotation",
           "Annotations", "marking.step(-1)", lambda now: not now.in_criteria),
    Action("next_annotation", "]", "next annotation", "Next annotation",
           "Annotations", "marking.step(1)", lambda now: now.annotations and not now.in_criteria, rank=60),
    Action("edit", "e", "rate, note", "Add ratings or a note to the annotation",
           "Annotations", "marking.edit", _on_annotation, 15),
    Action("retract", "d,delete,backspace", "retract", "Retract the annotation",
           "Annotations", "marking.retract", _on_annotation, 16),
    _edge("start_earlier", "<", "start earlier", "start", "word", -1),
    _edge("start_later", ">", "start later", "start", "word", 1),
    _edge("end_earlier", "comma", "end earlier", "end", "word", -1),
    _edge("end_later", ".", "end later", "end", "word", 1),
    _edge("start_character_earlier", "'", "start one character earlier", "start", "character", -1),
    _edge("start_character_later", '"', "start one character later", "start", "character", 1),
    _edge("end_character_earlier", ";", "end one character earlier", "end", "character", -1),
    _edge("end_character_later", ":", "end one character later", "end", "character", 1),
    _verdict_action("1", "correct", "Correct, with sound reasoning"),
    _verdict_action("2", "partly", "Partly correct"),
    _verdict_action("3", "incorrect", "Incorrect"),
    _verdict_action("4", "unsure", "I cannot tell whether this answer is correct"),
    Action("prefer_a", "6", "A is better", "I prefer answer A", "Judge", "verdicts.prefer('A')", _to_judge),
    Action("prefer_b", "7", "B is better", "I prefer answer B", "Judge", "verdicts.prefer('B')", _to_judge),
    Action("prefer_tie", "8", "tie", "Both answers are equally good", "Judge", "verdicts.prefer('tie')", _to_judge),
    Action("prefer_none", "9", "both bad", "I would use neither answer",
           "Judge", "verdicts.prefer('both bad')", _to_judge),
    Action("outside", "0", "outside my field", "Decline this case as outside my field",
           "Judge", "verdicts.toggle_outside_field", _to_judge),
    Action("compare", "x", "compare", "Compare the two answers on each axis of the protocol",
           "Judge", "verdicts.compare", lambda now: now.ready and now.axes, rank=20),
    Action("rate_answer", "X", "rate", "Rate this answer on each scale of the protocol",
           "Judge", "verdicts.rate_answer", lambda now: now.ready and now.answer_scales and now.on_answer, rank=19),
    *map(_scale_action, SCALES),
    Action("criteria", "j", "criteria", "Start or stop judging the answers criterion by criterion",
           "Criteria", "criteria.toggle", lambda now: now.criteria, rank=6),
    *map(_criterion_action, CRITERION_JUDGEMENTS),
    Action("criterion_clear", "4", "clear criterion", "Clear the judgement of this criterion",
           "Criteria", "criteria.clear", lambda now: now.in_criteria and not now.committed),
    Action("previous_criterion", "[", "previous criterion", "Previous criterion",
           "Criteria", "criteria.step(-1)", _in_criteria),
    Action("next_criterion", "]", "next criterion", "Next criterion", "Criteria", "criteria.step(1)", _in_criteria),
    Action("criterion_evidence", "l", "link evidence",
           "Link the selected words of the answer to the criterion as evidence; without a selection, remove the link",
           "Criteria", "criteria.link_evidence", lambda now: now.in_criteria and now.on_answer),
    Action("criterion_text", "J", "scroll criterion", "Scroll the text of the criterion",
           "Criteria", "criteria.turn_page", _in_criteria),
    Action("sentences", "a", "by sentence", "Start or stop judging this answer sentence by sentence",
           "Sentences", "sentences.toggle", lambda now: now.sentences and now.on_answer, rank=27),
    _sentence_action("1", "supported", "The case or medical knowledge supports this sentence"),
    _sentence_action("2", "unsupported", "The case does not state this"),
    _sentence_action("3", "incorrect", "This sentence contradicts the case, or is medically false"),
    _sentence_action("4", "unsure", "I cannot tell whether this sentence is correct"),
    Action("sentence_annotation", "f", "make annotation",
           "Turn the unsupported or incorrect sentence into an annotation",
           "Sentences", "sentences.annotate", lambda now: now.faulty_sentence),
    Action("commit", "c", "commit", "Commit this reading and show the answer key",
           "Judge", "committing.commit", lambda now: now.ready and not now.committed, rank=25),
    Action("feedback", "F", "feedback", "Compare your judgement of this training case with the reference again",
           "Judge", "training.show_feedback", lambda now: now.committed and now.training, rank=22),
    Action("consensus", "C", "consensus round",
           "Go to the consensus round: see without names how other readers differ, and revise or keep your readings",
           "Consensus", "consensus.go", lambda now: now.consensus == "offered", rank=18),
    Action("agree", "T", "agree", "Revise your reading: say what another reader said of this difference",
           "Consensus", "consensus.agree", lambda now: now.consensus == "open" and now.differing, rank=4),
    Action("next_difference", "D", "next difference", "Next difference between your reading and others",
           "Consensus", "consensus.step(1)", lambda now: now.differing, rank=4),
    Action("previous_difference", "Q", "previous difference", "Previous difference",
           "Consensus", "consensus.step(-1)", lambda now: now.differing),
    Action("consensus_done", "c", "done with case", "Finish this case of the consensus round",
           "Consensus", "consensus.done", lambda now: now.consensus == "open", rank=5),
    Action("key", "k", "key", "Show or hide the answer key and the scores",
           "Judge", "toggle_key", lambda now: now.committed, rank=24),
    Action("passages", "P", "passages", "Read the retrieved passages that the models were given, and link them",
           "Judge", "show_passages", lambda now: now.passages, rank=23),
    Action("reasoning", "t", "reasoning", "Show or hide the model's reasoning before this answer",
           "Judge", "toggle_reasoning", lambda now: now.reasoning, rank=26),
    Action("confirm", "plus", "names the diagnosis", "Confirm that this answer names the key's diagnosis (grade 5)",
           "Judge", "verdicts.confirm_diagnosis(True)", lambda now: now.gradable and now.on_answer, rank=8),
    Action("refuse", "minus", "does not name it",
           "State that this answer does not name the key's diagnosis, then grade it",
           "Judge", "verdicts.confirm_diagnosis(False)", lambda now: now.gradable and now.on_answer, rank=9),
    Action("grade", "equals_sign", "grade", "Grade how close this answer is to the key's diagnosis, from 5 to 0",
           "Judge", "verdicts.ask_grade", lambda now: now.gradable and now.on_answer, rank=7),
    Action("again", "r", "generate again", "Generate a failed answer again",
           "Program", "stream.make_again", lambda now: now.failed, rank=5),
    Action("guideline", "G", "guideline", "Read the study's guideline",
           "Program", "guideline", lambda now: now.guideline, rank=90),
    Action("save_again", "ctrl+s", "save again", "Retry saving what could not be saved while the file was locked",
           "Program", "saving.save_again", lambda now: now.unsaved, rank=2),
    Action("take_over", "ctrl+t", "read here", "Read in this window; the other one becomes read-only",
           "Program", "windows.take_over", lambda now: now.elsewhere, rank=2),
    Action("help", "question_mark,f1", "help", "Show what this screen is for, and all its keys", "Program", "help",
           rank=1, pinned=True),
    Action("messages", "f8", "messages", "Show the latest messages again", "Program", "messages"),
    Action("tour", "", "tour", "Take the short tour", "Program", "tour.begin"),
    Action("summary", "", "summary", "Show what you have done so far, and what is left", "Program", "show_summary",
           lambda now: not now.training),
    Action("library", "L", "leave", "Leave this study: return to its page, or to the list of studies", "Program",
           "library", rank=35, pinned=True),
    Action("settings", "f9", "settings", "Change the theme, the line length and your other settings",
           "Program", "app.settings", rank=94),
    Action("palette", "ctrl+p", "commands", "Search all commands", "Program", "app.command_palette", rank=95),
    Action("quit", "ctrl+q", "quit", "Quit the program; asks first if something is not saved", "Program", "app.quit",
           rank=99, pinned=True),
)
# fmt: on

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
    "slash": "/",
    "exclamation_mark": "!",
    "right_parenthesis": ")",
    "left_parenthesis": "(",
    "right_curly_bracket": "}",
    "left_curly_bracket": "{",
    "apostrophe": "'",
    "quotation_mark": '"',
    "semicolon": ";",
    "colon": ":",
    "underscore": "_",
    "at": "@",
    "number_sign": "#",
    "dollar_sign": "$",
    "percent_sign": "%",
    "ampersand": "&",
    "asterisk": "*",
    "backslash": "\\",
    "vertical_line": "|",
    "tilde": "~",
    "grave_accent": "`",
    "circumflex_accent": "^",
    "pagedown": "page down",
    "pageup": "page up",
}


def printed(key: str) -> str:
    """Return a key as it is printed on a keyboard."""
    return _SHOWN_KEYS.get(key, key)


def shown_keys(action: Action, remapped: Mapping[str, str]) -> tuple[str, ...]:
    """Return an action's keys as printed on a keyboard, with the user's own keys."""
    keys = remapped.get(action.id, action.keys)
    if keys == ",":
        return (",",)
    return tuple(printed(key.strip()) for key in keys.split(",") if key.strip())


def offered(now: Situation, actions: Sequence[Action] = ACTIONS) -> list[Action]:
    """Return the actions that work now, the most useful first and those without a rank at the end."""
    first = {"next_case": 2, "key": 3} if now.committed else {}
    if now.complete and not now.committed:
        first = {"commit": 2, "adjudication.commit": 2}
    working = [action for action in actions if action.when(now)]
    return sorted(working, key=lambda action: first.get(action.id, action.rank or 1000))
