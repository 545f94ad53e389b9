"""Folders in which a study is at risk: on a network, or synchronised with a cloud."""

from __future__ import annotations

from pathlib import Path

from doubleread.console import note
from doubleread.platform import network_file_system

# The services' folder names in lower case; a star means any ending.
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
    """Say what is risky about the folder of a study, None if nothing is known."""
    folder = path.resolve().parent
    if kind := network_file_system(folder):
        return (
            f"{folder} is on a network ({kind}); the file can be damaged if two machines write at once."
            " Keep the study on a local disk, and combine readers' files with doubleread merge"
        )
    for part in folder.parts:
        for pattern, service in _CLOUDS.items():
            name = part.lower()
            if name == pattern or (pattern.endswith("*") and name.startswith(pattern[:-1])):
                return (
                    f"{folder} is synchronised by {service}, which can copy the file during a write and"
                    " leave two versions. Keep the study elsewhere, and only put backups here, with doubleread backup"
                )
    return None


def warn_of_folder(path: Path) -> None:
    """Print a note where the folder of a study is risky."""
    if risk := folder_risk(path):
        note(f"note: {risk}")
