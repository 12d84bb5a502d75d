"""How keys and certificates of ``cryptography``, which refuse to be pickled, go into a saved state: as DER."""

from __future__ import annotations

from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

_PRIVATE = (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey, ed25519.Ed25519PrivateKey)
_PUBLIC = (rsa.RSAPublicKey, ec.EllipticCurvePublicKey, ed25519.Ed25519PublicKey)


# Functions of this module, because those of the compiled library cannot be pickled by name.


def _private_key(der: bytes) -> Any:
    return serialization.load_der_private_key(der, password=None)


def _public_key(der: bytes) -> Any:
    return serialization.load_der_public_key(der)


def _certificate(der: bytes) -> x509.Certificate:
    return x509.load_der_x509_certificate(der)


def reduce_key(obj: Any) -> Any:
    """What ``Pickler.reducer_override`` wants for a key or certificate, else ``NotImplemented``."""
    if isinstance(obj, _PRIVATE):
        der = obj.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return _private_key, (der,)
    if isinstance(obj, _PUBLIC):
        der = obj.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        return _public_key, (der,)
    if isinstance(obj, x509.Certificate):
        return _certificate, (obj.public_bytes(serialization.Encoding.DER),)
    return NotImplemented
