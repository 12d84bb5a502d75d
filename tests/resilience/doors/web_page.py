"""A web page open on the sandbox's machine: under a name of its own, or from another origin, it gets nothing."""

from __future__ import annotations

from functools import partial

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest

from tests.e2e import machine
from tests.e2e.lab import Lab
from tests.resilience.record import Record
from tests.unit.sandbox.raw_requests import HOSTS, ORIGINS, Raw

SECONDS = 10.0
#: What a page may send without being asked whether it may: methods, and types of a form.
FORMS = ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x")
MAKE_VPC = b"Action=CreateVpc&CidrBlock=10.9.0.0%2F16&Version=2016-11-15"
NO_NAME, NO_PAGES = "is no name of this sandbox", "no web pages of other origins"
#: Requests with the signature of somebody's program: a page has none, and with one it gets nothing either.
ASKED = (("GET", "/"), ("POST", "/"), ("OPTIONS", "/"), ("GET", "/railyard/checkip"), ("PUT", "/doors-bucket"))


def signed(raw: Raw, method: str, path: str, host: str) -> dict[str, str]:
    request = AWSRequest(method, f"http://{host or 'x'}{path}", headers={"Host": host})
    S3SigV4Auth(raw.keys, "s3", "ap-northeast-1").add_auth(request)
    return {name: str(value) for name, value in request.headers.items()}


def under_a_name(raw: Raw, host: str, served: bool) -> None:
    """A request with somebody's own signature is served under the sandbox's names alone."""
    status, body, _headers = raw.ask("GET", "/", **signed(raw, "GET", "/", host))
    # Of a bucket that is not there the name is served, too.
    got = status == 200 or (status == 404 and "NoSuchBucket" in body)
    assert got is served, f"Host {host!r} got {status}: {body[:300]}"
    assert served or NO_NAME in body, body[:300]


def from_an_origin(raw: Raw, origin: str, method: str, path: str) -> None:
    """A page of another origin gets a refusal, and no word that it may read it."""
    headers = signed(raw, method, path, raw.host) | {"Origin": origin}
    status, body, said = raw.ask(method, path, **headers)
    assert (status, NO_PAGES in body) == (403, True), f"{method} {path} of {origin} got {status}: {body[:300]}"
    assert not [name for name in said if name.startswith("access-control-")], said


def preflight(raw: Raw) -> None:
    for method in ("PUT", "DELETE", "POST"):
        status, _body, said = raw.ask(
            "OPTIONS", "/", Origin="https://evil.example", **{"Access-Control-Request-Method": method}
        )
        assert status == 403 and "access-control-allow-origin" not in said, (method, status, said)


def simple_post(lab: Lab, raw: Raw, kind: str) -> None:
    """What a page may post unasked makes nothing, with an origin and without."""
    ec2 = lab.account().ec2
    before = {one["VpcId"] for one in ec2.describe_vpcs()["Vpcs"]}
    for more in (
        {},
        {"Origin": "https://evil.example"},
        {"Referer": "https://evil.example/", "Sec-Fetch-Site": "cross-site"},
    ):
        status, body, _said = raw.ask("POST", "/", MAKE_VPC, **{"Content-Type": kind}, **more)
        assert status >= 400, f"{kind}, {more} got {status}: {body[:300]}"
    assert {one["VpcId"] for one in ec2.describe_vpcs()["Vpcs"]} == before


def own_name(raw: Raw) -> None:
    """A page under its own name that leads here is found: what is refused above is refused for its name."""
    try:
        under_a_name(raw, f"evil.example:{raw.settings.api_port}", served=True)
    except AssertionError:
        return
    raise AssertionError("a page under a name of its own is served")


def prove(record: Record, lab: Lab) -> None:
    raw = Raw(machine.settings(lab))
    for host, served in HOSTS.items():
        name = host.format(port=raw.settings.api_port)
        record.attempt(f"web page: Host {name!r}", partial(under_a_name, raw, name, served), shown=False)
    for origin in ORIGINS:
        for method, path in ASKED:
            job = partial(from_an_origin, raw, origin, method, path)
            record.attempt(f"web page: {method} {path} of {origin}", job, shown=False)
    record.attempt("web page: no preflight is answered", partial(preflight, raw))
    for kind in FORMS:
        record.attempt(f"web page: a simple POST, {kind.partition(';')[0]}", partial(simple_post, lab, raw, kind))
    record.attempt("web page: a name of its own is found", partial(own_name, raw))
