"""What the listeners of load balancers show as their certificates."""

from __future__ import annotations

import stat
import subprocess

import pytest

from sandbox.core.authority import Authority
from sandbox.core.settings import Settings
from sandbox.services.acm.picture import Certificate
from sandbox.services.elbv2 import certificates as balancer_tls
from sandbox.services.elbv2.picture import Listener, LoadBalancer

SITE = Certificate("arn:acm:1", ("www.example.com", "example.com"))


@pytest.fixture
def settings(tmp_path):
    return Settings("t", tmp_path / "home", 0, "ap-northeast-1")


@pytest.fixture
def ensure(settings, tmp_path):
    authority = Authority(settings)
    authority.certificate()

    def ensure(*certificates: Certificate, **changes):
        return balancer_tls.ensure(
            authority, tmp_path, balancer(**changes), {certificate.arn: certificate for certificate in certificates}
        )

    return ensure


def balancer(arns=(SITE.arn,), public_ip="127.130.0.1") -> LoadBalancer:
    listeners = (
        Listener("plain", "HTTP", 80, ()),
        Listener("tls", "HTTPS", 443, (), certificate_arns=tuple(arns)),
    )
    return LoadBalancer("arn/x", "x", "vpc-1", "internet-facing", (), (("a", "10.0.0.4"),), public_ip, listeners)


def verified(settings, file, *how: str) -> bool:
    argv = ["openssl", "verify", "-x509_strict", "-CAfile", settings.ca_file, *how, file]
    return subprocess.run(argv, capture_output=True, check=False).returncode == 0


def test_certificate_is_for_its_names_and_the_address(settings, ensure, tmp_path):
    files, written = ensure(SITE)
    assert written and list(files) == ["tls"]
    (name,) = files["tls"]
    file = tmp_path / name
    for good in ("www.example.com", "example.com"):
        assert verified(settings, file, "-verify_hostname", good)
    assert verified(settings, file, "-verify_ip", "127.130.0.1")
    assert not verified(settings, file, "-verify_hostname", "other.example.com")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_nothing_is_made_twice(ensure):
    assert ensure(SITE)[1] is True
    assert ensure(SITE)[1] is False


def test_a_broken_file_is_made_again(ensure, tmp_path):
    files, _unused = ensure(SITE)
    (tmp_path / files["tls"][0]).write_text("no certificate")
    again, written = ensure(SITE)
    assert (again, written) == (files, True)


def test_other_names_are_another_file_and_the_old_one_goes(ensure, tmp_path):
    before, _unused = ensure(SITE)
    after, written = ensure(Certificate(SITE.arn, ("shop.example.com",)))
    assert written and before != after
    balancer_tls.remove_others(tmp_path, after)
    assert [entry.name for entry in tmp_path.glob("tls-*")] == after["tls"]


def test_a_certificate_that_acm_no_longer_has_is_passed_over(ensure):
    assert ensure() == ({}, False)
    assert ensure(SITE, arns=("arn:acm:gone", SITE.arn))[0] == {"tls": [balancer_tls.file_name(SITE, balancer())]}
