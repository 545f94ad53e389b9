"""Arms for the tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from doubleread.domain.arm import Arm
from doubleread.domain.model import Model


def arm_with_model(
    arm_id: str,
    name: str,
    sha256: str = "",
    path: str = "",
    role: str = "",
    metadata: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Arm:
    """Return an arm whose model bears its name; without a path and a hash, one with external answers."""
    model = Model(sha256, name, path, metadata or {}) if sha256 or path else None
    return Arm(arm_id, name, role, model, **settings)
