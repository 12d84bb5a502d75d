"""The sample application on Debian's Rails, on real servers, and the smoke test that tells which of them is broken."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.request import urlopen

import pytest
from ansible.module_utils.testing import patch_module_args

from tests.integration.sample_app import smoke_role, tiers
from tests.integration.sample_app.site import APPLICATION, NOT_COPIED, Site

SERVERS = ["web01", "web02"]


@pytest.fixture
def short():
    """A directory whose path is short enough for a socket in it."""
    with tempfile.TemporaryDirectory(prefix="app") as name:
        yield Path(name)


@pytest.fixture(scope="module")
def site():
    with tempfile.TemporaryDirectory(prefix="app") as name:
        made = Site(Path(name))
        try:
            yield made
        finally:
            made.stop()


@pytest.fixture
def smoke_test(site, monkeypatch):
    """``smoke_test(**arguments)`` runs the module against the site and returns its result."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", site.bucket.endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing0testing0")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing0testing0testing0")
    monkeypatch.setenv("AWS_REGION", tiers.REGION)

    def run(**arguments) -> dict:
        given = {
            "url": site.proxy.url,
            "servers": SERVERS,
            "domain": tiers.DOMAIN,
            "mail_bucket": tiers.BUCKET,
            "uploads_bucket": tiers.BUCKET,
            "mail_required": True,
            "shards": tiers.SHARDS,
            "timeout": 25,
            **arguments,
        }
        out = io.StringIO()
        with patch_module_args(given), monkeypatch.context() as patch, pytest.raises(SystemExit):
            patch.setattr(sys, "stdout", out)
            smoke_role.module.main()
        return json.loads(out.getvalue())

    return run


def test_the_applications_own_tests_pass(short):
    root = short / "app"
    shutil.copytree(APPLICATION, root, ignore=NOT_COPIED)
    environment = {**os.environ, "RAILS_ENV": "test", "BUNDLE_GEMFILE": str(root / "gemfiles" / "test.gemfile")}
    for command in (["bundle", "lock", "--local"], ["bin/rails", "db:migrate"], ["bin/rails", "test"]):
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 failures, 0 errors, 0 skips" in done.stdout


def test_every_tier_is_proved_and_nothing_stays(site, smoke_test):
    result = smoke_test()
    assert not result.get("failed"), result
    assert result["unproved"] == []
    assert len(result["proved"]) == 7
    told = result["tiers"]["web02"]
    assert told["cache"]["detail"] == {"mode": "cluster", "shards": tiers.SHARDS, "slots": 16384}
    assert told["database"]["detail"]["tls"]
    assert site.bucket.keys() == []
    assert site.database.sql("select count(*) from sample_app.users") == "0\n"
    assert site.database.sql("select count(*) from sample_app.microposts") == "0\n"


def test_pages_are_kept_in_the_cache(site):
    def keys() -> str:
        return "".join(site.cache.cli("-p", str(port), "keys", "sample_app/*") for port in site.cache.ports)

    urlopen(site.proxy.url).read()
    assert "feed" in keys()


def test_a_cache_of_one_shard_too_few_is_named(smoke_test):
    result = smoke_test(shards=tiers.SHARDS + 1)
    assert result["broken"] == ["cache"]
    assert "3 of 4 shards" in result["msg"]


def test_broken_mail_is_named(site, smoke_test):
    site.post.password = "another"
    try:
        result = smoke_test()
    finally:
        site.post.password = tiers.SMTP_PASSWORD
    assert result["broken"] == ["mail"]
    assert "login refused" in result["msg"]
    assert "--tags ses,app" in result["msg"]


def test_mail_that_does_not_arrive_is_named(smoke_test):
    result = smoke_test(mail_prefix="elsewhere/", timeout=2)
    assert result["broken"] == ["mail"]
    assert "not received in 2 s" in result["msg"]


def test_a_missing_bucket_is_named(site, smoke_test):
    site.bucket.remove()
    try:
        result = smoke_test()
    finally:
        site.bucket.create()
    assert result["broken"] == ["uploads"]
    assert "there is no such bucket (seen by web01, web02)" in result["msg"]


def test_a_broken_database_is_named(site, smoke_test):
    site.database.stop()
    try:
        result = smoke_test()
    finally:
        site.database.start()
    assert result["broken"] == ["database"]
    assert "--tags security,rds,route53,app" in result["msg"]


def test_a_database_without_tls_is_named(site, smoke_test):
    """The certificate of another authority: the application does not talk to it."""
    site.database.stop()
    other = tiers.Certificates(site.home / "other")
    site.database.serve(other)
    try:
        result = smoke_test()
    finally:
        site.database.stop()
        site.database.serve(site.certificates)
    assert result["broken"] == ["database"]
    assert "TLS failed" in result["msg"]


def test_it_has_healed(smoke_test):
    assert not smoke_test().get("failed")


def test_a_lost_shard_is_named(site, smoke_test):
    site.cache.stop_shard()
    result = smoke_test()
    assert result["broken"] == ["cache"]
    assert "--tags security,elasticache,app" in result["msg"]


def test_pages_come_without_the_cache(site):
    site.cache.stop()
    assert urlopen(site.proxy.url).status == 200


def test_a_lost_server_is_named(site, smoke_test):
    site.programs["web02"].stop()
    result = smoke_test(timeout=3)
    assert result["broken"] == ["server"]
    assert "Server web02 is broken: HTTP 503" in result["msg"]
    assert "--limit web02" in result["msg"]


def test_lost_servers_are_named_as_one(site, smoke_test):
    site.programs["web01"].stop()
    result = smoke_test(timeout=3)
    assert result["broken"] == ["application"]


def test_a_lost_load_balancer_is_named(site, smoke_test):
    site.proxy.stop()
    result = smoke_test(timeout=1)
    assert result["broken"] == ["load balancer"]
