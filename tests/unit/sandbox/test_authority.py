"""The sandbox's certificate authority, asked by a TLS client."""

from __future__ import annotations

import socket
import ssl
import threading

import pytest
from cryptography import x509

from sandbox.authority import authority
from sandbox.settings import Settings


@pytest.fixture
def settings(tmp_path):
    return Settings(name="unit", home=tmp_path, api_port=1, region="ap-northeast-1")


def handshake(settings, tmp_path, issued: tuple[str, str], name: str) -> str:
    """Shake hands over a pair of sockets; returns the version agreed upon."""
    (tmp_path / "chain").write_text("".join(issued))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "chain")
    client = ssl.create_default_context(cafile=settings.home / "client" / "ca.pem")
    near, far = socket.socketpair()

    def serve() -> None:
        try:
            server.wrap_socket(far, server_side=True).close()
        except (ssl.SSLError, OSError):
            far.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with client.wrap_socket(near, server_hostname=name) as agreed:
            return agreed.version()
    finally:
        near.close()
        thread.join(timeout=10)


@pytest.mark.parametrize("name", ["node.cache.amazonaws.com", "a.site.cache.amazonaws.com", "10.0.64.21"])
def test_clients_trust_what_it_issues(settings, tmp_path, name):
    names = ["node.cache.amazonaws.com", "*.site.cache.amazonaws.com"]
    issued = authority(settings).issue(names, ["10.0.64.21"])
    assert handshake(settings, tmp_path, issued, name).startswith("TLSv1.")


def test_clients_refuse_another_name(settings, tmp_path):
    issued = authority(settings).issue(["node.cache.amazonaws.com"])
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(settings, tmp_path, issued, "other.cache.amazonaws.com")


def test_authority_stays_the_same(settings):
    assert authority(settings).pem == authority(settings).pem == (settings.home / "client" / "ca.pem").read_text()


def test_name_too_long_for_a_common_name_is_an_alternative_name(settings):
    name = f"{'a' * 60}.{'b' * 60}.amazonaws.com"
    certificate = x509.load_pem_x509_certificate(authority(settings).issue([name])[0].encode())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [name]


def test_keys_are_for_their_owner_only(settings):
    authority(settings)
    assert (settings.home / "authority").stat().st_mode & 0o077 == 0
    assert (settings.home / "authority" / "ca.key").stat().st_mode & 0o077 == 0


def test_certificate_for_nobody_is_refused(settings):
    with pytest.raises(ValueError, match="at least one"):
        authority(settings).issue([])
