"""The key of an encrypted study file: derived from a passphrase, or written as a recovery key.

The file is one of SQLCipher 4 with its own settings, so that any SQLCipher opens it with the passphrase: AES-256 for
each page of 4096 bytes, an HMAC-SHA512 over it, the key by PBKDF2 from the passphrase and the salt in the file's first
16 bytes. Here the key is derived outside of SQLCipher, once, because the recovery key is this derived key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import unicodedata
from dataclasses import dataclass, field

from doubleread.errors import InputRefusedError

PAGE = 4096
SHORTEST_PASSPHRASE = 12
_SALT, _KEY, _CHECK = 16, 32, 3
_ROUNDS = 256_000
_IV, _HMAC = 16, 64
_HMAC_SALT_MASK, _HMAC_ROUNDS = 0x3A, 2
# Crockford's letters, which cannot be mistaken for each other or for digits.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_WRITTEN = str.maketrans(_BASE32, _LETTERS)
_READ = str.maketrans(f"{_LETTERS}OIL", f"{_BASE32}{_BASE32[0]}{_BASE32[1]}{_BASE32[1]}")


def cleaned(passphrase: str) -> str:
    """Return a passphrase without surrounding blanks, in a Unicode form that is the same on every system."""
    return unicodedata.normalize("NFC", passphrase.strip())


def check_passphrase(passphrase: str) -> None:
    """Raise InputRefusedError for a passphrase that must not be chosen."""
    text = cleaned(passphrase)
    if len(text) < SHORTEST_PASSPHRASE:
        raise InputRefusedError(
            "Passphrase refused",
            f"it has {len(text)} characters, fewer than the required {SHORTEST_PASSPHRASE}",
            "choose a longer one, such as five unrelated words",
        )
    if not text.isprintable():
        raise InputRefusedError(
            "Passphrase refused", "it contains characters that cannot be typed", "use letters, digits and spaces"
        )


@dataclass(frozen=True, slots=True)
class FileKey:
    """The key of a file, and the salt at its beginning. All copies of a file have both."""

    key: bytes = field(repr=False)
    salt: bytes = field(repr=False)

    @classmethod
    def chosen(cls, passphrase: str) -> FileKey:
        """Return the key of a new file. Raises InputRefusedError for a passphrase that is too short."""
        check_passphrase(passphrase)
        return cls.derived(passphrase, secrets.token_bytes(_SALT))

    @classmethod
    def derived(cls, passphrase: str, salt: bytes) -> FileKey:
        """Return the key of a file with this salt. Takes a fraction of a second on purpose."""
        return cls(hashlib.pbkdf2_hmac("sha512", cleaned(passphrase).encode(), salt, _ROUNDS, _KEY), salt)

    @classmethod
    def recovered(cls, text: str, salt: bytes) -> FileKey | None:
        """Return the key of a recovery key; None if the text is none, or has a typing error."""
        letters = _recovery_letters(text)
        if letters is None:
            return None
        raw = base64.b32decode(letters.translate(_READ))
        key = raw[:_KEY]
        return cls(key, salt) if hmac.compare_digest(raw[_KEY:], _check_bytes(key)) else None

    @property
    def recovery_key(self) -> str:
        """The key in letters, in groups of four, with three bytes that reveal a typing error."""
        text = base64.b32encode(self.key + _check_bytes(self.key)).decode("ascii").translate(_WRITTEN)
        return "-".join(text[at : at + 4] for at in range(0, len(text), 4))

    @property
    def as_pragma(self) -> str:
        """The value of `PRAGMA key` by which SQLCipher takes key and salt as they are."""
        return f"\"x'{self.key.hex()}{self.salt.hex()}'\""

    def signs(self, page: bytes, number: int) -> bool:
        """Return whether a page of a file, counted from 1, was written with this key and is unchanged."""
        if len(page) != PAGE:
            return False
        redact = bytes(byte ^ _HMAC_SALT_MASK for byte in self.salt)
        signer = hashlib.pbkdf2_hmac("sha512", self.key, redact, _HMAC_ROUNDS, _KEY)
        signed = page[_SALT if number == 1 else 0 : PAGE - _HMAC]
        found = hmac.digest(signer, signed + number.to_bytes(4, "little"), "sha512")
        return hmac.compare_digest(found, page[PAGE - _HMAC :])


def is_like_recovery_key(text: str) -> bool:
    """Return whether a text has the form of a recovery key, valid or not."""
    return _recovery_letters(text) is not None


def _recovery_letters(text: str) -> str | None:
    letters = "".join(text.split()).replace("-", "").upper()
    right = len(letters) == (_KEY + _CHECK) * 8 // 5 and set(letters) <= {*_LETTERS, *"OIL"}
    return letters if right else None


def _check_bytes(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()[:_CHECK]
