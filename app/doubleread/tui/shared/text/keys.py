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
    *_motion("b,ctrl+left,alt+left", "word_backward", "Previous word", "Go to the previous word.", "B,ctrl+shift+left"),
    *_motion("right_parenthesis", "sentence_forward", "Next sentence", "Go to the next sentence."),
    *_motion("left_parenthesis", "sentence_backward", "Previous sentence", "Go to the previous sentence."),
    *_motion("right_curly_bracket", "paragraph_forward", "Next paragraph", "Go to the next paragraph."),
    *_motion("left_curly_bracket", "paragraph_backward", "Previous paragraph", "Go to the previous paragraph."),
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
        tooltip="Annotate the selection, or the word at the cursor.",
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
        tooltip="Select the sentence at the cursor; press again to add the next one.",
        id="text.select-sentence",
    ),
    Binding(
        "S",
        "select_sentence(-1)",
        "Previous sentence",
        show=False,
        tooltip="Extend the selection by the previous sentence.",
        id="text.select-sentence-before",
    ),
    Binding(
        "space",
        "widen",
        "Widen",
        tooltip="Select the word at the cursor; press again for its sentence, its paragraph, the whole text.",
        id="text.widen",
    ),
    Binding(
        "v",
        "toggle_extending",
        "Extend",
        tooltip="Start or stop extending the selection with every motion.",
        id="text.extend",
    ),
    Binding(
        "escape",
        "clear_selection",
        "Clear selection",
        show=False,
        tooltip="Clear the selection.",
        id="text.clear-selection",
    ),
    Binding(
        "y,ctrl+c,super+c",
        "copy",
        "Copy",
        show=False,
        tooltip="Copy the selected words exactly as stored.",
        id="text.copy",
    ),
]
