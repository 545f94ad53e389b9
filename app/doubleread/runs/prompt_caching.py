"""Whether the prompts of a study are kept on disk once they are processed, and what the disk has of them."""

from __future__ import annotations

from doubleread import locations
from doubleread.config import load_settings
from doubleread.domain.arm import Arm
from doubleread.engine.client.settings import PromptCache
from doubleread.store import StudyFile

GIGABYTE = 10**9


def limit() -> int:
    """Return how many bytes the prompts of all studies may take; 0 keeps none. Raises DoublereadError."""
    return load_settings(locations.settings_file()).prompt_cache_gb * GIGABYTE


def prompt_cache_of(study: StudyFile, arm: Arm) -> PromptCache | None:
    """Return where an arm's model keeps prompts, or None.

    Those of an encrypted study are never kept, because they would be on disk in the clear. Raises DoublereadError if
    the settings cannot be read.
    """
    if study.encrypted or not arm.model_sha256 or not (most := limit()):
        return None
    return PromptCache(str(locations.prompts()), most, arm.model_sha256)
