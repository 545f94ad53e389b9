"""Folders in which a study is at risk: on a network, or kept in step with a cloud."""

from __future__ import annotations

from pathlib import Path

from doubleread.console import note
from doubleread.platform import network_file_system

# The names that the services give to their folders, in lower case; a star stands for what may follow.
_CLOUDS = {
    "dropbox*": "Dropbox",
    "onedrive*": "OneDrive",
    "google drive": "Google Drive",
    "googledrive*": "Google Drive",
    "my drive": "Google Drive",
    "icloud*": "iCloud",
    "mobile documents": "iCloud",
    "cloudstorage": "a cloud service",
    "nextcloud*": "Nextcloud",
    "owncloud*": "ownCloud",
    "seafile*": "Seafile",
    "pcloud*": "pCloud",
    "box sync": "Box",
    "syncthing*": "Syncthing",
}


def folder_risk(path: Path) -> str | None:
    """Say what is risky about the folder in which a study lies, None where nothing is known to be."""
    folder = path.resolve().parent
    if kind := network_file_system(folder):
        return (
            f"{folder} lies on a network ({kind}); where two machines write at once the file can be damaged."
            " Keep the study on a disk of this machine, and bring readers' files together with doubleread merge"
        )
    for part in folder.parts:
        for pattern, service in _CLOUDS.items():
            name = part.lower()
            if name == pattern or (pattern.endswith("*") and name.startswith(pattern[:-1])):
                return (
                    f"{folder} is kept in step by {service}, which can copy the file in the middle of a write and"
                    " leave two versions. Keep the study elsewhere, and put copies there with doubleread backup"
                )
    return None


def warn_of_folder(path: Path) -> None:
    """Print a note where the folder of a study is risky."""
    if risk := folder_risk(path):
        note(f"note: {risk}")
