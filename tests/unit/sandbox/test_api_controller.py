"""Who administers a sandbox: whoever has its secret, from programs of this machine, and nobody else."""

from __future__ import annotations

import datetime
import hashlib
import importlib
import json
import stat
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from botocore.auth import HmacV1Auth, S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from moto.backends import get_backend, list_of_moto_modules
from moto.core.base_backend import BackendDict
from raw_requests import HOSTS, ORIGINS, REGION, Raw

from sandbox.api.access import signature
from sandbox.core import client, credentials, daemon
from sandbox.core.settings import PROJECT, Settings


@pytest.fixture(scope="module")
def raw(api):
    s3 = api.client("s3")
    s3.create_bucket(Bucket="mine", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="mine", Key="k", Body=b"value")
    return Raw(api.settings)


# The secret -----------------------------------------------------------------------------------------------


def test_every_sandbox_has_a_secret_of_its_own(tmp_path):
    both = [credentials.ensure(Settings(name, tmp_path / name, 5999, REGION)) for name in ("one", "two")]
    assert both[0].secret_access_key != both[1].secret_access_key
    assert both[0].token != both[1].token
    assert credentials.ensure(Settings("one", tmp_path / "one", 5999, REGION)) == both[0], "it stays"


def test_home_and_secrets_are_their_owners_alone(api):
    home = api.settings.home
    home.chmod(0o755)
    client.environment_of(api.settings)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "credentials.json").stat().st_mode) == 0o600


def test_a_directory_for_everybody_is_no_home(tmp_path):
    tmp_path.chmod(0o1777)
    with pytest.raises(PermissionError, match="RAILYARD_SANDBOX_HOME"):
        Settings("x", tmp_path, 5999, REGION).make_home()
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o1777


def test_environment_file_is_private(own_api):
    variables = {**client.environment_of(own_api.settings), "PATH": "/usr/bin:/bin"}
    up = [sys.executable, "-m", "sandbox", "up", "--api-only"]
    subprocess.run(up, cwd=PROJECT, env=variables, check=True, capture_output=True)
    assert stat.S_IMODE((own_api.settings.home / "env").stat().st_mode) == 0o600


def test_secrets_are_in_no_log_and_no_command_line(api, raw):
    raw.ask("GET", "/mine/k", **raw.signed(S3SigV4Auth(raw.keys, "s3", REGION), "GET", "/mine/k"))
    keys = credentials.ensure(api.settings)
    seen = daemon.log_file(api.settings).read_text() + Path(f"/proc/{api.process.pid}/cmdline").read_text()
    assert keys.secret_access_key not in seen
    assert keys.token not in seen


# Signatures -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "code", "unknown"),
    [
        ("s3", "list_buckets", {}, "SignatureDoesNotMatch", "InvalidAccessKeyId"),
        ("sts", "get_caller_identity", {}, "SignatureDoesNotMatch", "InvalidClientTokenId"),
        ("iam", "list_users", {}, "SignatureDoesNotMatch", "InvalidClientTokenId"),
        ("ec2", "describe_vpcs", {}, "AuthFailure", "AuthFailure"),
        ("ssm", "describe_parameters", {}, "InvalidSignatureException", "UnrecognizedClientException"),
        ("sesv2", "get_account", {}, "InvalidSignatureException", "UnrecognizedClientException"),
        ("route53", "list_hosted_zones", {}, "SignatureDoesNotMatch", "InvalidClientTokenId"),
        ("rds", "describe_db_instances", {}, "SignatureDoesNotMatch", "InvalidClientTokenId"),
        ("dynamodb", "list_tables", {}, "InvalidSignatureException", "UnrecognizedClientException"),
    ],
)
def test_another_secret_is_refused_in_the_words_of_each_service(api, service, operation, arguments, code, unknown):
    getattr(api.client(service), operation)(**arguments)
    for key, expected in ((credentials.ensure(api.settings).access_key_id, code), ("AKIAIOSFODNN7EXAMPLE", unknown)):
        stranger = boto3.client(
            service,
            endpoint_url=api.settings.endpoint,
            region_name=REGION,
            aws_access_key_id=key,
            aws_secret_access_key="sandbox-secret-access-key-that-opens-nothing",
            config=Config(retries={"max_attempts": 1}),
        )
        with pytest.raises(ClientError) as caught:
            getattr(stranger, operation)(**arguments)
        assert caught.value.response["Error"]["Code"] == expected
        assert 'eval "$(python -m sandbox env)"' in caught.value.response["Error"]["Message"]


def test_without_a_signature_people_read_what_to_do(raw):
    status, body, _headers = raw.ask("GET", "/?Action=DescribeVpcs&Version=2016-11-15")
    assert (status, "MissingAuthenticationToken" in body, "python -m sandbox env" in body) == (403, True, True)
    status, body, _headers = raw.ask("POST", "/", b"{}", X_Amz_Target="AmazonSSM.DescribeParameters")
    assert (status, json.loads(body)["__type"]) == (400, "MissingAuthenticationTokenException")
    for path in ("/", "/mine/k"):
        status, body, _headers = raw.ask("GET", path)
        assert (status, "AccessDenied" in body, "python -m sandbox env" in body) == (403, True, True)


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_presigned_urls_of_both_versions(api, raw, version):
    keys = credentials.ensure(api.settings)
    s3 = boto3.client("s3", endpoint_url=api.settings.endpoint, region_name=REGION, **keys.for_boto3(),
                      config=Config(signature_version=version, s3={"addressing_style": "path"}))  # fmt: skip
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "mine", "Key": "k"}, ExpiresIn=60)
    path = url.removeprefix(api.settings.endpoint)
    assert raw.ask("GET", path)[:2] == (200, "value")
    assert raw.ask("DELETE", path)[0] == 403
    assert raw.ask("GET", path.replace("/mine/k", "/mine/x"))[0] == 403
    assert raw.ask("GET", f"{path}&acl")[0] == 403
    assert raw.ask("GET", path, x_amz_acl="public-read")[0] == 403, "a header that the signer did not sign"
    assert raw.ask("GET", f"{path}&encryption")[0] in (400, 403), "what version 2 does not sign"


def test_version_2_in_a_header(raw):
    signed = raw.signed(HmacV1Auth(raw.keys), "GET", "/mine/k")
    assert raw.ask("GET", "/mine/k", **signed)[:2] == (200, "value")
    wrong = raw.signed(HmacV1Auth(Credentials(raw.keys.access_key, "x")), "GET", "/mine/k")
    status, body, _headers = raw.ask("GET", "/mine/k", **wrong)
    assert (status, "SignatureDoesNotMatch" in body) == (403, True)


def test_the_body_is_the_signed_one(raw):
    auth = S3SigV4Auth(raw.keys, "s3", REGION)
    signed = raw.signed(auth, "PUT", "/mine/new", b"one")
    status, body, _headers = raw.ask("PUT", "/mine/new", b"two", **signed)
    assert (status, "XAmzContentSHA256Mismatch" in body) == (400, True)
    assert raw.ask("PUT", "/mine/new", b"one", **signed)[0] == 200
    json_ = {"X-Amz-Target": "AmazonSSM.DescribeParameters", "Content-Type": "application/x-amz-json-1.1"}
    signed = raw.signed(SigV4Auth(raw.keys, "ssm", REGION), "POST", "/", b"{}", **json_)
    assert raw.ask("POST", "/", b"{}", **signed)[0] == 200
    status, body, _headers = raw.ask("POST", "/", b'{"MaxResults": 1}', **signed)
    assert (status, json.loads(body)["__type"]) == (400, "InvalidSignatureException")


@pytest.mark.parametrize(("minutes", "skewed"), [(-16, True), (-14, False), (0, False), (14, False), (16, True)])
def test_clocks_may_differ_by_a_quarter_of_an_hour(minutes, skewed):
    now = datetime.datetime(2026, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
    moment = (now + datetime.timedelta(minutes=minutes)).strftime("%Y%m%dT%H%M%SZ")
    found = signature.Signed("K", moment[:8], REGION, "ssm", ("host",), "0", moment=moment)
    assert signature.skewed(found, now) is skewed


@pytest.mark.parametrize("moment", ["", "yesterday", "20260507T070809Z"])
def test_no_moment_or_that_of_another_day(moment):
    now = datetime.datetime(2026, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
    assert signature.skewed(signature.Signed("K", "20260506", REGION, "ssm", moment=moment), now)


def test_old_signatures_are_refused(raw, monkeypatch):
    old = datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=20)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda remove_tzinfo=True: old.replace(tzinfo=None))
    signed = raw.signed(S3SigV4Auth(raw.keys, "s3", REGION), "GET", "/mine/k")
    status, body, _headers = raw.ask("GET", "/mine/k", **signed)
    assert (status, "RequestTimeTooSkewed" in body) == (403, True)


def test_bodies_in_signed_chunks(raw):
    """As the SDKs of Java, Go and fog send files."""
    content = b"some content"
    auth = S3SigV4Auth(raw.keys, "s3", REGION)
    auth.payload = lambda request: signature.CHUNKS
    more = {"X-Amz-Content-SHA256": signature.CHUNKS, "X-Amz-Decoded-Content-Length": str(len(content)),
            "Content-Encoding": "aws-chunked"}  # fmt: skip
    auth._modify_request_before_signing = lambda request: SigV4Auth._modify_request_before_signing(auth, request)
    headers = raw.signed(auth, "PUT", "/mine/chunks", **more)
    found = signature.read({"HTTP_AUTHORIZATION": headers["Authorization"], "HTTP_X_AMZ_DATE": headers["X-Amz-Date"]})

    def chunk(data: bytes, before: str) -> tuple[bytes, str]:
        text = "\n".join(
            ("AWS4-HMAC-SHA256-PAYLOAD", found.moment, f"{found.date}/{REGION}/s3/aws4_request", before,
             hashlib.sha256(b"").hexdigest(), hashlib.sha256(data).hexdigest())
        )  # fmt: skip
        request = AWSRequest()
        request.context["timestamp"] = found.moment
        made = auth.signature(text, request)
        return f"{len(data):x};chunk-signature={made}\r\n".encode() + data + b"\r\n", made

    first, made = chunk(content, found.signature)
    last, _made = chunk(b"", made)
    status, body, _headers = raw.ask("PUT", "/mine/chunks", (first + last).replace(b"some", b"evil"), **headers)
    assert (status, "SignatureDoesNotMatch" in body) == (403, True)
    assert raw.ask("PUT", "/mine/chunks", first + last, **headers)[0] == 200


def test_users_of_the_account_are_who_they_are(api):
    iam = api.client("iam")
    iam.create_user(UserName="ann")
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    ann = boto3.client("sts", endpoint_url=api.settings.endpoint, region_name=REGION,
                       aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])  # fmt: skip
    assert ann.get_caller_identity()["Arn"].endswith(":user/ann")


# Pages ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["status", "calls", "mail", "mail/1", "nothing", ""])
def test_own_pages_want_the_secret(api, raw, page):
    for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer x"}, {"Authorization": "Bearer \xfc"}):
        status, body, _headers = raw.ask("GET", f"/railyard/{page}", **headers)
        assert (status, "python -m sandbox env" in body) == (401, True)
    assert raw.ask("POST", "/railyard/mail?to=a@b.test", b"Subject: x\r\n\r\n")[0] == 401
    token = credentials.ensure(api.settings).header()
    assert raw.ask("GET", f"/railyard/{page}", **token)[0] in (200, 404)


@pytest.mark.parametrize(
    "path",
    ["/moto-api/", "/moto-api/reset", "/moto-api/data.json", "/moto-api/state-manager/get-transition", "/dashboard",
     "/moto-api/proxy/passthrough", "/moto-api/seed?a=1", "/moto-api/config", "/latest/meta-data/", "/latest/api/token",
     "/favicon.ico", "/static/x", "/robots.txt", "/us-east-1_x/.well-known/jwks.json"],
)  # fmt: skip
def test_pages_of_the_emulator_do_not_exist(api, raw, path):
    vpcs = len(api.client("ec2").describe_vpcs()["Vpcs"])
    for method in ("GET", "POST", "PUT", "DELETE", "HEAD"):
        assert raw.ask(method, path)[0] in (400, 403, 404, 501), method
        signed = raw.signed(S3SigV4Auth(raw.keys, "s3", REGION), method, path)
        status, body, _headers = raw.ask(method, path, **signed)
        assert status in (400, 404, 501) or (method == "PUT" and status < 300), (method, body)
    assert len(api.client("ec2").describe_vpcs()["Vpcs"]) == vpcs
    assert "mine" in {one["Name"] for one in api.client("s3").list_buckets()["Buckets"]}


def test_nothing_of_the_emulator_answers_without_a_signature(raw):
    """Every path of every service that it knows, asked as a web page or a curious program would."""
    asked = 0
    for name in list_of_moto_modules():
        try:
            registry = get_backend(name)
        except AttributeError:
            continue  # a part of the emulator that is no service
        if not isinstance(registry, BackendDict) and name != "moto_api":
            continue
        place = "moto.moto_api._internal.urls" if name == "moto_api" else f"moto.{name}.urls"
        urls = importlib.import_module(place).url_paths
        for path in list(urls)[:6]:
            plain = "".join(part for part in path.replace("{0}", "") if part.isalnum() or part in "/-_.") or "/"
            status, body, headers = raw.ask("GET", plain if plain.startswith("/") else f"/{plain}")
            asked += 1
            assert status in (400, 403, 404, 501), (name, plain, body)
            assert not any(header.startswith("access-control-") for header in headers)
    assert asked > 300


# Web pages ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("host", "served"), HOSTS.items())
def test_hosts_that_are_served(api, raw, host, served):
    host = host.format(port=api.settings.api_port)
    assert (raw.ask("GET", "/railyard/checkip", Host=host)[0] == 200) is served
    request = AWSRequest("GET", f"http://{host or 'x'}/", headers={"Host": host})
    S3SigV4Auth(raw.keys, "s3", REGION).add_auth(request)
    status, body, _headers = raw.ask("GET", "/", **{name: str(value) for name, value in request.headers.items()})
    assert (status == 200) is served
    if not served:
        assert "is no name of this sandbox" in body


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/mine/k"), ("POST", "/"), ("OPTIONS", "/mine/k"), ("GET", "/railyard/checkip")]
)
def test_pages_of_other_origins_are_not_served(raw, method, path, origin):
    signed = raw.signed(S3SigV4Auth(raw.keys, "s3", REGION), method, path)
    status, body, headers = raw.ask(method, path, **signed, Origin=origin)
    assert (status, "no web pages of other origins" in body) == (403, True)
    assert not any(name.startswith("access-control-") for name in headers)


def test_preflights_are_not_answered(raw):
    assert raw.ask("OPTIONS", "/mine/k")[0] == 403
    asks = {"Access-Control-Request-Method": "PUT"}
    assert raw.ask("OPTIONS", "/mine/k", **asks, Origin="https://evil.example")[0] == 403


def test_buckets_in_the_hosts_name(raw):
    for host in (f"mine.s3.{REGION}.amazonaws.com", f"mine.localhost:{raw.settings.api_port}"):
        request = AWSRequest("GET", f"http://{host}/k", headers={"Host": host})
        S3SigV4Auth(raw.keys, "s3", REGION).add_auth(request)
        signed = {name: str(value) for name, value in request.headers.items()}
        assert raw.ask("GET", "/k", **signed)[:2] == (200, "value")
