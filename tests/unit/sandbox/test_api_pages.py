"""The sandbox's own pages, the counting of calls, and errors inside the emulator."""

from __future__ import annotations

import io
import json
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError

from sandbox.api.calls import Calls, action_of, changes_something, service_of
from sandbox.core import client, daemon


def environ(**values) -> dict:
    return {"REQUEST_METHOD": "POST", "PATH_INFO": "/", "QUERY_STRING": "", **values}


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (environ(HTTP_X_AMZ_TARGET="AmazonSSM.GetParameter"), "GetParameter"),
        (environ(QUERY_STRING="Action=DescribeVpcs&Version=2016-11-15"), "DescribeVpcs"),
        (environ(REQUEST_METHOD="PUT", PATH_INFO="/bucket/some/key"), "PUT /bucket/some"),
        (environ(REQUEST_METHOD="GET"), "GET /"),
    ],
)
def test_action(request_, expected):
    assert action_of(request_) == expected


def test_action_of_a_form_leaves_the_body_to_be_read():
    body = b"Action=CreateVpc&CidrBlock=10.0.0.0%2F16"
    request = environ(
        CONTENT_TYPE="application/x-www-form-urlencoded; charset=utf-8",
        CONTENT_LENGTH=str(len(body)),
        **{"wsgi.input": io.BytesIO(body)},
    )
    assert action_of(request) == "CreateVpc"
    assert request["wsgi.input"].read() == body


def test_service_comes_from_the_signature():
    scope = "AWS4-HMAC-SHA256 Credential=KEY/20260101/ap-northeast-1/elasticloadbalancing/aws4_request, Signed"
    assert service_of(environ(HTTP_AUTHORIZATION=scope)) == "elasticloadbalancing"
    assert service_of(environ()) == "unsigned"


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("DescribeInstances", False),
        ("GetParameter", False),
        ("ListHostedZones", False),
        ("RunInstances", True),
        ("AuthorizeSecurityGroupIngress", True),
        ("GET /bucket", False),
        ("PUT /bucket/key", True),
    ],
)
def test_changes_something(action, expected):
    assert changes_something(action) is expected


def test_calls_are_counted_by_service_and_action():
    calls = Calls()
    for service, action in (("ec2", "DescribeVpcs"), ("ec2", "DescribeVpcs"), ("ssm", "GetParameter")):
        calls.count(service, action)
    assert calls.as_dict() == {
        "total": 3,
        "errors": 0,
        "services": {"ec2": {"DescribeVpcs": 2}, "ssm": {"GetParameter": 1}},
    }


def test_pages(api):
    with urllib.request.urlopen(f"{api.settings.endpoint}/railyard/checkip") as answer:
        assert answer.read().decode().strip() == "198.51.100.1"
    before = client.page(api.settings, "calls")["services"].get("ec2", {}).get("DescribeVpcs", 0)
    api.client("ec2").describe_vpcs()
    assert client.page(api.settings, "calls")["services"]["ec2"]["DescribeVpcs"] == before + 1
    status = client.page(api.settings, "status")
    assert (status["mode"], status["name"], status["layers"]) == ("api", "unit", [])
    json.dumps(status)


def test_unknown_page_names_the_known_ones(api):
    with pytest.raises(urllib.error.HTTPError) as refusal:
        client.ask(api.settings, "nothing")
    assert refusal.value.code == 404
    assert b"/railyard/checkip" in refusal.value.read()


@pytest.mark.parametrize(
    ("service", "call", "arguments"),
    [
        (
            "ec2",
            "reset_network_interface_attribute",
            {"NetworkInterfaceId": "eni-00000000000000000", "SourceDestCheck": "value"},
        ),
        ("ssm", "list_nodes", {}),
    ],
)
def test_fault_of_the_emulator_is_told_readably_and_counted(api, service, call, arguments):
    before = client.page(api.settings, "status")["api"]["errors"]
    with pytest.raises(ClientError) as refusal:
        getattr(api.client(service), call)(**arguments)
    assert "NotImplementedError" in refusal.value.response["Error"]["Message"]
    assert "python -m sandbox logs" in refusal.value.response["Error"]["Message"]
    assert client.page(api.settings, "status")["api"]["errors"] == before + 1
    assert "Traceback" in daemon.log_file(api.settings).read_text()
