"""The reader's judgement of both answers: verdicts, preference, comparison on the axes, and levels on scales."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from textual.app import ComposeResult
from textual.containers import Vertical

from doubleread.domain.answer_scales import AnswerScale, ScaleRatings, scales_left
from doubleread.domain.axes import Axis, Rating
from doubleread.domain.blinding import SIDES
from doubleread.domain.labels import VERDICTS
from doubleread.domain.ordinal_scales import SCALES, OrdinalScale
from doubleread.domain.reading import Judgement
from doubleread.domain.wording import plural
from doubleread.tui.shared.actions import Pane
from doubleread.tui.shared.chips import Chip, Chips

KeyOf = Callable[[str], str]
"""From an action's id to its first key, as shown."""

PREFERENCE_ACTIONS = {"A": "prefer_a", "B": "prefer_b", "tie": "prefer_tie", "both bad": "prefer_none"}


class VerdictBar(Vertical):
    """Two rows of chips, and below them what else the protocol asks for. Keys are beside the answer they act on."""

    DEFAULT_CSS = """
    VerdictBar {
        height: auto;
        & > .further { display: none; }
        & > .further.-shown { display: block; }
    }
    """

    def compose(self) -> ComposeResult:
        yield Chips(id="verdicts")
        yield Chips(id="preference")
        for row in ("axes", "answer-scales", *(scale.name for scale in SCALES)):
            yield Chips(id=row, classes="further")

    def further_rows(self, width: int) -> int:
        """Return the number of rows of axes and scales in a given width; 0 if the protocol has neither."""
        return sum(chips.rows_in(width) for chips in self.query(Chips) if chips.has_class("-shown"))

    def show_scales(self, scales: Sequence[OrdinalScale], levels: Mapping[str, int], *, enabled: bool) -> None:
        """Show the level on each scale, for those of the protocol of this reading."""
        for scale in SCALES:
            chips = [Chip(scale.name, scale.name, heading=True)]
            # Without its number, which would look like the key of a verdict.
            for number, word in scale.levels.items():
                chips.append(Chip(f"{number}", word, chosen=number == levels.get(scale.name), enabled=enabled))
            shown = self.query_one(f"#{scale.name}", Chips)
            shown.set_class(scale in scales, "-shown")
            shown.show(chips)

    def show_answer_scales(
        self, scales: Sequence[AnswerScale], ratings: ScaleRatings, key: str, pane: Pane, *, enabled: bool
    ) -> None:
        """Show on how many scales each answer is rated. The key is shown beside the answer that the reader is in."""
        chips = [Chip("rated", "rated", heading=True)]
        for side in SIDES:
            done = len(scales) - len(scales_left(scales, ratings, side))
            chips.append(
                Chip(
                    f"rate {side}",
                    f"{side}: {done} of {plural(len(scales), 'scale')}",
                    key=key if side == pane and enabled else "",
                    chosen=done == len(scales),
                    enabled=enabled,
                    tooltip=", ".join(scale.name for scale in scales),
                )
            )
        shown = self.query_one("#answer-scales", Chips)
        shown.set_class(bool(scales), "-shown")
        shown.show(chips)

    def show_axes(self, axes: Sequence[Axis], ratings: Mapping[str, Rating], key: str, *, enabled: bool) -> None:
        """Show how the answers compare on each axis. The key is shown beside the first open one."""
        chips = [Chip("compared", "compared by", heading=True)]
        waiting = next((axis.name for axis in axes if axis.name not in ratings), None)
        for number, axis in enumerate(axes):
            rating = ratings.get(axis.name)
            chips.append(
                Chip(
                    f"axis {number}",
                    f"{axis.name}: {rating}" if rating else axis.name,
                    key=key if axis.name == waiting and enabled else "",
                    chosen=rating is not None,
                    enabled=enabled,
                    tooltip=axis.question,
                )
            )
        shown = self.query_one("#axes", Chips)
        shown.set_class(bool(axes), "-shown")
        shown.show(chips)

    def show(self, judgement: Judgement, pane: Pane, key_of: KeyOf, *, enabled: bool) -> None:
        verdicts: list[Chip] = []
        for side in SIDES:
            verdicts.append(Chip(f"side {side}", side, heading=True))
            verdicts += [
                Chip(
                    f"{side} {label.name}",
                    label.name,
                    key=key_of(f"verdict_{label.name}") if side == pane and enabled else "",
                    chosen=judgement.verdicts.get(side) == label.name,
                    enabled=enabled,
                    tooltip=label.definition,
                )
                for label in VERDICTS
            ]
        preference = [Chip("preferred", "preferred", heading=True)]
        preference += [
            Chip(
                action,
                name,
                key=key_of(action) if enabled else "",
                chosen=judgement.preference == name,
                enabled=enabled,
            )
            for name, action in PREFERENCE_ACTIONS.items()
        ]
        preference.append(Chip("or", "", heading=True))
        preference.append(
            Chip(
                "outside",
                "outside my field",
                key=key_of("outside") if enabled else "",
                chosen=judgement.outside_field,
                enabled=enabled,
                tooltip="Commit without a verdict",
            )
        )
        self.query_one("#verdicts", Chips).show(verdicts)
        self.query_one("#preference", Chips).show(preference)
