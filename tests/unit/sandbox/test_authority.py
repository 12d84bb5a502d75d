"""The sandbox's certificate authority, judged by openssl."""

from __future__ import annotations

import subprocess

import pytest
from cryptography import x509

from sandbox.core.authority import Authority
from sandbox.core.settings import Settings

NAME = "site.aaaaaaaaaa.ap-northeast-1.rds.amazonaws.com"


@pytest.fixture
def settings(tmp_path):
    return Settings("t", tmp_path / "home", 0, "ap-northeast-1")


def verified(settings, tmp_path, certificate: bytes, name: str) -> bool:
    (tmp_path / "server.pem").write_bytes(certificate)
    argv = ["openssl", "verify", "-x509_strict", "-CAfile", settings.ca_file, "-verify_hostname", name]
    return subprocess.run([*argv, tmp_path / "server.pem"], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(("asked", "expected"), [(NAME, True), ("other.example", False)])
def test_certificate_is_good_for_its_name_only(settings, tmp_path, asked, expected):
    authority = Authority(settings)
    authority.certificate()
    certificate, key = authority.issue([NAME])
    assert b"PRIVATE KEY" in key
    assert verified(settings, tmp_path, certificate, asked) is expected


def test_certificate_is_as_short_as_those_that_browsers_take(settings):
    authority = Authority(settings)
    certificate = x509.load_pem_x509_certificate(authority.issue([NAME])[0])
    assert (certificate.not_valid_after_utc - certificate.not_valid_before_utc).days < 200


def test_names_longer_than_a_common_name_are_fine(settings, tmp_path):
    name = "a" * 60 + "." + NAME
    authority = Authority(settings)
    authority.certificate()
    assert verified(settings, tmp_path, authority.issue([name])[0], name)


def test_next_process_goes_on_with_the_same_authority(settings):
    first, second = Authority(settings), Authority(settings)
    assert first.certificate() == second.certificate()
    certificate, _unused = first.issue([NAME])
    assert second.fits(certificate, [NAME])
    assert not second.fits(certificate, ["other.example"])
    assert not second.fits(b"rubbish", [NAME])


def test_another_sandboxs_certificate_does_not_fit(settings, tmp_path):
    other = Authority(Settings("o", tmp_path / "other", 0, "ap-northeast-1"))
    certificate, _unused = other.issue([NAME])
    assert not Authority(settings).fits(certificate, [NAME])


def test_key_is_the_owners_alone_and_half_made_files_are_made_again(settings):
    Authority(settings).certificate()
    key = settings.home / "authority" / "ca-key.pem"
    assert key.stat().st_mode & 0o777 == 0o600
    (settings.home / "authority" / "ca.pem").unlink()
    again = Authority(settings)
    assert settings.ca_file.read_bytes() != b""
    assert again.certificate() == settings.ca_file.read_bytes()


def test_addresses_and_wildcards_are_certified_too(settings, tmp_path):
    authority = Authority(settings)
    authority.certificate()
    certificate, _key = authority.issue(["node.example", "*.site.example"], ["10.0.64.21"])
    assert verified(settings, tmp_path, certificate, "a.site.example")
    (tmp_path / "address.pem").write_bytes(certificate)
    argv = ["openssl", "verify", "-CAfile", settings.ca_file, "-verify_ip", "10.0.64.21", tmp_path / "address.pem"]
    assert subprocess.run(argv, capture_output=True, check=False).returncode == 0


def test_certificate_for_nobody_is_refused(settings):
    with pytest.raises(ValueError, match="at least one"):
        Authority(settings).issue([])
