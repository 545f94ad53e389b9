"""The commands for encrypted studies: `encryption recovery-key`, `encryption change-passphrase`."""

from __future__ import annotations

from doubleread.cli.names import existing_study, study_to_read
from doubleread.cli.options import NewPassphraseFile, Study
from doubleread.console import note, say


def recovery_key(study: Study) -> None:
    """Show the recovery key of an encrypted study.

    It opens the study and every copy of it if the passphrase is lost.
    """
    from doubleread.cli.passphrases import say_recovery_key
    from doubleread.errors import DoublereadError

    with study_to_read(study) as opened:
        key = opened.connection.key
    if key is None:
        raise DoublereadError("No recovery key", f"{opened.path} is not encrypted", "it opens without a key")
    say_recovery_key(key)


def change_passphrase(study: Study, new_passphrase_file: NewPassphraseFile = None) -> None:
    """Change the passphrase of an encrypted study.

    The recovery key changes too. The study must not be open elsewhere. Existing copies keep their passphrase.
    """
    from doubleread.cli.passphrases import NEW_PASSPHRASE, chosen_key, say_recovery_key
    from doubleread.domain.wording import plural
    from doubleread.errors import DoublereadError
    from doubleread.store.files.kept_copies import backups_of
    from doubleread.store.files.rekeying import change_key

    path = existing_study(study)
    with study_to_read(path) as opened:
        if not opened.encrypted:
            raise DoublereadError(
                "Passphrase not changed",
                f"{path} is not encrypted",
                "to encrypt a study, create it with doubleread new --encrypt",
            )
        kept = backups_of(opened)
    key = chosen_key(path, NEW_PASSPHRASE, new_passphrase_file)
    change_key(path, key)
    say(f"{path}: opens with the new passphrase only")
    say_recovery_key(key)
    if kept:
        note(f"note: {plural(len(kept), 'kept copy', 'kept copies')} in {kept[0].parent} keep the old passphrase")
