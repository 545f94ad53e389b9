"""Every string that can be reached from the screens, by going from object to object.

The boundary is `ReadingSession`: it must know which model is on which side, so that what it keeps in private members
is not looked at, only what its public members give to any caller. The library is behind the same boundary: the
command line puts it together, and the screens get sessions from it.
"""

from __future__ import annotations

import types
from collections import deque
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from textual.app import App
from textual.pilot import Pilot
from textual.widget import Widget

from doubleread.sessions.reading import ReadingSession
from doubleread.sessions.study_library import StudyLibrary

_KNOWN = ("doubleread", "textual", "rich", "tui", "test_blinding")
_ANSWERING = ("answers", "case_list", "reveal", "passages", "asked_at_the_end")


def reachable_strings(*roots: Any) -> set[str]:
    """Return all strings in these objects and in what they refer to."""
    found: set[str] = set()
    seen: set[int] = set()
    kept: list[Any] = []
    waiting = deque(roots)
    while waiting:
        item = waiting.popleft()
        if isinstance(item, str):
            found.add(item)
        elif isinstance(item, bytes):
            found.add(item.decode("utf-8", "replace"))
        elif id(item) not in seen:
            seen.add(id(item))
            # What is made on the way must live on, or another object takes its id.
            kept.append(item)
            waiting.extend(_parts(item))
    return found


def _parts(item: Any) -> Iterator[Any]:
    if isinstance(item, ReadingSession):
        yield from _public_face(item)
    elif isinstance(item, StudyLibrary | type | types.ModuleType):
        return
    elif isinstance(item, Mapping):
        yield from item.keys()
        yield from item.values()
    elif isinstance(item, list | tuple | set | frozenset | deque):
        yield from tuple(item)
    elif isinstance(item, types.MethodType):
        yield item.__self__
        yield item.__func__
    elif isinstance(item, types.FunctionType):
        for cell in item.__closure__ or ():
            try:
                yield cell.cell_contents
            except ValueError:
                continue
        yield item.__defaults__
    elif isinstance(item, partial):
        yield from (item.func, item.args, item.keywords)
    elif type(item).__module__.partition(".")[0] in _KNOWN:
        yield from attributes_of(item)


def attributes_of(item: Any) -> Iterator[Any]:
    """Yield the attributes of an object, those in slots too, and their names."""
    yield from list(getattr(item, "__dict__", {}).items())
    for kind in type(item).__mro__:
        slots = getattr(kind, "__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            value = getattr(item, name, None)
            if value is not None:
                yield name
                yield value


def _public_face(session: ReadingSession) -> Iterator[Any]:
    """Yield what the public members of a session return, each of them that asks for nothing and changes nothing."""
    yield from (value for name, value in vars(session).items() if not name.startswith("_"))
    for name, member in vars(type(session)).items():
        if isinstance(member, property) and not name.startswith("_"):
            yield getattr(session, name)
    for name in _ANSWERING:
        yield getattr(session, name)()


def on_the_screens(pilot: Pilot[None]) -> set[str]:
    """Return everything that can be reached from the program, its screens and its widgets, and what they say."""
    app: App[Any] = pilot.app
    widgets = [widget for screen in app.screen_stack for widget in (screen, *screen.walk_children(Widget))]
    said = [app.title, app.sub_title, list(app._notifications)]
    for widget in widgets:
        said += [widget.id, list(widget.classes), widget.tooltip, widget.border_title, widget.border_subtitle]
        said += [getattr(widget, name) for name in widget._reactives]
        said.append(widget._bindings)
    return reachable_strings(app, widgets, said, [str(item) for item in said])
