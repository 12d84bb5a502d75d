"""A promotion: what another environment runs is read from the account; what cannot be promoted is refused in words."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.unit.plugins.role_variables import computed

PROJECT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
REVISION = "3f2a91c07d5544b8a3a1f0e8c1d2b3a4c5d6e7f8"
RELEASE = {
    "name": REVISION[:12],
    "revision": REVISION,
    "source": "https://git.example.com/shop.git",
    "kind": "git",
    "contract": "rails",
    "adapter": "mysql2",
    "ruby": "ruby 3.3.8 x86_64-linux-gnu",
    "at": "2026-11-24T04:00:00+00:00",
    "by": "kim@laptop",
}


@pytest.fixture(scope="module")
def account() -> Iterator[dict[str, str]]:
    """An account that nothing is in but staging's record."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _host, port = server.get_host_and_port()
    given = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "testing0testing0",
        "AWS_SECRET_ACCESS_KEY": "testing0testing0testing0",
        "AWS_REGION": "ap-northeast-1",
    }
    boto3.client(
        "ssm",
        endpoint_url=given["AWS_ENDPOINT_URL"],
        region_name=given["AWS_REGION"],
        aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
    ).put_parameter(Name="/railyard-staging/app/release", Type="String", Value=json.dumps({"releases": [RELEASE]}))
    yield given
    server.stop()


def promoted(home: Path, *arguments: str, **environment: str) -> str:
    """What the playbook says on its way to where it has to end: there is no server."""
    done = subprocess.run(
        [
            *(str(BIN / "ansible-playbook"), "playbooks/promote.yml", "-i", "inventory/localhost.yml"),
            *("-i", "inventory/groups.yml", *arguments),
        ],
        cwd=PROJECT,
        env={
            "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"),
            "ANSIBLE_NOCOLOR": "1",
            "PATH": f"{BIN}:/usr/bin:/bin",
            "HOME": str(home),
            **environment,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode != 0, done.stdout
    return " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("chosen", "arguments", "says"),
    [
        ("", ("-e", "from=staging"), "RAILYARD_ENVIRONMENT is not set, and a release is promoted from one environment"),
        ("production", (), "from is '', and has to name the environment whose release is wanted"),
        ("production", ("-e", "from=production"), "from is 'production', which is this environment itself"),
        ("production", ("-e", "from=stagin"), "there is no environments/stagin.yml"),
        (
            "production",
            ("-e", "from=staging", "-e", "railyard_app_release_parameter=/one/for/all"),
            "The release record '/one/for/all' or the bucket 'railyard-staging-artifacts-{account}-",
        ),
    ],
)
def test_what_is_no_promotion_is_refused(tmp_path: Path, chosen: str, arguments: tuple[str, ...], says: str) -> None:
    chosen_by = {"RAILYARD_ENVIRONMENT": chosen} if chosen else {}
    assert says in promoted(tmp_path, *arguments, **chosen_by)


def test_an_environment_that_runs_nothing_is_told_with_the_account(account: dict[str, str], tmp_path: Path) -> None:
    text = promoted(tmp_path, "-e", "from=production", RAILYARD_ENVIRONMENT="staging", **account)
    assert "production has no release: account 123456789012 has no '/railyard/app/release' in ap-northeast-1." in text
    assert "RAILYARD_ENVIRONMENT=production ansible-playbook playbooks/deploy.yml" in text


def test_what_the_other_one_runs_is_read_from_the_account(account: dict[str, str], tmp_path: Path) -> None:
    text = promoted(tmp_path, "-e", "from=staging", RAILYARD_ENVIRONMENT="production", **account)
    assert f"staging runs {REVISION[:12]} of https://git.example.com/shop.git since 2026-11-24" in text
    # On to deploy.yml, which finds no servers here.
    assert "No running jump host of stack 'railyard' was found" in text


PROMOTION = {
    **{key: value for key, value in RELEASE.items() if key not in ("at", "by")},
    "environment": "staging",
    "bucket": "railyard-staging-artifacts-{account}-ap-northeast-1",
}
STATE: dict[str, Any] = {
    "app_stack": "railyard",
    "app_fresh": True,
    "ansible_facts": {
        "distribution": "Debian",
        "distribution_major_version": "12",
        "distribution_version": "12",
        "architecture": "x86_64",
    },
    "__app_gathered": {"account_id": "123456789012"},
    "__app_record": {"current": {"name": "before"}, "history": [{"name": "before"}]},
    "__app_state": {"stdout_lines": ["absent", "ruby 3.3.8 x86_64-linux-gnu development:test /bundle "]},
    "__app_refs": {"revision": "9" * 40},
    "app_source": "https://git.example.com/other.git",
}


def test_the_promoted_release_is_the_one_that_is_wanted() -> None:
    names = [
        "__app_wanted",
        "__app_resolve",
        "__app_is_unread",
        "__app_promoted_from",
        "__app_build_key",
        "__app_ruby_here",
    ]
    with_it, without = computed("app", names, [{**STATE, "app_promotion": PROMOTION}, STATE])
    assert with_it["__app_wanted"] == PROMOTION
    assert not with_it["__app_resolve"] and not with_it["__app_is_unread"]
    assert with_it["__app_promoted_from"] == "railyard-staging-artifacts-123456789012-ap-northeast-1"
    assert with_it["__app_build_key"].startswith(f"app/builds/{REVISION}/Debian-12-x86_64-")
    assert with_it["__app_ruby_here"] == "ruby 3.3.8 x86_64-linux-gnu"
    assert without["__app_wanted"]["revision"] == "9" * 40 and without["__app_resolve"]


def test_names_of_the_environment_are_those_that_the_release_was_read_to_have() -> None:
    found = computed(
        "app",
        ["__app_contract", "__app_adapter"],
        [
            {**STATE, "app_promotion": PROMOTION},
            {**STATE, "app_promotion": PROMOTION, "app_database_engine": "postgres"},
        ],
    )
    assert [one["__app_contract"] for one in found] == ["rails", "rails"]
    # The database here speaks otherwise: what the record says of it does not count.
    assert [one["__app_adapter"] for one in found] == ["mysql2", "postgresql"]
