"""How hosts come to trust the sandbox's authority."""

from __future__ import annotations

import contextlib
import ssl
import subprocess

import pytest

from sandbox.core.authority import Authority
from sandbox.core.settings import Settings
from sandbox.hosts import ca_bundle, provisioning


@pytest.fixture(params=["t", "Two  Words"])
def authority(tmp_path, request):
    return Authority(Settings(request.param, tmp_path / "home", 0, "ap-northeast-1"))


def test_name_of_the_link_is_openssls(authority):
    pem = authority.certificate()
    said = subprocess.run(
        ["openssl", "x509", "-subject_hash", "-noout"], input=pem, capture_output=True, check=True
    ).stdout
    assert ca_bundle.subject_hash(pem) == said.decode().strip()


@pytest.mark.parametrize("how", ["bundle", "directory"])
def test_system_store_opens_a_server_of_the_authority(authority, tmp_path, how):
    root, pem = tmp_path / "root", authority.certificate()
    store = root / ca_bundle.BUNDLE
    store.parent.mkdir(parents=True)
    other = Authority(Settings("other", tmp_path / "other", 0, "ap-northeast-1")).certificate()
    store.write_bytes(other)
    provisioning.write(root, ca_bundle.files(root, pem))
    assert (root / ca_bundle.SOURCE).read_bytes() == pem
    assert store.read_bytes() == other + pem, "what was trusted before still is"
    where = {"cafile": store} if how == "bundle" else {"capath": store.parent}
    client = ssl.create_default_context(**{key: str(path) for key, path in where.items()})
    served, secret = authority.issue(["s3.ap-northeast-1.amazonaws.com"])
    (tmp_path / "server.pem").write_bytes(served + secret)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "server.pem")
    shake(client, server, "s3.ap-northeast-1.amazonaws.com")
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(client, server, "sts.ap-northeast-1.amazonaws.com")


def test_writing_again_adds_nothing(authority, tmp_path):
    for _unused in range(2):
        provisioning.write(tmp_path, ca_bundle.files(tmp_path, authority.certificate()))
    assert (tmp_path / ca_bundle.BUNDLE).read_bytes() == authority.certificate()


def shake(client: ssl.SSLContext, server: ssl.SSLContext, name: str) -> None:
    """A handshake in memory."""
    one, two = (ssl.MemoryBIO(), ssl.MemoryBIO()), (ssl.MemoryBIO(), ssl.MemoryBIO())
    asking = client.wrap_bio(*one, server_hostname=name)
    answering = server.wrap_bio(*two, server_side=True)
    for _unused in range(4):
        for side in (asking, answering):
            with contextlib.suppress(ssl.SSLWantReadError):
                side.do_handshake()
            two[0].write(one[1].read())
            one[0].write(two[1].read())
    asking.do_handshake()
