"""The sandbox's own certificate authority, which its services' certificates come from."""

from __future__ import annotations

import datetime
import ipaddress
import os
from collections.abc import Iterable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sandbox.core.settings import Settings

#: A server's has as long as ACM gives one since 2026, when browsers stopped to take more than 200 days.
_CA_DAYS, _DAYS = 3650, 198
#: A server's certificate is made again this long before it ends.
_RENEW = datetime.timedelta(days=30)


class Authority:
    """Makes certificates for one sandbox. Its key stays in the sandbox's home, readable by its owner only."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._directory = settings.home / "authority"
        self._key: ec.EllipticCurvePrivateKey | None = None
        self._certificate: x509.Certificate | None = None

    def certificate(self) -> bytes:
        """The authority's own certificate (PEM), made at the first call; also exports it to the clients."""
        _unused, certificate = self._load()
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        exported = self._settings.ca_file
        if not exported.exists() or exported.read_bytes() != pem:
            write_private(exported, pem, mode=0o644)
        return pem

    def issue(self, names: Iterable[str], addresses: Iterable[str] = ()) -> tuple[bytes, bytes]:
        """Certificate and key (PEM) of a server that answers to these DNS names (wildcards too) and IP addresses.

        The first name is its common name. Raises ``ValueError`` without a name, or for an address that is none.
        """
        key, own = self._load()
        names = list(names)
        if not names:
            raise ValueError("a certificate needs at least one name")
        alternatives: list[x509.GeneralName] = [x509.DNSName(name) for name in names]
        alternatives += [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
        server_key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            _builder(_name(names[0]), own.subject, server_key.public_key(), _DAYS)
            .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
                critical=False,
            )
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        return certificate.public_bytes(serialization.Encoding.PEM), _pem(server_key)

    def fits(self, pem: bytes, names: Iterable[str]) -> bool:
        """Whether a certificate is of this authority, for these names, and has a month before it."""
        _unused, own = self._load()
        try:
            certificate = x509.load_pem_x509_certificate(pem)
            certificate.verify_directly_issued_by(own)
            alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except Exception:  # whatever is wrong with it, another one is made
            return False
        ends = certificate.not_valid_after_utc
        return alternatives.get_values_for_type(x509.DNSName) == list(names) and ends - _RENEW > _now()

    def _load(self) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
        if self._key is None or self._certificate is None:
            key_file, certificate_file = self._directory / "ca-key.pem", self._directory / "ca.pem"
            # The certificate is written last: with it there is a key.
            if not certificate_file.exists():
                self._make(key_file, certificate_file)
            key = serialization.load_pem_private_key(key_file.read_bytes(), None)
            if not isinstance(key, ec.EllipticCurvePrivateKey):
                raise ValueError(f"{key_file} holds another kind of key; remove {self._directory} and go on")
            self._key = key
            self._certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
        return self._key, self._certificate

    def _make(self, key_file: Path, certificate_file: Path) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name(f"railyard sandbox {self._settings.name}")
        certificate = (
            _builder(name, name, key.public_key(), _CA_DAYS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.KeyUsage(
                    digital_signature=True,
                    key_cert_sign=True,
                    crl_sign=True,
                    content_commitment=False,
                    key_encipherment=False,
                    data_encipherment=False,
                    key_agreement=False,
                    encipher_only=False,
                    decipher_only=False,
                ),
                critical=True,
            )
            .sign(key, hashes.SHA256())
        )
        write_private(key_file, _pem(key))
        write_private(certificate_file, certificate.public_bytes(serialization.Encoding.PEM), mode=0o644)


def write_private(path: Path, data: bytes, mode: int = 0o600, owner: int | None = None) -> None:
    """Put ``data`` into ``path`` in one step; at no time can others read it unless ``mode`` lets them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    with open(beside, "wb", opener=lambda name, flags: os.open(name, flags | os.O_EXCL, 0o600)) as file:
        os.fchmod(file.fileno(), mode)
        if owner is not None:
            os.fchown(file.fileno(), owner, owner)
        file.write(data)
    beside.replace(path)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int
) -> x509.CertificateBuilder:
    # A day back: the clock of a host may lag.
    begin = _now() - datetime.timedelta(days=1)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + datetime.timedelta(days=days))
    )


def _name(common_name: str) -> x509.Name:
    # A common name holds 64 characters; clients read the alternative names.
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])])


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
