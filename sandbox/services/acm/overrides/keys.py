"""Certificates with the key that was asked for: the emulator gives every one an RSA key of 2048 bits."""

from __future__ import annotations

import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from moto.acm import models
from moto.acm.exceptions import AWSValidationException
from moto.acm.responses import AWSCertificateManagerResponse

from sandbox.core.settings import Settings

_DEFAULT = "RSA_2048"
_MAKERS = {
    "RSA_2048": lambda: rsa.generate_private_key(65537, 2048),
    "RSA_3072": lambda: rsa.generate_private_key(65537, 3072),
    "RSA_4096": lambda: rsa.generate_private_key(65537, 4096),
    "EC_prime256v1": lambda: ec.generate_private_key(ec.SECP256R1()),
    "EC_secp384r1": lambda: ec.generate_private_key(ec.SECP384R1()),
    "EC_secp521r1": lambda: ec.generate_private_key(ec.SECP521R1()),
}


def apply(settings: Settings) -> None:
    request = AWSCertificateManagerResponse.request_certificate

    def request_certificate(self: Any) -> Any:
        algorithm = self._get_param("KeyAlgorithm") or _DEFAULT
        if algorithm not in _MAKERS:
            raise AWSValidationException(
                f"1 validation error detected: Value '{algorithm}' at 'keyAlgorithm' failed to satisfy constraint: "
                f"Member must satisfy enum value set: [{', '.join(_MAKERS)}]"
            )
        kept = self.acm_backend._certificates
        before = set(kept)
        answer = request(self)
        for arn in set(kept) - before if algorithm != _DEFAULT else ():
            _give_key(kept[arn], _MAKERS[algorithm]())
        return answer

    AWSCertificateManagerResponse.request_certificate = request_certificate


def _give_key(bundle: models.CertBundle, key: Any) -> None:
    """The same certificate with another key."""
    old = bundle._cert
    builder = x509.CertificateBuilder(
        old.issuer,
        old.subject,
        key.public_key(),
        old.serial_number,
        old.not_valid_before_utc.astimezone(datetime.UTC),
        old.not_valid_after_utc.astimezone(datetime.UTC),
        list(old.extensions),
    )
    new = builder.sign(key, hashes.SHA512())
    bundle.cert = new.public_bytes(serialization.Encoding.PEM)
    bundle.key = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    bundle._cert, bundle._key = bundle.validate_certificate(), bundle.validate_pk()
