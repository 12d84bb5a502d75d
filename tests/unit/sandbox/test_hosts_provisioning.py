"""What a host is told about itself before its first boot."""

from __future__ import annotations

import os
import stat

import pytest
from network_pictures import instance, picture

from sandbox.hosts import provisioning
from sandbox.services.ec2.picture import System

VPC = picture().vpcs[0]


def written(**more):
    host = instance("i-1", "subnet-priv1", "10.0.64.5", "sg-web", **more)
    return {f.path: f for f in provisioning.files(host, VPC, "ap-northeast-1")}


def test_names_and_resolver():
    files = written()
    assert "10.0.64.5 ip-10-0-64-5.ap-northeast-1.compute.internal ip-10-0-64-5\n" in files["etc/hosts"].text
    assert files["etc/resolv.conf"].text.splitlines()[:2] == [
        "search ap-northeast-1.compute.internal",
        "nameserver 10.0.0.2",
    ]


@pytest.mark.parametrize(
    ("region", "domain"), [("us-east-1", "ec2.internal"), ("eu-west-1", "eu-west-1.compute.internal")]
)
def test_domain(region, domain):
    assert provisioning.domain(region) == domain


@pytest.mark.parametrize("user", ["ec2-user", "admin"])
def test_key_of_the_pair_opens_the_login_users_account_only(user):
    files = written(system=System("trixie", user), public_key="ssh-ed25519 AAAA me")
    assert [path for path in files if "authorized_keys" in path] == [f"home/{user}/.ssh/authorized_keys"]
    key = files[f"home/{user}/.ssh/authorized_keys"]
    assert (key.text, key.mode, key.owner) == ("ssh-ed25519 AAAA me\n", 0o600, 1000)


def test_without_a_key_pair_nobody_gets_in():
    assert "home/ec2-user/.ssh/authorized_keys" not in written(public_key=None)


@pytest.mark.parametrize(
    ("data", "is_script"), [("#!/bin/sh\ntrue\n", True), ("#cloud-config\n", False), (None, False), ("", False)]
)
def test_user_data_is_run_when_it_is_a_script(data, is_script):
    files = written(user_data=data)
    assert ("var/lib/cloud/user-data" in files) is is_script
    if is_script:
        assert files["var/lib/cloud/user-data"].mode == 0o700


def test_writing_replaces_links_instead_of_following_them(tmp_path):
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "etc").mkdir(parents=True)
    outside.write_text("mine")
    (root / "etc" / "resolv.conf").symlink_to(outside)
    file = provisioning.File("etc/resolv.conf", "nameserver 10.0.0.2\n", 0o640, os.getuid())
    for _unused in range(2):
        provisioning.write(root, iter([file]))
    target = root / "etc" / "resolv.conf"
    assert outside.read_text() == "mine"
    assert not target.is_symlink() and target.read_text() == "nameserver 10.0.0.2\n"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
