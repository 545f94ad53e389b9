"""Which arms of several studies are the same one, and how arms with the same name are told apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace

from doubleread.domain.arm import Arm, Arms
from doubleread.domain.hashes import canonical_json

_SHOWN = 8
"""Characters of a hash that tell two models apart."""


@dataclass(frozen=True, slots=True)
class ComparedArm:
    """One arm over all studies that have it.

    `number` counts from 1. `apart` tells it from another arm with the same name, "" if the name is enough. `names` and
    `roles` are all that it has in the studies, whose numbers are in `studies`. `sha256` and `server` are "" where it
    has none; without both, its answers are external. `settings` are in words.
    """

    number: int
    name: str
    apart: str
    names: tuple[str, ...]
    roles: tuple[str, ...]
    sha256: str
    server: str
    settings: str
    studies: tuple[int, ...]

    @property
    def label(self) -> str:
        """Its name, with what tells it apart."""
        return f"{self.name} ({self.apart})" if self.apart else self.name

    @property
    def role(self) -> str:
        """Its role, if it has the same one in all studies."""
        return self.roles[0] if len(self.roles) == 1 else ""

    @property
    def external(self) -> bool:
        """Whether its answers are imported."""
        return not (self.sha256 or self.server)


def identified(
    studies: Sequence[tuple[int, Arms]], *, same_names: bool
) -> tuple[tuple[ComparedArm, ...], dict[tuple[int, str], int]]:
    """Return all arms, and the number of each arm by the number of its study and its id.

    Two arms are the same if they have the same model file (by its hash) or the same model of the same server, and set
    the same themselves. Names do not count: an external arm belongs to its study alone, unless `same_names` says that
    external arms with the same name are the same.
    """
    numbers: dict[Hashable, int] = {}
    found: dict[int, list[tuple[int, Arm]]] = {}
    places: dict[tuple[int, str], int] = {}
    for study, arms in studies:
        keys = [_identity(arm, study, same_names=same_names) for arm in arms]
        for arm, key in zip(arms, keys, strict=True):
            own = (key, arm.id) if keys[0] == keys[1] else key
            number = numbers.setdefault(own, len(numbers) + 1)
            found.setdefault(number, []).append((study, arm))
            places[study, arm.id] = number
    return _told_apart([_compared(number, same) for number, same in found.items()]), places


def _identity(arm: Arm, study: int, *, same_names: bool) -> Hashable:
    settings = {name: value for name, value in arm.summary().items() if name not in ("id", "name", "role")}
    if arm.server is not None:
        settings["server"] = [str(arm.server.address), arm.server.model]
    elif not arm.model_sha256:
        settings["external"] = arm.name if same_names else [study, arm.id]
    return canonical_json(settings)


def _compared(number: int, same: Sequence[tuple[int, Arm]]) -> ComparedArm:
    first = same[0][1]
    return ComparedArm(
        number=number,
        name=first.name,
        apart="",
        names=_different(arm.name for _, arm in same),
        roles=_different(arm.role for _, arm in same),
        sha256=first.model_sha256,
        server=f"{first.server.model} at {first.server.address}" if first.server is not None else "",
        settings=first.settings_name,
        studies=tuple(dict.fromkeys(study for study, _ in same)),
    )


def _different(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, values)))


def _told_apart(arms: Sequence[ComparedArm]) -> tuple[ComparedArm, ...]:
    """Add to equal names what differs: the settings, the model, or the study; in the end the number."""
    found = list(arms)
    for words in (_settings, _model, _number):
        labels = Counter(arm.label for arm in found)
        by_label: dict[str, set[str]] = {}
        for arm in found:
            by_label.setdefault(arm.label, set()).add(words(arm))
        found = [
            replace(arm, apart=", ".join(filter(None, (arm.apart, words(arm)))))
            if labels[arm.label] > 1 and len(by_label[arm.label]) > 1
            else arm
            for arm in found
        ]
    return tuple(found)


def _settings(arm: ComparedArm) -> str:
    return arm.settings


def _model(arm: ComparedArm) -> str:
    if arm.external:
        return f"external, study {arm.studies[0]}"
    return arm.server or arm.sha256[:_SHOWN]


def _number(arm: ComparedArm) -> str:
    return f"arm {arm.number}"
