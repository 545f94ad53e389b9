"""A column of fields: one step of several, checked as a form is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from textual.containers import VerticalScroll
from textual.message import Message
from textual.widget import Widget

from doubleread.errors import DoublereadError
from doubleread.tui.shared.field_views import Changed, Done, FieldView
from doubleread.tui.shared.fields import (
    ChoiceField,
    ChoicesField,
    Field,
    FormChoice,
    NumberField,
    PathField,
    SwitchField,
    TextField,
    checked,
    value_of,
)


class FieldsPane(VerticalScroll, can_focus=False):
    """Fields under each other. Enter goes from one to the next, and from the last one to the next step."""

    DEFAULT_CSS = """
    FieldsPane { scrollbar-size-vertical: 1; }
    """

    class Edited(Message):
        """A value has changed."""

    class Filled(Message):
        """Somebody pressed enter in the last field."""

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self.fields: tuple[Field, ...] = ()

    async def ask(self, fields: Sequence[Field]) -> None:
        """Ask these fields instead, with what was typed and chosen before in those of the same names."""
        if [_question(field) for field in fields] == [_question(field) for field in self.fields]:
            # Only the checks can be others.
            self.fields = tuple(fields)
            for view, field in zip(self._views, fields, strict=True):
                view.asked = field
        else:
            before = {view.asked.name: view.raw for view in self._views}
            self.fields = tuple(_with_value(field, before.get(field.name)) for field in fields)
            await self.remove_children()
            await self.mount_all(FieldView(field) for field in self.fields)
        self.show_asked()

    @property
    def _views(self) -> list[FieldView]:
        return list(self.query(FieldView))

    @property
    def complete(self) -> bool:
        """Whether all fields have their widgets, which takes a moment after they are asked."""
        return all(view.query("Picks, Tick, Input") for view in self._views)

    def looked_at(self) -> tuple[dict[str, Any], dict[str, DoublereadError]]:
        """Return the values of the fields that are shown, and what is wrong with them."""
        return checked(self.fields, {view.asked.name: view.raw for view in self._views})

    @property
    def values(self) -> dict[str, Any]:
        """The values of the fields that are shown; None for one that will not do."""
        return self.looked_at()[0]

    def show_asked(self) -> None:
        """Show the fields that are asked, and correct the problems that are shown."""
        values, errors = self.looked_at()
        for view in self._views:
            view.display = view.asked.name in values
            if view.wrong:
                view.show_problem(errors.get(view.asked.name))

    def accepted(self) -> bool:
        """Show every problem and go to the first; return whether there is none."""
        _, errors = self.looked_at()
        for view in self._views:
            view.show_problem(errors.get(view.asked.name))
        wrong = [view for view in self._views if view.asked.name in errors]
        if wrong:
            wrong[0].line.focus()
        return not wrong

    def begin(self) -> None:
        """Go to the first field."""
        if shown := [view for view in self._views if view.display]:
            shown[0].line.focus()

    def on_changed(self, event: Changed) -> None:
        event.stop()
        self.show_asked()
        self.post_message(self.Edited())

    def on_done(self, event: Done) -> None:
        event.stop()
        shown = [view for view in self._views if view.display]
        here: Widget | None = self.screen.focused
        now = next((view for view in shown if here is not None and here in view.walk_children()), None)
        place = shown.index(now) + 1 if now is not None else 0
        if place < len(shown):
            shown[place].line.focus()
        else:
            self.post_message(self.Filled())


def _question(field: Field) -> tuple[str, Sequence[FormChoice]]:
    return field.name, field.choices if isinstance(field, ChoiceField | ChoicesField) else ()


def _with_value(field: Field, raw: Any) -> Field:
    """Return a field with what was typed or chosen, if that is still possible."""
    if raw is None:
        return field
    if isinstance(field, ChoiceField):
        return replace(field, value=raw) if raw in {choice.id for choice in field.choices} else field
    if isinstance(field, ChoicesField):
        return replace(field, value=tuple(choice.id for choice in field.choices if choice.id in raw))
    if isinstance(field, TextField | SwitchField):
        return replace(field, value=raw)
    if isinstance(field, PathField):
        return replace(field, value=Path(raw) if raw else None)
    if isinstance(field, NumberField):
        try:
            return replace(field, value=value_of(replace(field, required=False), raw))
        except DoublereadError:
            return field
    return field
