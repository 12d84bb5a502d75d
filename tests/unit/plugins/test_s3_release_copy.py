"""s3_release_copy: an archive goes from the bucket of one stack to another's as it is, or not at all."""

from __future__ import annotations

import base64
import gzip
import hashlib
from typing import Any

import boto3
import pytest
from ansible_collections.railyard.aws.plugins.modules import s3_release_copy

FROM, TO = "railyard-staging-artifacts", "railyard-artifacts"
KEY = "app/builds/3f2a/Debian-12-x86_64-0123456789abcdef.tar.gz"
OTHER = "app/builds/3f2a/Debian-13-x86_64-fedcba9876543210.tar.gz"
BUILD = b"what was built"
ACCOUNT = "123456789012"


@pytest.fixture
def s3(aws) -> Any:
    client = boto3.client("s3")
    for bucket in (FROM, TO):
        client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    return client


@pytest.fixture
def copy(s3, run_module):
    given = {"from_bucket": FROM, "to_bucket": TO, "key": KEY, "account_id": ACCOUNT}
    return lambda **more: run_module(s3_release_copy, **{**given, **more})


def store(s3: Any, key: str = KEY, body: bytes = BUILD, said: bytes | None = None) -> str:
    """As a server stores a build: S3 computes the checksum of what comes."""
    sha256 = hashlib.sha256(body if said is None else said).hexdigest()
    checksum = base64.b64encode(hashlib.sha256(body).digest()).decode()
    s3.put_object(Bucket=FROM, Key=key, Body=body, ChecksumSHA256=checksum, Metadata={"sha256": sha256})
    return sha256


def keys(s3: Any, bucket: str = TO) -> list[str]:
    return [one["Key"] for one in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def test_a_build_comes_with_what_tells_that_it_is_whole(s3, copy) -> None:
    sha256 = store(s3)
    result = copy()
    assert result.get("sha256") == sha256, result
    found = s3.get_object(Bucket=TO, Key=KEY)
    assert (found["Body"].read(), found["Metadata"]) == (BUILD, {"sha256": sha256})


def test_one_that_is_there_is_left_as_it_is(s3, copy) -> None:
    store(s3)
    assert copy()["changed"]
    again = copy()
    assert (again["changed"], again["exists"]) == (False, True)


def test_check_mode_copies_nothing(s3, copy) -> None:
    store(s3)
    assert copy(check=True)["changed"]
    assert keys(s3) == []


def test_one_that_was_changed_is_refused(s3, copy) -> None:
    store(s3, said=b"what was built then")
    message = copy()["msg"]
    assert f"s3://{FROM}/{KEY} was stored as " in message and ", and is " in message
    assert f"aws s3 rm s3://{FROM}/{KEY}" in message
    assert keys(s3) == []


def test_one_without_a_checksum_is_refused(s3, copy) -> None:
    s3.put_object(Bucket=FROM, Key=KEY, Body=BUILD)
    assert "was stored as nothing" in copy()["msg"]


def test_a_missing_one_is_told_with_those_that_there_are(s3, copy) -> None:
    store(s3, OTHER)
    assert OTHER in copy()["msg"]
    result = copy(missing_ok=True)
    assert (result["changed"], result["exists"], result["there"]) == (False, False, [OTHER])


def test_a_source_archive_has_to_hold_what_its_revision_says(s3, copy) -> None:
    content = b"files" * 1_000_000
    revision = hashlib.sha256(content).hexdigest()
    for held, good in ((content, True), (b"others", False)):
        key = f"app/releases/{held[:5].decode()}.tar.gz"
        s3.put_object(Bucket=FROM, Key=key, Body=gzip.compress(held))
        if good:
            assert copy(key=key, revision=revision)["changed"]
        else:
            assert "and not what its name says" in copy(key=key, revision=revision)["msg"]
    s3.put_object(Bucket=FROM, Key="app/releases/x.tar.gz", Body=b"no gzip")
    assert "is no archive" in copy(key="app/releases/x.tar.gz", revision=revision)["msg"]
    assert keys(s3) == ["app/releases/files.tar.gz"]


def test_a_bucket_that_is_not_there_is_said(s3, copy) -> None:
    store(s3)
    assert f"s3://{FROM}/{KEY} could not be copied to nobodys" in copy(to_bucket="nobodys")["msg"]


def test_every_question_names_the_account(s3, copy, monkeypatch) -> None:
    """The emulator has one account; AWS refuses a bucket of another where it is told whose it has to be."""
    store(s3)
    asked: list[tuple[str, dict[str, Any]]] = []
    real = s3_release_copy.run

    def watched(client: Any, wanted: dict[str, Any], check_mode: bool) -> dict[str, Any]:
        client.client.meta.events.register(
            "provide-client-params.s3", lambda params, model, **_: asked.append((model.name, params))
        )
        return real(client, wanted, check_mode)

    monkeypatch.setattr(s3_release_copy, "run", watched)
    assert copy()["changed"]
    assert {"HeadObject", "CopyObject"} <= {name for name, _params in asked}
    assert [name for name, params in asked if params.get("ExpectedBucketOwner") != ACCOUNT] == []
