"""The reader's judgement: verdicts in each answer's pane; preference, comparison and levels below the texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from textual.app import ComposeResult
from textual.containers import Vertical

from doubleread.domain.answer_scales import AnswerScale, scales_left
from doubleread.domain.axes import Axis, Rating
from doubleread.domain.blinding import Side
from doubleread.domain.labels import VERDICTS
from doubleread.domain.ordinal_scales import SCALES, OrdinalScale
from doubleread.domain.reading import Judgement
from doubleread.domain.wording import plural
from doubleread.tui.shared.chips import Chip, Chips
from doubleread.tui.shared.textual_adapter import LaidOutOnce

KeyOf = Callable[[str], str]
"""From an action's id to its first key, as shown."""

PREFERENCE_ACTIONS = {"A": "prefer_a", "B": "prefer_b", "tie": "prefer_tie", "both bad": "prefer_none"}


def verdict_chips(
    side: Side,
    judgement: Judgement,
    scales: Sequence[AnswerScale],
    key_of: KeyOf,
    *,
    keyed: bool,
    rated: bool,
    enabled: bool,
) -> list[Chip]:
    """Return what is judged of one answer alone: its verdict and, if the protocol has `scales`, how many are rated.

    `keyed` and `rated` say whether the keys of the verdicts and the key of the scales act on this answer.
    """
    chips = [
        Chip(
            f"{side} {label.name}",
            label.name,
            # A blank key leaves room for the key, so that the row stays as it is when the reader goes elsewhere.
            key=key_of(f"verdict_{label.name}") if keyed and enabled else " ",
            chosen=judgement.verdicts.get(side) == label.name,
            enabled=enabled,
            tooltip=label.definition,
        )
        for label in VERDICTS
    ]
    if scales:
        done = len(scales) - len(scales_left(scales, judgement.scale_ratings, side))
        chips.append(
            Chip(
                f"rate {side}",
                f"{done} of {plural(len(scales), 'scale')}",
                key=key_of("rate_answer") if rated and enabled else " ",
                chosen=done == len(scales),
                enabled=enabled,
                tooltip=", ".join(scale.name for scale in scales),
            )
        )
    return chips


class VerdictBar(LaidOutOnce, Vertical):
    """The preference and the commit, and below them what else the protocol asks for about both answers."""

    DEFAULT_CSS = """
    VerdictBar {
        height: auto;
        & > .further { display: none; }
        & > .further.-shown { display: block; }
    }
    """

    def compose(self) -> ComposeResult:
        yield Chips(id="preference")
        for row in ("axes", *(scale.name for scale in SCALES)):
            yield Chips(id=row, classes="further")

    def put_right_of(self, width: int) -> None:
        """Put the preference below the answers, right of the case, if it fits there in one row."""
        preference = self.query_one("#preference", Chips)
        fits = preference.rows_in(self.app.size.width - width) == 1
        preference.centred = fits and width > 0
        preference.styles.padding = (0, 0, 0, width if fits else 0)

    def rows(self, width: int) -> int:
        """Return the number of rows in a given width."""
        preference = self.query_one("#preference", Chips)
        return preference.rows_in(width - preference.styles.padding.left) + self.further_rows(width)

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

    def show(self, judgement: Judgement, key_of: KeyOf, *, enabled: bool, commit: Chip | None) -> None:
        """Show the preference; `commit` ends the row, if the reading can be committed or its parts are asked for."""
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
        if commit is not None:
            preference.append(commit)
        self.query_one("#preference", Chips).show(preference)
