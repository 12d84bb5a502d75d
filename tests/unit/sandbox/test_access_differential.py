"""Odd requests of a server's role: what was decided about one is what the emulator does, and nothing else.

The requests are put together at random from parts that made the two disagree: second credentials, paths and hosts of
other services, actions and parameters in places where only one of them looked. The role may sign what it likes.
"""

from __future__ import annotations

import gzip
import io
import json
import random
from urllib.parse import parse_qsl, unquote_to_bytes

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.core.base_backend import BackendDict
from moto.core.responses import BaseResponse
from moto.iam.models import iam_backends
from moto.s3.models import s3_backends
from moto.s3.responses import S3Response
from moto.ssm.models import ssm_backends
from moto.sts.models import sts_backends

from sandbox.api.access.canonical import DECIDED
from sandbox.api.gateway import VPC
from sandbox.api.server import Api
from sandbox.api.state import Gate
from sandbox.core.settings import Settings
from sandbox.services.s3.request import S3Request

REGION, ACCOUNT, CANARY = "ap-northeast-1", "123456789012", "canary-of-somebody-else"
TRUST = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}
#: Little, and some things that no server has, which the emulator took for others.
LITTLE = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::uploads/mine/*"},
        {
            "Effect": "Allow",
            "Action": ["s3:PutBucketAcl", "s3:GetMetricsConfiguration", "s3:GetObjectRetention"],
            "Resource": ["arn:aws:s3:::uploads", "arn:aws:s3:::uploads/*", "arn:aws:s3:::v20180820/*"],
        },
        {
            "Effect": "Allow",
            "Action": ["ssm:GetParameter", "ssm:PutParameter"],
            "Resource": f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/mine/*",
        },
        {
            "Effect": "Allow",
            "Action": ["s3express:*", "s3-outposts:*", "execute-api:*", "sqs:*", "sns:*", "ses:*"],
            "Resource": "*",
        },
    ],
}
EVERYTHING = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}


@pytest.fixture(scope="module")
def account(tmp_path_factory):
    found = Account(Settings("odd", tmp_path_factory.mktemp("home"), 5999, REGION))
    yield found
    BackendDict.reset()


class Account:
    """Two roles, what one of them may read, and what it may not."""

    def __init__(self, settings: Settings) -> None:
        self.api = Api(Gate(), lambda: None, dict, settings)
        iam = iam_backends[ACCOUNT]["aws"]
        self.sessions = {}
        for name, policy in (("little", LITTLE), ("everything", EVERYTHING)):
            role = iam.create_role(name, json.dumps(TRUST), "/", None, "", [], "3600")
            iam.put_role_policy(name, "own", json.dumps(policy))
            session = sts_backends[ACCOUNT]["aws"].assume_role(REGION, "odd", role.arn, None, 3600, "")
            self.sessions[name] = Credentials(session.access_key_id, session.secret_access_key, session.session_token)
        s3 = s3_backends[ACCOUNT]["aws"]
        for bucket in ("uploads", "others"):
            s3.create_bucket(bucket, REGION)
        s3.put_object("uploads", "mine/k", b"mine")
        s3.put_object("uploads", "theirs", CANARY.encode())
        s3.put_object("others", "there", CANARY.encode())
        for region in (REGION, "us-east-1"):
            for name in ("/theirs/p", "/mine/p") if region != REGION else ("/theirs/p",):
                self._parameter(name, CANARY, region)
        self._parameter("/mine/p", "mine", REGION)
        self.before = self.state()

    @staticmethod
    def _parameter(name: str, value: str, region: str) -> None:
        ssm_backends[ACCOUNT][region].put_parameter(
            name=name,
            description="",
            value=value,
            parameter_type="String",
            allowed_pattern="",
            keyid=None,
            overwrite=True,
            tags=[],
            data_type="text",
            tier="Standard",
            policies=None,
        )

    def state(self) -> dict:
        """What the role may not change."""
        s3 = s3_backends[ACCOUNT]["aws"]
        return {
            "buckets": sorted(s3.buckets),
            "policies": [bucket.policy for bucket in s3.buckets.values()],
            "blocks": [bool(bucket.public_access_block) for bucket in s3.buckets.values()],
            "keys": [
                (name, key, bucket.keys[key].value)
                for name, bucket in s3.buckets.items()
                for key in bucket.keys
                if not key.startswith("mine/")
            ],
            "parameters": [
                (region, name, ssm_backends[ACCOUNT][region].get_parameter(name).value)
                for region, name in ((REGION, "/theirs/p"), ("us-east-1", "/theirs/p"), ("us-east-1", "/mine/p"))
            ],
            "users": sorted(user.name for user in iam_backends[ACCOUNT]["aws"].users.values()),
            "roles": sorted(role.name for role in iam_backends[ACCOUNT]["aws"].roles.values()),
        }

    def ask(self, environ: dict) -> tuple[int, str]:
        answered: list[str] = []
        body = b"".join(self.api(environ, lambda status, headers, more=None: answered.append(status)))
        return int(answered[0].split()[0]), body.decode("utf-8", "replace")


# Requests -------------------------------------------------------------------------------------------------

SERVICES = (
    "s3",
    "s3",
    "s3",
    "ssm",
    "ssm",
    "iam",
    "ec2",
    "sts",
    "route53",
    "ses",
    "s3express",
    "s3-outposts",
    "execute-api",
    "sqs",
    "sns",
    "monitoring",
    "S3",
    "ssm.x",
    "moto_api",
)
PATHS = (
    "/",
    "/",
    "/others/there",
    "/uploads/mine/k",
    "/uploads/theirs",
    "/uploads",
    "/uploads/",
    "/others?x",
    "//others/there",
    "/uploads/mine/../../others/there",
    "/uploads/mine/%2e%2e/theirs",
    "/uploads%2Fmine/k",
    "/uploads/mine%2Fk",
    "/v20180820/configuration/publicAccessBlock",
    "/v20180820/accesspoint",
    "/moto-api/reset",
    "/moto-api/data.json",
    "/latest/meta-data/iam/security-credentials/",
    "/2013-04-01/hostedzone",
    "/v2/email/identities",
    "/uploads/mine/x.us-east-1.amazonaws.com",
    "/ssm_us-east-1/",
)
QUERIES = (
    "",
    "",
    "acl",
    "policy",
    "acl&policy",
    "metrics",
    "delete",
    "uploads",
    "uploadId=",
    "tagging",
    "retention",
    "versionId=null",
    "list-type=2",
    "Action=GetParameter&Name=/theirs/p",
    "Action=CreateUser&UserName=mallory&Version=2010-05-08",
    "Action=GetCallerIdentity&Version=2011-06-15",
    "Action=ListRoles&Action=GetCallerIdentity",
    "Name=/theirs/p",
    "x=.us-east-1.amazonaws.com",
    "Version=2010-05-08",
    "publicAccessBlock",
    "key=theirs",
)
METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD")
TARGETS = (
    "",
    "",
    "AmazonSSM.GetParameter",
    "AmazonSSM.PutParameter",
    "AmazonSSM.GetParameter.DeleteParameter",
    "AmazonSSM.GetParameter,AmazonSSM.DeleteParameter",
    "secretsmanager.GetSecretValue",
    "x.GetUser",
)
TYPES = (
    "",
    "application/x-amz-json-1.1",
    "application/x-www-form-urlencoded",
    "APPLICATION/X-WWW-FORM-URLENCODED",
    "multipart/form-data; boundary=b",
    "text/plain",
)
BODIES = (
    b"",
    b'{"Name": "/mine/p"}',
    b'{"Name": "/theirs/p"}',
    b'{"Name": "/mine/p", "x": "&Name=/theirs/p&Action=GetParameter&"}',
    b'{"Name": "/mine/n", "Value": "&Action=DeleteParameter&Name=/theirs/p&", "Type": "String", "Overwrite": true}',
    '{"Name": "/theirs/p"}'.encode("utf-16"),
    b'{"Name": "/mine/p", "Name": "/theirs/p"}',
    b"Action=GetParameter&Name=/theirs/p",
    b"Action=CreateUser&UserName=mallory&Version=2010-05-08",
    b"Action=GetCallerIdentity&Action=CreateUser&UserName=mallory",
    b"<Delete><Object><Key>theirs</Key></Object></Delete>",
    b"--b\r\nContent-Disposition: form-data; name=Action\r\n\r\nCreateUser\r\n"
    b"--b\r\nContent-Disposition: form-data; name=UserName\r\n\r\nmallory\r\n--b--\r\n",
    b"--b\r\nContent-Disposition: form-data; name=key\r\n\r\ntheirs\r\n"
    b"--b\r\nContent-Disposition: form-data; name=file; filename=f\r\n\r\nmine now\r\n--b--\r\n",
    gzip.compress(b'{"Name": "/theirs/p"}'),
)
EXTRAS = (
    {"X-Amz-Copy-Source": "/others/there"},
    {"X-Amz-Copy-Source": "others/there?versionId=null"},
    {"X-Amz-Copy-Source": "//uploads/others/there"},
    {"X-Amz-Copy-Source": "uploads/mine/k%3FversionId=x"},
    {"X-Amz-Acl": "public-read"},
    {"Content-Encoding": "gzip"},
    {"User-Agent": "x region/us-east-1"},
    {"X-Moto-Account-Id": "210987654321"},
    {"Action": "CreateUser", "Username": "mallory"},
    {"X-Amz-Account-Id": ACCOUNT},
    {"Transfer-Encoding": "chunked"},
)
SECOND = "AWS4-HMAC-SHA256 Credential=A/20260101/ap-northeast-1/{}/aws4_request, SignedHeaders=host, Signature=0"
#: Added after signing: another credential, of a kind that only one of the two looked at.
SECONDS = (
    {"HTTP_AUTHORIZATION": f"X Credential=A/20260101/{REGION}/iam/aws4_request"},
    {"HTTP_AUTHORIZATION": SECOND.format("ssm")},
    {"HTTP_AUTHORIZATION": "Bearer x"},
    {"QUERY": "X-Amz-Credential=A%2F20260101%2Fus-east-1%2Fiam%2Faws4_request"},
    {"QUERY": "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE"},
    {"QUERY": "Action=CreateUser&UserName=mallory"},
    {"HTTP_X_AMZ_TARGET": "AmazonSSM.DeleteParameter"},
)
HOSTS = (
    "127.0.0.1:5999",
    "localhost:5999",
    "others.localhost:5999",
    f"s3.{REGION}.amazonaws.com",
    "iam.amazonaws.com",
    f"others.s3.{REGION}.amazonaws.com",
    f"ssm.{REGION}.amazonaws.com",
    "ssm.us-east-1.amazonaws.com",
)


#: From which odd requests differ a little: (service, method, path, query, target, type, body).
_JSON, _FORM = TYPES[1], TYPES[2]
BASES = (
    ("s3", "GET", "/uploads/mine/k", "", "", "", b""),
    ("s3", "PUT", "/uploads/mine/k", "", "", "", b"mine"),
    ("s3", "PUT", "/uploads", "acl", "", "", b"<AccessControlPolicy/>"),
    ("ssm", "POST", "/", "", TARGETS[2], _JSON, BODIES[1]),
    ("ssm", "POST", "/", "", TARGETS[2], _JSON, BODIES[3]),
    ("ssm", "POST", "/", "", TARGETS[3], _JSON, BODIES[4]),
    ("sts", "POST", "/", "", "", _FORM, b"Action=GetCallerIdentity&Version=2011-06-15"),
    ("sts", "GET", "/", "Action=GetCallerIdentity&Version=2011-06-15", "", "", b""),
    ("ses", "GET", "/v2/email/identities", "", "", "", b""),
    ("sns", "POST", "/", "", "", _FORM, b"Action=ListTopics&Version=2010-03-31"),
)


def odd(dice: random.Random, keys: Credentials) -> dict:
    """A request as the server hands it on."""
    others = (SERVICES, METHODS, PATHS, QUERIES, TARGETS, TYPES, BODIES)
    odds = dice.choice((0.05, 0.15, 0.3, 1.0))
    service, method, path, query, target, kind, body = (
        dice.choice(all_) if dice.random() < odds else one for one, all_ in zip(dice.choice(BASES), others, strict=True)
    )
    extra = dict(dice.choice(EXTRAS)) if dice.random() < 2 * odds else {}
    host = dice.choice(HOSTS) if dice.random() < odds else HOSTS[0]
    if target:
        extra["X-Amz-Target"] = target
    if kind:
        extra["Content-Type"] = kind
    region = "us-east-1" if dice.random() < odds else REGION
    kinds = (S3SigV4Auth, S3SigV4QueryAuth) if service == "s3" else (SigV4Auth, SigV4QueryAuth)
    signer = dice.choice((kinds[0], kinds[0], kinds[0], kinds[1]))(keys, service, region)
    url = f"http://{host}{path}" + (f"{'&' if '?' in path else '?'}{query}" if query else "")
    in_query = isinstance(signer, SigV4QueryAuth)
    if in_query and service != "s3":
        body = b""  # of which such a signature is
    request = AWSRequest(method, url, headers={"Host": host, **extra}, data=b"" if in_query else body)
    if in_query:
        request.headers = type(request.headers)()  # it takes every header into the query
        request.headers["Host"] = host
    signer.add_auth(request)
    if in_query:
        for name, value in extra.items():
            request.headers[name] = value
    sent = request.prepare()
    raw = sent.url.partition("://")[2].partition("/")[2]
    fields = {}
    for name, value in sent.headers.items():
        key = name.upper().replace("-", "_")
        fields[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = (
            value.decode() if isinstance(value, bytes) else str(value)
        )
    path, _mark, query = f"/{raw}".partition("?")
    if "HTTP_TRANSFER_ENCODING" in fields:
        fields["wsgi.input_terminated"] = True
        fields.pop("CONTENT_LENGTH", None)
    else:
        fields["CONTENT_LENGTH"] = str(len(body))
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "5999",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input": io.BytesIO(body),
        "HTTP_HOST": host,
        **fields,
    }
    second = dict(dice.choice(SECONDS)) if dice.random() < 2 * odds else {}
    if more := second.pop("QUERY", ""):
        query = f"{query}&{more}" if query else more
    environ |= second
    if host.endswith("amazonaws.com") and dice.random() < 0.5:
        environ[VPC] = "vpc-1"
    environ["PATH_INFO"] = _decoded(path)
    environ["QUERY_STRING"] = query
    environ["RAW_URI"] = environ["REQUEST_URI"] = f"{path}?{query}" if query else path
    return environ


def _decoded(path: str) -> str:
    return unquote_to_bytes(path).decode("latin-1")


@pytest.mark.parametrize("seed", range(3))
def test_a_role_reads_and_changes_nothing_of_others(account, seed):
    dice = random.Random(seed)
    allowed = 0
    for number in range(400):
        environ = odd(dice, account.sessions["little"])
        told = {name: value for name, value in environ.items() if isinstance(value, str)}
        status, body = account.ask(environ)
        allowed += status == 200
        assert CANARY not in body, (number, told)
        assert account.state() == account.before, (number, status, told)
    assert allowed > 3, "nothing at all was let through"


@pytest.mark.parametrize("seed", range(100, 103))
def test_the_emulator_does_what_was_decided(account, seed, monkeypatch):
    """A role that may do everything gets every odd request as far as the emulator, which only says what it would do."""
    seen: list[BaseResponse] = []

    def say(self, *_unused):
        seen.append(self)
        return 200, {}, ""

    def say_for_s3(self, request, full_url, headers):
        self.setup_class(request, full_url, headers)
        self.kind = "object" if self.parse_key_name() and self.bucket_name else "bucket"
        return say(self)

    monkeypatch.setattr(BaseResponse, "call_action", say)
    for name in ("bucket_response", "key_response"):
        monkeypatch.setattr(S3Response, name, say_for_s3)
    dice = random.Random(seed)
    compared = 0
    for number in range(400):
        environ = odd(dice, account.sessions["everything"])
        told = (number, {name: value for name, value in environ.items() if isinstance(value, str)})
        seen.clear()
        account.ask(environ)
        if not seen:
            continue
        (response,), decided = seen, environ[DECIDED]
        compared += 1
        assert response.get_access_key() == account.sessions["everything"].access_key, told
        assert response.get_current_account() == ACCOUNT, told
        if isinstance(decided.asked, S3Request):
            call = decided.asked
            assert isinstance(response, S3Response), told
            assert (response.bucket_name or "", response.parse_key_name()) == (call.bucket, call.key), told
            query = dict(parse_qsl(environ["QUERY_STRING"], keep_blank_values=True))
            assert {name: values[0] for name, values in response.querystring.items()} == query, told
        else:
            assert not isinstance(response, S3Response), told
            assert response.region == decided.region, told
            if decided.service == "s3":
                assert type(response).__name__ == "S3ControlResponse", told
                continue
            if decided.asked.action:
                assert response._get_action() == decided.asked.action, told
            for name in ("Name", "UserName", "Value"):
                assert response._get_param(name) == decided.asked.one(name), (name, told)
    assert compared > 20, "nothing was compared"


@pytest.mark.parametrize(
    ("second", "code"),
    [
        ({"HTTP_AUTHORIZATION": SECOND.format("iam")}, "InvalidArgument"),
        ({"HTTP_AUTHORIZATION": "Bearer x"}, "InvalidArgument"),
        ({"QUERY_STRING": "AWSAccessKeyId=A&Signature=b&Expires=1"}, "InvalidArgument"),
    ],
)
def test_two_credentials_are_refused_with_the_words_of_s3(account, second, code):
    request = AWSRequest("GET", "http://127.0.0.1:5999/uploads/mine/k")
    S3SigV4QueryAuth(account.sessions["little"], "s3", REGION).add_auth(request)
    query = request.url.partition("?")[2]
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/uploads/mine/k",
        "HTTP_HOST": "127.0.0.1:5999",
        "SERVER_NAME": "x",
        "SERVER_PORT": "1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
    }
    assert account.ask({**environ, "QUERY_STRING": query}) == (200, "mine")
    more = second.pop("QUERY_STRING", "")
    status, body = account.ask({**environ, "QUERY_STRING": f"{query}&{more}" if more else query, **second})
    assert (status, code in body, "Only one auth mechanism allowed" in body) == (400, True, True)


@pytest.mark.parametrize(
    "name", ["s3express", "s3-outposts", "s3-object-lambda", "s3x", "ec2-x", "iam-x", "moto-api", "execute-api", "ssmx"]
)
def test_a_services_name_that_resembles_another_is_not_that_one(account, name):
    """The emulator finds a service by the beginning of a host's name."""
    request = AWSRequest(
        "POST", "http://127.0.0.1:5999/others/there", headers={"X-Amz-Target": "x.GetObject"}, data=b"{}"
    )
    SigV4Auth(account.sessions["everything"], name, REGION).add_auth(request)
    fields = {f"HTTP_{key.upper().replace('-', '_')}": str(value) for key, value in request.headers.items()}
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/others/there",
        "QUERY_STRING": "",
        "HTTP_HOST": "127.0.0.1:5999",
        "SERVER_NAME": "x",
        "SERVER_PORT": "1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "CONTENT_LENGTH": "2",
        "wsgi.input": io.BytesIO(b"{}"),
        "wsgi.errors": io.StringIO(),
        **fields,
    }
    status, body = account.ask(environ)
    assert status >= 400, body
    assert CANARY not in body
