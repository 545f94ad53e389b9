"""The texts of each screen's help: what the screen is for, and how to use it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Guide:
    """The texts of the help of a screen, or of one of its modes.

    `about` says in two sentences what it is for, `words` how to use it. `texts`: people annotate texts here, so that
    the help has the keys of texts and the study's labels.
    """

    title: str
    about: str
    words: str = ""
    texts: bool = False


_BY_MOUSE = """\
With the mouse: drag over the words (double-click for a word, triple-click for a sentence), then click the \
category, then the severity. The annotation is saved at once."""
_BY_KEYBOARD = """\
With the keyboard: tab moves between the texts. The arrow keys move the cursor; s selects the sentence, space the \
word, shift and an arrow key any words. Then press m, the letter of the category and the letter of the severity: \
s m f m marks a sentence as a major fabrication."""
_SENTENCES = """\
Sentence by sentence: press a in an answer. 1 to 4 judge the sentence at the cursor as supported, unsupported, \
incorrect or unsure and move to the next; up and down move by sentence, a click selects one. f turns an \
unsupported or incorrect sentence into an annotation. Press a again to stop; all judgements are kept."""
_SENTENCE_SYMBOLS = """\
Beside the sentences: ▸ is the current one, ✓ supported, ○ unsupported, ✗ incorrect, ? unsure, · not judged yet."""
_DOCUMENTS = """\
Documents: if the case has any, they follow its question. f6 goes to their tabs; the arrow keys or a number open \
one, f6 again lists all of them, enter returns to the text."""
_FINDING = """\
Find and jump: / finds words in the case, its documents and both answers; enter or the down arrow goes to the next \
place, the up arrow to the previous one, and escape ends the search. h puts letters on the words in view: type them to \
jump to a word. H selects from one word to another in the same way."""
_SAME_WORDS = """\
The same words: words that you select or annotate in an answer are also marked in the case, if it contains them. Only \
the words are compared, not their meaning. l links the annotation to the first such place as contradicting it, E as \
supporting it; press again for the next place. To link other words, select them in the case and press l or E there."""
_SCALES = """\
Scales: if the study asks you to rate answers on scales, press X in an answer, then one digit for each scale; n says \
that a scale does not apply. Escape stops; X continues where you stopped."""
_CRITERIA = """\
Criterion by criterion: if the case has a rubric, its criteria are shown below the answer you are in. 1, 2 and \
3 judge the criterion as met, not met or cannot tell and move to the next; a criterion that describes a fault is met \
if the answer has that fault. 4 clears a judgement. [ and ] go back and forth. Words selected in the answer become \
the evidence; l links or removes them later. J scrolls a long criterion. j leaves the criteria for the verdicts, and \
returns to them."""
_OMISSIONS = """\
Omissions: select the omitted words in the case or a document, press o, then choose the answer that omits them. \
e adds ratings to an annotation, < > , . move its ends, d retracts it. u undoes anything."""
_COMMIT = """\
When both answers have a verdict and you have stated a preference, c commits the reading and shows the answer key."""
_SYMBOLS = """\
Beside the texts: A1 is the first annotation in answer A, o1 the first omission; A1 in the case marks the words \
that are linked to annotation A1. After the commit, ≡ is the evidence of the score."""
_REDACTED = """\
███ are redacted words by which an answer identifies its model. You can annotate them like any others."""

MARKING = Guide(
    "Reading a case",
    "Mark what is wrong in both answers, judge each answer, and say which one is better. You are not shown which model "
    "wrote which answer, and everything is saved at once.",
    "\n\n".join(
        [
            *(
                _BY_MOUSE,
                _BY_KEYBOARD,
                _SENTENCES,
                _DOCUMENTS,
                _FINDING,
                _SAME_WORDS,
                _SCALES,
                _CRITERIA,
                _OMISSIONS,
                _COMMIT,
            ),
            *(_SENTENCE_SYMBOLS, _SYMBOLS, _REDACTED),
        ]
    ),
    texts=True,
)
BY_SENTENCE = Guide(
    "Judging sentence by sentence",
    "Judge the sentence at the cursor with one key; the cursor then moves to the next one. Judgements of sentences "
    "are stored in addition to annotations and verdicts.",
    f"{_SENTENCES}\n\n{_SENTENCE_SYMBOLS}",
    texts=True,
)
BY_CRITERION = Guide(
    "Judging criterion by criterion",
    "Judge whether the answer meets the criterion shown below it; the next one is then shown. Select words of the "
    "answer first to store them as evidence.",
    _CRITERIA,
    texts=True,
)
IN_ROUND = Guide(
    "The consensus round",
    "See how other readers, who have no names, differ from you in this case. Revise your reading where they have "
    "convinced you, and keep it where not.",
    "D and Q go through the differences; words that others marked have the reader's number beside them, which changes "
    "from case to case. T revises your reading: it then says what another reader said. You can also correct it with "
    "the keys that you read with. Every revision asks for a reason. c says that you are done with the case.",
    texts=True,
)
RATING = Guide(
    "An annotation",
    "Change the category or severity of this annotation, add ratings, or write a note. Every change is saved at once.",
    "The current value of each row has a tick. Choose it again to remove a rating that is optional. To link the "
    "annotation to the words of the case that it contradicts, close this panel and select them in the case.",
    texts=True,
)
ASKED = Guide(
    "A question about the selected words",
    "Press the key beside a choice, or click it. Escape goes back one question; at the first question, it discards "
    "the annotation.",
    texts=True,
)

SUMMARY = Guide(
    "The summary",
    "It counts your own readings, with both answers together, and reveals nothing about the models.",
    """\
Enter goes to the next open case, if there is one; escape returns to the case. You can still change committed \
readings: the program asks for the reason and stores a correction.

When you quit, the program prints the receipt. It reveals later changes to your readings: keep it, or send it to \
your study lead if they ask for it.""",
)

ADJUDICATING = Guide(
    "How to resolve differences",
    "Each reader annotated and judged the case alone, and the list shows where they differ. Decide each difference; "
    "the readings themselves are not changed.",
    """\
Open differences come first. The current one is shown in full below the texts; in the texts, the words of reader 1 \
are underlined, those of reader 2 italic, with the reader's number beside them.

One key resolves it and moves to the next: 1 takes reader 1's judgement, 2 reader 2's, which can be that there is \
no annotation; j joins their spans, o makes your own annotation or value, x rejects all annotations. You can also \
click these in the line below.

For your own span, select it in the text first: drag over it, or tab into the text and press s for the sentence or \
space for the word. Then press m or o, the letter of the category and the letter of the severity.

u undoes a decision, U redoes it. When all are resolved, c commits the case. To change a resolved case, give a \
reason; this reopens it.

Beside the texts: ◦ an open difference, ✓ a resolved one, = an annotation on which the readers agree.""",
    texts=True,
)

REVIEWING = Guide(
    "How to review scores",
    "Each answer here has a doubtful score. Decide it without seeing which model wrote the answer.",
    """\
≡ marks what the scorer relied on; the line below the texts says what is doubtful.

One key decides it and moves to the next: for a question with options, the letter of the option that the answer \
chooses; for an inference, E for entailment, N for neutral or C for contradiction; for a diagnosis, a grade from 5 to \
0 for how close it is to the key; - if the answer states nothing that counts, ! if it is a refusal. You can also click \
these.

Your decision is saved at once and replaces the automatic score. ctrl+z undoes it. To change an earlier decision, \
go back to its answer and give a reason.""",
)

FORM = Guide(
    "A form",
    "Fill in the fields and submit the form. Nothing happens until you submit it.",
    """\
Type or choose, then press enter: it goes to the next field, and after the last one submits the form. tab and \
shift+tab, or the mouse, go to any field. In a list, the arrow keys move and the space bar chooses. In a path, the \
down arrow goes to the list of files in the folder; enter opens a folder or takes a file.

Each value is checked when you leave its field; a problem is shown below it. While the work is \
running, escape stops it.""",
)

LIBRARY = Guide(
    "The library",
    "A study is one file: cases, the answers of two models, and readers' judgements. The list shows the studies in the "
    "library's own folder and in the current folder, and recently used ones in any folder.",
    """\
Enter opens the page of a study, where you read, adjudicate and see results. A file that was made for one reader \
opens for reading at once.

"Open file" opens a study in any folder; it then stays in this list. A study whose file is missing stays listed until \
you remove it. Removing a study from the list deletes nothing.""",
)

CASES = Guide(
    "The cases of a study",
    "All cases of the study, without answers and keys. Search them by words, or filter them.",
    """\
Press / and type words to find the cases that contain all of them in their title, text, question, options or \
documents; the beginning of a word is enough. Press the keys in the line below, or click them, to show only the cases \
with a tag, of a kind, or in a state. Enter opens a case.

✓ marks a case with both answers, followed by the readers who have committed it. = marks an adjudicated case.""",
)
ONE_CASE = Guide(
    "A case",
    "A case is shown as its readers see it, without answers and key. You can read its documents and find words in it.",
)

_CHOOSING_CASES = """\
Add files with cases, or folders: their format is recognised. If it is not, or if the columns of a table have other \
names, go to the lines below the files: enter changes one, such as the column of the question. The preview on the \
right follows at once. f2 shows the problems line by line, and duplicate cases; f3 and f4 go to the previous and the \
next case. delete removes a file from the list, never from the disk."""

NEW_STUDY = Guide(
    "A new study",
    "A study has cases, two arms that answer them, a protocol, and readers; each of the five steps has its page. "
    "What you enter is kept when you go back, and nothing is written before the last step.",
    f"""\
Enter goes to the next field, and from the last one to the next step; ctrl+s goes to the next step directly, escape \
one step back. You can also click a step at the top.

{_CHOOSING_CASES}""",
)
CONVERT = Guide(
    "Check and convert cases",
    "Check files with cases in any recognised format. Write the good cases as a case pack: a file that you can edit, "
    "share, and use in any study.",
    _CHOOSING_CASES,
)

RUN = Guide(
    "Generating answers",
    "Both models generate the missing answers, and each answer is saved when it is finished. You see their "
    "progress, but no text: the answers are read later, blind.",
    """\
While readers have cases left, the counts of both models are shown together.

p pauses: answers in progress are finished, no others are started, and the models stay in memory. s stops at once: \
unfinished answers are generated again next time. You can leave this page during a run; it continues until you stop it \
or quit the program.

If the program is stopped or the power fails, start it again: only missing answers are generated.""",
)

STUDY = Guide(
    "The page of a study",
    "The line at the top says what to do next; on the left is the state of the study, on the right everything that "
    "you can do with it. While readers still have cases left, this page does not name the models, because "
    "readers may see it.",
    """\
Choose from the menu with the arrow keys and enter, press the key beside a line, or click the line. Actions that are \
not available now are grey; the line below the menu says why.""",
)

RESULTS = Guide(
    "The results of a study",
    "Everything that is computed from the answers, readings and adjudications of a study, section by section. Each "
    "estimate leads to the cases behind it.",
    """\
The arrow keys move from estimate to estimate, enter lists its cases. Numbers in brackets are 95% confidence \
intervals, unless a section says otherwise.""",
)
CASE_LIST = Guide(
    "The cases behind an estimate",
    "These are the cases that the estimate counts. Open one to read it with both answers.",
)
CASE_VIEW = Guide(
    "A case with its answers",
    "The case, both answers and all judgements of them. Nothing can be changed here.",
    "Underlined words are annotations; ≡ marks what the scorer relied on.",
)

SETTINGS = Guide(
    "Settings",
    "Settings belong to you and this computer, not to a study. Each change takes effect and is saved at once.",
    """\
The up and down arrows, or the mouse, go to a setting. The left and right arrows change it; enter or a click takes the \
next value or asks for a number; delete restores the default.

They are kept in config.toml in the program's own folder; you can also edit that file.""",
)
KEYS = Guide(
    "Keys",
    "All actions of all screens with their keys. Choose an action, then press its new key.",
    """\
Type to find an action by its name or its key. Enter asks for a key that replaces the present ones; ctrl+a asks for \
one more. ctrl+d restores the default keys of an action, ctrl+r those of all actions. If a key already does something \
else on the same screen, the program says what, and offers to swap the two.""",
)
