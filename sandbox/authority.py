"""The sandbox's certificate authority: a small CA whose certificate clients get as ``client/ca.pem``."""

from __future__ import annotations

import datetime
import fcntl
import ipaddress
from collections.abc import Iterable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sandbox.hosts.engine import write_if_changed
from sandbox.settings import Settings

_YEARS = 10
#: Browsers and TLS libraries of some systems refuse server certificates that live longer.
_LEAF_DAYS = 825


class Authority:
    """Issues server certificates. The key never leaves ``directory``."""

    def __init__(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self.certificate = certificate
        self._key = key

    @property
    def pem(self) -> str:
        """The authority's own certificate."""
        return _pem(self.certificate)

    def issue(self, names: Iterable[str], addresses: Iterable[str] = ()) -> tuple[str, str]:
        """A new key and its certificate for DNS names (wildcards too) and IP addresses.

        :returns: (certificate, private key), both PEM
        :raises ValueError: without any name or address, or for an address that is none
        """
        names, addresses = list(names), list(addresses)
        if not names and not addresses:
            raise ValueError("a certificate needs at least one name or address")
        key = ec.generate_private_key(ec.SECP256R1())
        alternatives: list[x509.GeneralName] = [x509.DNSName(name) for name in names]
        alternatives += [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
        now = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            # a common name has room for 64 characters; clients look at the alternative names
            .subject_name(_name((names or addresses)[0][:64]))
            .issuer_name(self.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=_LEAF_DAYS))
            .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
                critical=False,
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.certificate.public_key()),
                critical=False,
            )
            .sign(self._key, hashes.SHA256())
        )
        return _pem(certificate), _key_pem(key)


def authority(settings: Settings) -> Authority:
    """The authority of one sandbox, made when first asked for; exports its certificate to the clients."""
    directory = settings.home / "authority"
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = _load(directory) or _make(directory, settings)
    write_if_changed(settings.home / "client" / "ca.pem", found.pem)
    return found


def _load(directory: Path) -> Authority | None:
    certificate_file, key_file = directory / "ca.pem", directory / "ca.key"
    if not certificate_file.exists() or not key_file.exists():
        return None
    certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    return Authority(certificate, serialization.load_pem_private_key(key_file.read_bytes(), password=None))


def _make(directory: Path, settings: Settings) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"railyard sandbox {settings.name}")
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=365 * _YEARS))
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
    write_if_changed(directory / "ca.key", _key_pem(key), mode=0o600)
    # Last: its presence says that both are there.
    write_if_changed(directory / "ca.pem", _pem(certificate))
    return Authority(certificate, key)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
