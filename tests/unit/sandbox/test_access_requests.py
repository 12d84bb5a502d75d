"""What requests ask for, who signed them, and how refusals read."""

from __future__ import annotations

import datetime
import io
import json
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sandbox.api import bodies
from sandbox.api import request as asked
from sandbox.api.access import signature
from sandbox.api.access.access_denied import AccessDenied, Why, deny
from sandbox.api.access.policy import RequestContext
from sandbox.services.s3 import request as s3_asked

CREDENTIALS = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "a-token")
REGION = "ap-northeast-1"


def environ(method="GET", path="/", query="", body=b"", **more) -> dict:
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "RAW_URI": path + (f"?{query}" if query else ""),
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        **more,
    }


def signed_by_botocore(auth, method: str, url: str, body: bytes = b"", **headers) -> dict:
    request = AWSRequest(method, url, headers=headers, data=body)
    auth.add_auth(request)
    parts = urlsplit(request.url)
    fields = {}
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        fields[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = str(value)
    prepared = request.prepare()
    sent = urlsplit(prepared.url)
    return {**environ(method, sent.path, sent.query, body), **fields, "HTTP_HOST": parts.netloc}


def right(request: dict, secret: str = CREDENTIALS.secret_key) -> bool:
    found = signature.read(request)
    stands = signature.payload(request, found, bodies.take(dict(request)).digest)
    return stands is not None and signature.is_right(request, found, secret, stands)


@pytest.mark.parametrize(
    ("kind", "service", "method", "url", "body", "headers"),
    [
        (SigV4Auth, "secretsmanager", "POST", "https://secretsmanager.x.amazonaws.com/", b'{"SecretId": "a"}',
         {"X-Amz-Target": "secretsmanager.GetSecretValue", "Content-Type": "application/x-amz-json-1.1"}),
        (SigV4Auth, "ec2", "POST", "https://ec2.x.amazonaws.com/", b"Action=DescribeVpcs&Version=2016-11-15",
         {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}),
        (SigV4Auth, "route53", "GET", "https://route53.amazonaws.com/2013-04-01/hostedzone/Z1/rrset?maxitems=1", b"",
         {}),
        (SigV4Auth, "execute-api", "GET", "https://x.amazonaws.com/a%20b/%E3%81%82", b"", {}),
        (S3SigV4Auth, "s3", "PUT", "https://b.s3.x.amazonaws.com/a%20b/%E3%81%82%2Bc", b"v", {"x-amz-acl": "private"}),
        (S3SigV4Auth, "s3", "GET", "https://s3.x.amazonaws.com/b?list-type=2&prefix=a%2Fb%20c&delimiter=", b"", {}),
    ],
)  # fmt: skip
def test_signatures_of_botocore_are_right(kind, service, method, url, body, headers):
    request = signed_by_botocore(kind(CREDENTIALS, service, REGION), method, url, body, **headers)
    found = signature.read(request)
    assert (found.access_key, found.region, found.service) == ("AKIDEXAMPLE", REGION, service)
    assert found.token == "a-token"
    assert right(request)
    assert not right(request, "another secret")
    assert not right({**request, "REQUEST_METHOD": "DELETE"})
    assert not right({**request, "HTTP_HOST": "elsewhere"})


def test_changed_body_breaks_the_signature():
    request = signed_by_botocore(
        SigV4Auth(CREDENTIALS, "ssm", REGION), "POST", "https://ssm.x.amazonaws.com/", b'{"Name": "a"}'
    )
    assert right(request)
    assert not right({**request, "wsgi.input": io.BytesIO(b'{"Name": "b"}')})


def test_presigned_url():
    auth = S3SigV4QueryAuth(CREDENTIALS, "s3", REGION, expires=60)
    request = signed_by_botocore(auth, "GET", "https://b.s3.x.amazonaws.com/k%20y?response-content-type=a%2Fb")
    found = signature.read(request)
    assert (found.presigned, found.expires, found.token) == (True, 60, "a-token")
    assert right(request)
    assert not right({**request, "QUERY_STRING": request["QUERY_STRING"].replace("Expires=60", "Expires=9000")})
    now = datetime.datetime.now(datetime.UTC)
    assert not signature.expired(found, now)
    assert signature.expired(found, now + datetime.timedelta(seconds=62))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, None),
        ({"HTTP_AUTHORIZATION": "AWS KEY:sig="}, ("KEY", 2)),
        ({"QUERY_STRING": "AWSAccessKeyId=KEY&Signature=x&Expires=1"}, ("KEY", 2)),
    ],
)
def test_other_signatures(more, expected):
    found = signature.read(environ(**more))
    assert (found and (found.access_key, found.version)) == expected


def test_other_authorization_types_are_no_signature():
    with pytest.raises(ValueError, match="'Basic' is not supported"):
        signature.read(environ(HTTP_AUTHORIZATION="Basic x"))


@pytest.mark.parametrize("header", ["nonsense", "Credential=a/b, SignedHeaders=c, Signature=d"])
def test_malformed_signature(header):
    with pytest.raises(ValueError, match="malformed"):
        signature.read(environ(HTTP_AUTHORIZATION=f"AWS4-HMAC-SHA256 {header}"))


FORM = {"CONTENT_TYPE": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("request_", "service", "name", "protocol"),
    [
        (environ("POST", HTTP_X_AMZ_TARGET="GraniteServiceVersion20100801.PutMetricData"), "monitoring",
         "cloudwatch:PutMetricData", "json"),
        (environ("POST", body=b"Action=SendEmail&Source=a%40b", **FORM), "ses", "ses:SendEmail", "query"),
        (environ("POST", body=b"Action=DescribeVpcs", **FORM), "ec2", "ec2:DescribeVpcs", "ec2"),
        (environ("GET", "/2013-04-01/hostedzone/Z1/rrset"), "route53", "route53:ListResourceRecordSets", "rest-xml"),
        (environ("GET", "/2013-04-01/hostedzone/Z1"), "route53", "route53:GetHostedZone", "rest-xml"),
        (environ("POST", "/v2/email/outbound-emails"), "ses", "ses:SendEmail", "rest-json"),
        (environ("GET", "/nothing/of/theirs"), "route53", "route53:", "rest-xml"),
    ],
)  # fmt: skip
def test_actions_of_other_services(request_, service, name, protocol):
    call = asked.read(request_, service)
    assert (call.name, call.protocol) == (name, protocol)


def test_parameters():
    form = b"Action=StopInstances&InstanceId.1=i-1&InstanceId.2=i-2&DryRun=false"
    request = environ("POST", body=form, **FORM)
    call = asked.read(request, "ec2")
    assert (call.all("InstanceId"), call.one("DryRun"), call.one("InstanceId")) == (["i-1", "i-2"], "false", None)
    assert request["wsgi.input"].read() == form
    body = json.dumps({"Names": ["/a", "/b"], "WithDecryption": True}).encode()
    call = asked.read(environ("POST", body=body, HTTP_X_AMZ_TARGET="AmazonSSM.GetParameters"), "ssm")
    assert (call.all("Names"), call.one("WithDecryption")) == (["/a", "/b"], None)


B, K = "arn:aws:s3:::b", "arn:aws:s3:::b/k/1"


@pytest.mark.parametrize(
    ("method", "path", "query", "headers", "expected"),
    [
        ("GET", "/", "", {}, [("ListAllMyBuckets", "*")]),
        ("GET", "/b", "list-type=2&prefix=x", {}, [("ListBucket", B)]),
        ("HEAD", "/b", "", {}, [("ListBucket", B)]),
        ("GET", "/b/", "location", {}, [("GetBucketLocation", B)]),
        ("GET", "/b", "uploads", {}, [("ListBucketMultipartUploads", B)]),
        ("PUT", "/b", "", {}, [("CreateBucket", B)]),
        ("DELETE", "/b", "", {}, [("DeleteBucket", B)]),
        ("PUT", "/b", "policy", {}, [("PutBucketPolicy", B)]),
        ("DELETE", "/b", "policy", {}, [("DeleteBucketPolicy", B)]),
        ("DELETE", "/b", "lifecycle", {}, [("PutLifecycleConfiguration", B)]),
        ("GET", "/b", "publicAccessBlock", {}, [("GetBucketPublicAccessBlock", B)]),
        ("GET", "/b/k/1", "", {}, [("GetObject", K)]),
        ("HEAD", "/b/k/1", "", {}, [("GetObject", K)]),
        ("GET", "/b/k/1", "versionId=v", {}, [("GetObjectVersion", K)]),
        ("GET", "/b/k/1", "acl", {}, [("GetObjectAcl", K)]),
        ("GET", "/b/k/1", "tagging&versionId=v", {}, [("GetObjectVersionTagging", K)]),
        ("PUT", "/b/k/1", "", {}, [("PutObject", K)]),
        ("PUT", "/b/k/1", "acl", {}, [("PutObjectAcl", K)]),
        ("PUT", "/b/k/1", "", {"X_AMZ_ACL": "private"}, [("PutObject", K), ("PutObjectAcl", K)]),
        ("PUT", "/b/k/1", "", {"X_AMZ_TAGGING": "a=b"}, [("PutObject", K), ("PutObjectTagging", K)]),
        ("PUT", "/b/k/1", "", {"X_AMZ_COPY_SOURCE": "/o/x%20y"},
         [("PutObject", K), ("GetObject", "arn:aws:s3:::o/x y")]),
        ("PUT", "/b/k/1", "partNumber=1&uploadId=u", {}, [("PutObject", K)]),
        ("POST", "/b/k/1", "uploads", {}, [("PutObject", K)]),
        ("POST", "/b/k/1", "uploadId=u", {}, [("PutObject", K)]),
        ("DELETE", "/b/k/1", "uploadId=u", {}, [("AbortMultipartUpload", K)]),
        ("DELETE", "/b/k/1", "", {}, [("DeleteObject", K)]),
        ("DELETE", "/b/k/1", "versionId=v", {}, [("DeleteObjectVersion", K)]),
        ("GET", "/k/1", "", {"HOST": f"b.s3.{REGION}.amazonaws.com"}, [("GetObject", K)]),
        ("GET", "/", "", {"HOST": "b.s3.amazonaws.com"}, [("ListBucket", B)]),
        ("GET", "/b/k/1", "", {"HOST": f"s3.{REGION}.amazonaws.com"}, [("GetObject", K)]),
        ("GET", "/x", "", {"HOST": f"a.b.s3.{REGION}.amazonaws.com"}, [("GetObject", "arn:aws:s3:::a.b/x")]),
        ("GET", "/b/k%2F1", "", {"HOST": "127.0.0.1:5080"}, [("GetObject", K)]),
    ],
)  # fmt: skip
def test_actions_of_s3(method, path, query, headers, expected):
    request = environ(method, path, query, **{f"HTTP_{name}": value for name, value in headers.items()})
    wanted = [RequestContext(f"s3:{action}", resource) for action, resource in expected]
    assert s3_asked.actions(s3_asked.read(request)) == wanted


def test_keys_of_a_deletion_of_many():
    objects = b"<Object><Key>a</Key></Object><Object><Key>b/c</Key></Object>"
    body = b'<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' + objects + b"</Delete>"
    assert s3_asked.deleted_keys(body) == ("a", "b/c")
    assert s3_asked.deleted_keys(b"<broken") == ()
    call = s3_asked.S3Request("POST", "b", query={"delete": ""}, deleted=("a", "b/c"))
    assert [one.resource for one in s3_asked.actions(call)] == [f"{B}/a", f"{B}/b/c"]


def test_condition_keys_of_s3():
    request = environ("GET", "/b", "prefix=up%2F&delimiter=%2F", HTTP_X_AMZ_ACL="private")
    expected = {"s3:prefix": ("up/",), "s3:delimiter": ("/",), "s3:x-amz-acl": ("private",)}
    assert s3_asked.context(s3_asked.read(request)) == expected


@pytest.mark.parametrize(
    ("protocol", "status", "code"),
    [
        ("s3", "403 Forbidden", b"<Error><Code>AccessDenied</Code><Message>no &amp; no</Message></Error>"),
        ("query", "403 Forbidden", b"<Type>Sender</Type><Code>AccessDenied</Code>"),
        ("ec2", "403 Forbidden", b"<Errors><Error><Code>UnauthorizedOperation</Code>"),
        ("json", "400 Bad Request", b'"__type": "AccessDeniedException"'),
        ("rest-json", "403 Forbidden", b'"__type": "AccessDeniedException"'),
        ("rest-xml", "403 Forbidden", b"<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"),
    ],
)
def test_refusals(protocol, status, code):
    line, headers, body = deny(protocol, Why.DENIED, "no & no").render({"REQUEST_METHOD": "POST"})
    assert line == status
    assert code in body
    assert ("Content-Length", str(len(body))) in headers
    assert deny(protocol, Why.DENIED).render({"REQUEST_METHOD": "HEAD"})[2] == b""


def test_every_reason_has_words_in_every_protocol():
    for protocol in ("s3", "query", "ec2", "json", "rest-json", "rest-xml"):
        for why in Why:
            made = deny(protocol, why)
            assert isinstance(made, AccessDenied) and made.code and made.message and made.status in (400, 401, 403, 501)
