"""Print the prompt of a case: what the model is, the text, and its tokens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from doubleread.console import note, say, say_json, say_table
from doubleread.domain.wording import plural

if TYPE_CHECKING:
    from doubleread.runs.case_prompts import CasePrompt

WIDTH = 79
_LINE_FEED = "\u2424"


def say_case_prompt(shown: CasePrompt, *, as_json: bool) -> None:
    """Print a prompt for people or as JSON."""
    prompt = shown.prompt
    if as_json:
        say_json(
            {
                "model": shown.model.name,
                "file": shown.model.path,
                "case": shown.case.id,
                "template_source": shown.template_source,
                "template_sha256": prompt.template_sha256,
                "prompt": prompt.text,
                "prompt_sha256": prompt.sha256,
                "prompt_tokens": len(prompt.tokens),
                "tokens": [{"id": item.id, "text": item.text, "control": item.control} for item in prompt.tokens],
                "turn_ends": list(prompt.turn_ends),
                "n_ctx": prompt.n_ctx,
                "documents_left_out": list(prompt.left_out),
                "notes": list(shown.notes),
            }
        )
        return
    for remark in shown.notes:
        note(f"note: {shown.model.name}: {remark}")
    say_table(
        ["", ""],
        [
            ["model", shown.model.name],
            ["case", shown.case.id],
            ["template", shown.template_source],
            ["sha256", prompt.template_sha256],
            ["prompt", plural(len(prompt.tokens), "token")],
            ["sha256", prompt.sha256],
            ["context", f"{prompt.n_ctx:,} tokens, prompt and answer together"],
            ["ends at", ", ".join(prompt.turn_ends) or "the model's own end of a text"],
        ],
    )
    say()
    for line in _lines(prompt.text):
        say(line)
    say()
    rows = [
        [str(number), str(item.id), "control" if item.control else "", f"'{item.text}'"]
        for number, item in enumerate(prompt.tokens, start=1)
    ]
    say_table(["", "id", "", "token"], rows)


def _lines(text: str) -> Iterator[str]:
    """Yield a text in lines of at most `WIDTH` cells. A mark shows its own line feeds."""
    from rich.cells import cell_len, chop_cells

    from doubleread.domain.display import display_text

    for line in display_text(text).replace("\n", f"{_LINE_FEED}\n").splitlines():
        rest = line
        while len(rest) > WIDTH or cell_len(rest) > WIDTH:
            head = chop_cells(rest[:WIDTH], WIDTH)[0]
            cut = head.rfind(" ") + 1 or len(head)
            yield rest[:cut]
            rest = rest[cut:]
        yield rest
