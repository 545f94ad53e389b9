"""An attestation for tests whose subject is another."""

from doubleread.exports.attestation import Attestation

ATTESTED = Attestation("study lead")
