"""Look for identifiers of persons in texts. Pure: from a text to its possible identifiers.

It helps a person to look, and proves nothing: a text without a hit can still identify somebody, and most hits in
clinical vignettes are harmless.

The rules are this program's own. Other libraries were considered: presidio-analyzer (MIT) finds names by a spaCy
model, which no package registry has. scrubadub (Apache-2.0, last release 2023) pins textblob and needs scikit-learn and
models of nltk that are downloaded. philter-lite (BSD-3-Clause, kept) tags parts of speech by an nltk model that is
downloaded, too, and hides what it does not know to be safe. pydeid (2019) is a stub. `phonenumbers`, the port of
libphonenumber, decides what is a telephone number, and the name lists are those of Faker (MIT).
"""

from doubleread.deidentification.hit import KINDS, Hit, IdentifierKind
from doubleread.deidentification.scan import scan, scan_pseudonym

__all__ = ["KINDS", "Hit", "IdentifierKind", "scan", "scan_pseudonym"]
