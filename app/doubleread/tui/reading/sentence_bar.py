"""The judgements of the current sentence, and how many sentences of both answers are judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Vertical

from doubleread.domain.blinding import Side
from doubleread.domain.sentences import SENTENCE_JUDGEMENTS
from doubleread.domain.wording import plural, shortened
from doubleread.sessions.reading_summary import CountedSentences
from doubleread.tui.shared.chips import Chip, Chips
from doubleread.tui.shared.textual_adapter import LaidOutOnce

SYMBOLS: Mapping[str, str] = {"supported": "✓", "unsupported": "○", "incorrect": "✗", "unsure": "?"}
"""The symbol beside a judged sentence."""
NOT_JUDGED = "·"
HERE = "▸"
QUOTE_LENGTH = 24


@dataclass(frozen=True, slots=True)
class CurrentSentence:
    """The sentence at the caret: its number from 1 and its judgement. `faulty` are words to annotate."""

    number: int = 0
    judgement: str = ""
    faulty: str = ""


class SentenceBar(LaidOutOnce, Vertical):
    """Two rows of chips. The ids of those that can be picked are those of their actions."""

    DEFAULT_CSS = """
    SentenceBar { display: none; height: auto; }
    """

    def compose(self) -> ComposeResult:
        yield Chips(id="sentence")
        yield Chips(id="sentence-more")

    def rows(self, width: int) -> int:
        """Return the number of rows that it takes in a given width."""
        return sum(chips.rows_in(width) for chips in self.query(Chips).results(Chips))

    def show(
        self, side: Side, here: CurrentSentence, counts: Sequence[CountedSentences], keys: Mapping[str, str]
    ) -> None:
        """Show the current sentence of the answer on a side. `keys` are the keys of the actions by their ids."""
        total = next(count.sentences for count in counts if count.side == side)
        judgements = [Chip("number", f"sentence {here.number} of {total}", heading=True)]
        judgements += [
            Chip(
                f"sentence_{label.name}",
                label.name,
                symbol=SYMBOLS[label.name],
                key=keys[f"sentence_{label.name}"],
                chosen=here.judgement == label.name,
                enabled=here.number > 0,
                tooltip=label.definition,
            )
            for label in SENTENCE_JUDGEMENTS
        ]
        more = [
            Chip(
                f"count {count.side}",
                f"{count.side} {count.judged} of {plural(count.sentences, 'sentence')}",
                heading=True,
            )
            for count in counts
        ]
        more.append(Chip("sentences", "done", key=keys["sentences"], tooltip="Go back to free marking; all is kept"))
        if here.faulty:
            words = f"make an annotation of “{shortened(here.faulty, QUOTE_LENGTH)}”"
            more.append(Chip("sentence_annotation", words, key=keys["sentence_annotation"]))
        self.query_one("#sentence", Chips).show(judgements)
        self.query_one("#sentence-more", Chips).show(more)
