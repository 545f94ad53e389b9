"""Which keys every action of every screen has, and what a change of them means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from textual.binding import Binding

from doubleread.tui.shared import screen_actions
from doubleread.tui.shared.actions import ACTIONS, Action
from doubleread.tui.shared.text.keys import CARET_BINDINGS, SELECTION_BINDINGS
from doubleread.tui.study.actions import LIBRARY_SCREEN_ACTIONS, STUDY_SCREEN_ACTIONS

NEEDED = ("enter", "escape", "up", "down")
"""Keys that lists, questions and dialogs need. An action keeps them only if they are its own from the start."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """Something that a key does: the id and the keys that it has from the start, its label and what it does."""

    id: str
    default: str
    label: str
    about: str

    def keys(self, own: Mapping[str, str]) -> tuple[str, ...]:
        """Return the keys that it has with the user's `own`, by their names in Textual."""
        return _names(own.get(self.id, self.default))


@cache
def _names(keys: str) -> tuple[str, ...]:
    given = ",".join(key for key in keys.split(",") if key.strip())
    return tuple(made.key for made in Binding.make_bindings([Binding(given, "")])) if given else ()


@dataclass(frozen=True, slots=True)
class KeyedScreen:
    """A screen and all that keys do on it. `typed`: letters are typed into its fields."""

    title: str
    keyed: tuple[Keyed, ...]
    typed: bool = False


def _screen(title: str, actions: Iterable[Action], *, texts: bool = False, typed: bool = False) -> KeyedScreen:
    found = {action.id: Keyed(action.id, action.keys, action.label, action.tooltip) for action in actions}
    if texts:
        for binding in (*CARET_BINDINGS, *SELECTION_BINDINGS):
            known = Keyed(binding.id or "", binding.key, binding.description, binding.tooltip.rstrip("."))
            found.setdefault(known.id, known)
    return KeyedScreen(title, tuple(found.values()), typed)


SCREENS: tuple[KeyedScreen, ...] = (
    _screen("Reading", ACTIONS, texts=True),
    _screen("Adjudication", screen_actions.ADJUDICATION_ACTIONS, texts=True),
    _screen("Score review", screen_actions.SCORE_REVIEW_ACTIONS),
    _screen("Library", LIBRARY_SCREEN_ACTIONS),
    _screen("Page of a study", STUDY_SCREEN_ACTIONS),
    _screen("Cases of a study", screen_actions.CASE_BROWSER_ACTIONS),
    _screen("A case of a study", screen_actions.CASE_READER_ACTIONS),
    _screen("Results", screen_actions.RESULTS_ACTIONS),
    _screen("Cases behind an estimate", screen_actions.CASE_LIST_ACTIONS),
    _screen("A case with its answers", screen_actions.CASE_VIEW_ACTIONS),
    _screen("Generating answers", screen_actions.RUN_ACTIONS),
    _screen("Forms", screen_actions.FORM_ACTIONS, typed=True),
    _screen("A new study", screen_actions.NEW_STUDY_ACTIONS, typed=True),
    _screen("Check and convert cases", screen_actions.CASES_ACTIONS, typed=True),
)


def listed() -> Iterator[tuple[KeyedScreen, Keyed]]:
    """Yield everything that keys do, under the first screen on which they do it."""
    seen: set[str] = set()
    for screen in SCREENS:
        for keyed in screen.keyed:
            if keyed.id not in seen:
                seen.add(keyed.id)
                yield screen, keyed


BY_ID: Mapping[str, Keyed] = {keyed.id: keyed for _, keyed in listed()}


def refusal(keyed: Keyed, key: str, *, printable: bool) -> str:
    """Return why a key cannot be that of an action at all, or an empty string."""
    if key in NEEDED and key not in keyed.keys({}):
        return f"{key} is needed in lists and dialogs"
    if printable and any(screen.typed and keyed in screen.keyed for screen in SCREENS):
        return f"{key} is typed into fields where this works; choose a function key, or one with ctrl"
    return ""


def clashes(own: Mapping[str, str], keyed: Keyed, key: str) -> dict[str, str]:
    """Return what else has a key on a screen of an action: the title of the screen by the id.

    Actions that share a key from the start work in different modes of a screen, so that they do not clash.
    """
    found: dict[str, str] = {}
    for screen in SCREENS:
        if keyed in screen.keyed:
            for other in screen.keyed:
                modes = set(other.keys({})) & set(keyed.keys({}))
                if other.id != keyed.id and not modes and key in other.keys(own):
                    found.setdefault(other.id, screen.title)
    return found


def changed(own: Mapping[str, str], keyed: Keyed, keys: Iterable[str]) -> dict[str, str]:
    """Return the user's keys with others for one action; its own from the start are not stored."""
    text = ",".join(dict.fromkeys(keys))
    others = {action: value for action, value in own.items() if action != keyed.id}
    return others if _names(text) == keyed.keys({}) else {**others, keyed.id: text}


def swapped(own: Mapping[str, str], keyed: Keyed, key: str, other: Keyed) -> dict[str, str] | None:
    """Return the user's keys with a key taken from another action, which gets the first key of this one.

    None if that key is not free where the other action works.
    """
    before = keyed.keys(own)
    new = changed(own, keyed, (key, *before[1:]))
    given = [before[0] if has == key else has for has in other.keys(own)] if before else []
    after = changed(new, other, given)
    return None if not given or clashes(after, other, before[0]) else after


def completed(own: Mapping[str, str]) -> dict[str, str]:
    """Return a keymap for Textual: the user's keys, and those of the actions that shared a key with a changed one.

    Textual forgets all bindings of a key when one of them gets another key.
    """
    shared = dict(own)
    for screen in SCREENS:
        moved = {key for keyed in screen.keyed if keyed.id in own for key in keyed.keys({})}
        for keyed in screen.keyed:
            if moved & set(keyed.keys({})):
                shared.setdefault(keyed.id, keyed.default)
    return shared


def unknown(own: Mapping[str, str]) -> list[str]:
    """Return the names among the user's keys that no action has."""
    return sorted(set(own) - set(BY_ID))
