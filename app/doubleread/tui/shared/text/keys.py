"""The keys of an annotated text, each with an id by which it can be remapped."""

from __future__ import annotations

from textual.binding import Binding


def _motion(key: str, name: str, description: str, tooltip: str, extend_key: str = "") -> list[Binding]:
    slug = name.replace("_", "-")
    found = [Binding(key, f"move('{name}')", description, show=False, tooltip=tooltip, id=f"text.{slug}")]
    if extend_key:
        found.append(
            Binding(
                extend_key,
                f"move('{name}', True)",
                f"Extend: {description.lower()}",
                show=False,
                tooltip=f"{tooltip} Extends the selection.",
                id=f"text.extend-{slug}",
            )
        )
    return found


CARET_BINDINGS: list[Binding] = [
    *_motion("right", "character_forward", "Character right", "Go one character to the right.", "shift+right"),
    *_motion("left", "character_backward", "Character left", "Go one character to the left.", "shift+left"),
    *_motion("down", "row_down", "Row down", "Go one row down.", "shift+down"),
    *_motion("up", "row_up", "Row up", "Go one row up.", "shift+up"),
    *_motion("w,ctrl+right,alt+right", "word_forward", "Next word", "Go to the next word.", "W,ctrl+shift+right"),
    *_motion("b,ctrl+left,alt+left", "word_backward", "Word before", "Go to the word before.", "B,ctrl+shift+left"),
    *_motion("right_parenthesis", "sentence_forward", "Next sentence", "Go to the next sentence."),
    *_motion("left_parenthesis", "sentence_backward", "Sentence before", "Go to the sentence before."),
    *_motion("right_curly_bracket", "paragraph_forward", "Next paragraph", "Go to the next paragraph."),
    *_motion("left_curly_bracket", "paragraph_backward", "Paragraph before", "Go to the paragraph before."),
    *_motion("home", "row_start", "Row start", "Go to the start of the row.", "shift+home"),
    *_motion("end", "row_end", "Row end", "Go to the end of the row.", "shift+end"),
    *_motion("ctrl+home", "text_start", "Text start", "Go to the start of the text.", "ctrl+shift+home"),
    *_motion("ctrl+end", "text_end", "Text end", "Go to the end of the text.", "ctrl+shift+end"),
    *_motion("pagedown", "page_down", "Page down", "Go one page down.", "shift+pagedown"),
    *_motion("pageup", "page_up", "Page up", "Go one page up.", "shift+pageup"),
]

SELECTION_BINDINGS: list[Binding] = [
    Binding(
        "m",
        "propose",
        "Mark",
        tooltip="Mark the selection, or the word at the cursor.",
        id="text.propose",
    ),
    Binding(
        "enter",
        "propose_selection",
        "Mark",
        show=False,
        tooltip="Mark the selection.",
        id="text.propose-selection",
    ),
    Binding(
        "s",
        "select_sentence(1)",
        "Sentence",
        tooltip="Select the sentence at the cursor; again: the next one too.",
        id="text.select-sentence",
    ),
    Binding(
        "S",
        "select_sentence(-1)",
        "Sentence before",
        show=False,
        tooltip="Extend the selection by the sentence before.",
        id="text.select-sentence-before",
    ),
    Binding(
        "space",
        "widen",
        "Widen",
        tooltip="Select the word at the cursor; again: its sentence, its paragraph, everything.",
        id="text.widen",
    ),
    Binding(
        "v",
        "toggle_extending",
        "Extend",
        tooltip="From here on every motion extends the selection; again: no longer.",
        id="text.extend",
    ),
    Binding(
        "escape",
        "clear_selection",
        "Clear selection",
        show=False,
        tooltip="Let go of the selection.",
        id="text.clear-selection",
    ),
    Binding(
        "y,ctrl+c,super+c",
        "copy",
        "Copy",
        show=False,
        tooltip="Copy the selected words as they are stored.",
        id="text.copy",
    ),
]
