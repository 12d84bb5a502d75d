"""The module s3_presigned_url: what it signs is read back through an emulated S3."""

from __future__ import annotations

import hashlib
import urllib.request
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from ansible_collections.railyard.aws.plugins.modules import s3_presigned_url
from moto.server import ThreadedMotoServer

WHERE = {"bucket": "railyard-artifacts", "key": "ruby/2.6.6/a+b.tar.gz"}


@pytest.fixture
def account(monkeypatch):
    """Credentials, and an endpoint that must not be the one that is signed for."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing0testing0")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing0testing0testing0")
    monkeypatch.setenv("AWS_REGION", "ap-northeast-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def test_signs_for_the_regions_own_address(account, run_module):
    result = run_module(s3_presigned_url, expires=60, **WHERE)
    url = urlsplit(result["url"])
    assert (url.scheme, url.netloc) == ("https", "s3.ap-northeast-1.amazonaws.com")
    assert url.path == "/railyard-artifacts/ruby/2.6.6/a%2Bb.tar.gz"
    query = parse_qs(url.query)
    assert query["X-Amz-Expires"] == ["60"]
    assert query["X-Amz-Credential"][0].startswith("testing0testing0/")
    assert query["X-Amz-Credential"][0].endswith("/ap-northeast-1/s3/aws4_request")
    assert result["changed"] is False


def test_temporary_credentials_are_signed_with_their_token(account, run_module, monkeypatch):
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token0token0token0")
    query = parse_qs(urlsplit(run_module(s3_presigned_url, **WHERE)["url"]).query)
    assert query["X-Amz-Security-Token"] == ["token0token0token0"]


def test_check_mode_makes_no_difference(account, run_module):
    assert run_module(s3_presigned_url, check=True, **WHERE)["url"].startswith("https://s3.ap-northeast-1.")


@pytest.fixture
def s3(account):
    """A client of an emulated S3 that has the bucket."""
    server = ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    client = boto3.client("s3", endpoint_url=f"http://{host}:{port}")
    client.create_bucket(Bucket=WHERE["bucket"], CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    yield client
    urllib.request.urlopen(
        urllib.request.Request(f"{client.meta.endpoint_url}/moto-api/reset", method="POST"), timeout=10
    ).close()
    server.stop()


def test_what_is_signed_can_be_read_without_credentials(s3, run_module):
    endpoint = s3.meta.endpoint_url
    s3.put_object(Bucket=WHERE["bucket"], Key=WHERE["key"], Body=b"archive")
    result = run_module(s3_presigned_url, reader_endpoint=f"{endpoint}/", **WHERE)
    assert result["url"].startswith(f"{endpoint}/railyard-artifacts/") and result["headers"] == {}
    with urllib.request.urlopen(result["url"], timeout=10) as answer:
        assert answer.read() == b"archive"


def test_what_is_signed_can_be_written_and_says_its_digest(s3, run_module):
    digest = hashlib.sha256(b"built").hexdigest()
    result = run_module(s3_presigned_url, method="put", sha256=digest, reader_endpoint=s3.meta.endpoint_url, **WHERE)
    request = urllib.request.Request(result["url"], data=b"built", headers=result["headers"], method="PUT")
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 200
    found = s3.get_object(Bucket=WHERE["bucket"], Key=WHERE["key"])
    assert (found["Body"].read(), found["Metadata"]) == (b"built", {"sha256": digest})


def test_the_content_is_a_part_of_what_is_signed_for_writing(account, run_module):
    digest = hashlib.sha256(b"built").hexdigest()
    result = run_module(s3_presigned_url, method="put", sha256=digest, **WHERE)
    (names,) = parse_qs(urlsplit(result["url"]).query)["X-Amz-SignedHeaders"]
    assert names == "content-type;host;x-amz-checksum-sha256;x-amz-meta-sha256"
    assert set(result["headers"]) == {"content-type", "x-amz-checksum-sha256", "x-amz-meta-sha256"}


@pytest.mark.parametrize("digest", ["", "9f86", "G" * 64])
def test_only_a_digest_is_signed_for_writing(account, run_module, digest):
    result = run_module(s3_presigned_url, method="put", sha256=digest, **WHERE)
    assert result["failed"] is True and f"sha256 is '{digest}'; write the 64 hexadecimal digits" in result["msg"]


@pytest.mark.parametrize("expires", [0, 604801])
def test_aws_would_refuse_such_an_expiry(account, run_module, expires):
    result = run_module(s3_presigned_url, expires=expires, **WHERE)
    assert result["failed"] is True
    assert result["msg"] == f"expires is {expires}; write a number of seconds from 1 to 604800 (7 days)."


def test_an_impossible_endpoint_is_told(account, run_module):
    result = run_module(s3_presigned_url, reader_endpoint="nonsense", **WHERE)
    assert result["failed"] is True and "Cannot sign" in result["msg"]


def test_without_credentials_it_says_so(account, run_module, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    result = run_module(s3_presigned_url, **WHERE)
    assert result["failed"] is True and "Unable to locate credentials" in result["msg"]
