"""Policies and conditions, applied to requests."""

from __future__ import annotations

import pytest

from sandbox.api.access.conditions import holds, like
from sandbox.api.access.policy import (
    Decision,
    Effect,
    Principal,
    RequestContext,
    decide,
    document_of,
    effect,
    is_public,
)

ROLE = Principal("arn:aws:sts::1:assumed-role/web/i-1", "1", "arn:aws:iam::1:role/web")
OBJECT = RequestContext("s3:GetObject", "arn:aws:s3:::uploads/a/b.png")


def statement(effect_: str = "Allow", action="*", resource="*", **more) -> dict:
    return {"Effect": effect_, "Action": action, "Resource": resource, **more}


def document(*statements: dict, version: str = "2012-10-17") -> dict:
    return {"Version": version, "Statement": list(statements)}


@pytest.mark.parametrize(
    ("pattern", "value", "matches"),
    [
        ("s3:Get*", "s3:GetObject", True),
        ("s3:Get?bject", "s3:GetObject", True),
        ("s3:Get", "s3:GetObject", False),
        ("a.c", "abc", False),
        ("*", "", True),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b/x/y", True),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b", False),
        ("[x]", "x", False),
    ],
)
def test_wildcards(pattern, value, matches):
    assert like(pattern, value) is matches


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (statement(), Effect.ALLOW),
        (statement(action="S3:getobject"), Effect.ALLOW),
        (statement(action=["s3:PutObject", "s3:Get*"], resource="arn:aws:s3:::uploads/*"), Effect.ALLOW),
        (statement(resource=["arn:aws:s3:::artifacts/*"]), Effect.NONE),
        (statement(resource="arn:aws:s3:::uploads"), Effect.NONE),
        (statement(action="s3:PutObject"), Effect.NONE),
        (statement("Deny", "s3:*"), Effect.DENY),
        ({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}, Effect.NONE),
        ({"Effect": "Allow", "NotAction": "ec2:*", "Resource": "*"}, Effect.ALLOW),
        ({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::uploads/*"}, Effect.NONE),
        (statement(Condition={"Bool": {"aws:SecureTransport": "true"}}), Effect.ALLOW),
        (statement("Deny", Condition={"Bool": {"aws:SecureTransport": "false"}}), Effect.NONE),
        (statement("Deny", Condition={"Bool": {"aws:SecureTransport": False}}), Effect.NONE),
        (statement("Deny", Condition={"StringNotEquals": {"no:such-key": "x"}}), Effect.NONE),
        (statement(Condition={"StringEquals": {"no:such-key": "x"}}), Effect.NONE),
    ],
)
def test_statement(made, expected):
    assert effect(document(made), OBJECT, {"aws:securetransport": ("true",)}) is expected


def test_one_statement_needs_no_list():
    assert effect({"Statement": statement()}, OBJECT, {}) is Effect.ALLOW
    assert effect(document_of(None), OBJECT, {}) is Effect.NONE


CONTEXT = {
    "cloudwatch:namespace": ("railyard/web",),
    "aws:username": ("ann",),
    "aws:principalarn": ("arn:aws:iam::1:role/railyard/web",),
    "aws:tags": ("a", "b"),
    "n": ("5",),
    "aws:currenttime": ("2026-11-24T04:00:00Z",),
    "ip": ("10.1.2.3",),
}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringEquals": {"cloudwatch:namespace": "railyard"}}, False),
        ({"StringEquals": {"CloudWatch:Namespace": ["railyard", "railyard/web"]}}, True),
        ({"StringLike": {"cloudwatch:namespace": ["railyard", "railyard/*"]}}, True),
        ({"StringLike": {"cloudwatch:namespace": "other/*"}}, False),
        ({"StringNotEquals": {"aws:username": "bob"}}, True),
        ({"StringNotLike": {"aws:username": "a*"}}, False),
        ({"StringEqualsIgnoreCase": {"aws:username": "ANN"}}, True),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/railyard/*"}}, True),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::1:user/*"}}, False),
        ({"ArnEquals": {"aws:PrincipalArn": "arn:*:web"}}, False),
        ({"NumericLessThan": {"n": "6"}}, True),
        ({"NumericGreaterThanEquals": {"n": 6}}, False),
        ({"NumericLessThan": {"aws:username": "6"}}, False),
        ({"DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}}, True),
        ({"IpAddress": {"ip": "10.1.0.0/16"}}, True),
        ({"NotIpAddress": {"ip": "10.1.0.0/16"}}, False),
        ({"Null": {"aws:username": "false"}}, True),
        ({"Null": {"aws:MultiFactorAuthPresent": "true"}}, True),
        ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}, True),
        ({"Bool": {"aws:MultiFactorAuthPresent": "false"}}, False),
        ({"StringNotEquals": {"aws:PrincipalTag/team": "x"}}, True),
        ({"StringEquals": {"aws:PrincipalTag/team": "x"}}, False),
        ({"ForAllValues:StringEquals": {"aws:tags": ["a", "b", "c"]}}, True),
        ({"ForAllValues:StringEquals": {"aws:tags": ["a"]}}, False),
        ({"ForAnyValue:StringEquals": {"aws:tags": ["b"]}}, True),
        ({"ForAnyValue:StringEquals": {"aws:tags": ["x"]}}, False),
        ({"StringEquals": {"aws:username": "${aws:username}"}}, True),
        ({"StringEquals": {"aws:username": "${no:such}"}}, False),
        ({"Unheard": {"aws:username": "ann"}}, False),
        ({"StringNotEqualsIfExists": {"no:such-key": "x"}}, False),
        ({"Null": {"no:such-key": "true"}}, False),
        ({"StringEquals": {"aws:username": "ann"}, "StringLike": {"cloudwatch:namespace": "x"}}, False),
        ({}, True),
    ],
)
def test_conditions(condition, expected):
    assert holds(condition, CONTEXT) is expected


def test_variables_belong_to_the_newer_version():
    own = statement(resource="arn:aws:iam::*:user/*/${aws:username}")
    asked = RequestContext("iam:GetUser", "arn:aws:iam::1:user/railyard/ann")
    assert effect(document(own), asked, CONTEXT) is Effect.ALLOW
    assert effect(document(own, version="2008-10-17"), asked, CONTEXT) is Effect.NONE
    assert effect(document(own), asked, {}) is Effect.NONE


def test_tags_of_the_resource():
    mine = document(statement(Condition={"StringEquals": {"aws:ResourceTag/Stack": "railyard"}}))
    for tags, expected in (({"Stack": "railyard"}, Effect.ALLOW), ({"Stack": "other"}, Effect.NONE), ({}, Effect.NONE)):
        assert effect(mine, RequestContext("ec2:StopInstances", "arn:aws:ec2:r:1:instance/i-1", tags), {}) is expected


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (statement(resource="arn:aws:logs:*:*:x"), Effect.NONE),
        (statement(resource="arn:aws:ses:*:*:identity/x"), Effect.ALLOW),
        (statement("Deny", resource="arn:aws:ses:*:*:identity/x"), Effect.NONE),
        (statement("Deny"), Effect.DENY),
    ],
)
def test_resource_that_cannot_be_told(made, expected):
    assert effect(document(made), RequestContext("ses:SendEmail", None), {}) is expected


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("*", True),
        ({"AWS": "*"}, True),
        ({"AWS": "1"}, True),
        ({"AWS": ["arn:aws:iam::2:root", "arn:aws:iam::1:root"]}, True),
        ({"AWS": "arn:aws:iam::1:role/web"}, True),
        ({"AWS": "arn:aws:iam::1:role/other"}, False),
        ({"Service": "ec2.amazonaws.com"}, False),
    ],
)
def test_principals(named, expected):
    made = document(statement(Principal=named))
    assert (effect(made, OBJECT, {}, ROLE) is Effect.ALLOW) is expected
    others = {"Effect": "Deny", "Action": "*", "Resource": "*", "NotPrincipal": named}
    assert (effect(document(others), OBJECT, {}, ROLE) is Effect.DENY) is not expected


def test_anonymous_is_only_everybody():
    for named, expected in (("*", Effect.ALLOW), ({"AWS": "arn:aws:iam::1:root"}, Effect.NONE)):
        assert effect(document(statement(Principal=named)), OBJECT, {}, Principal()) is expected


ALLOW, DENY, SILENT = document(statement()), document(statement("Deny")), document()
ANYBODY = document(statement(Principal="*"))
NOBODY = document(statement("Deny", Principal="*"))


@pytest.mark.parametrize(
    ("identity", "limits", "resource", "allowed", "reason"),
    [
        ([ALLOW], [], None, True, ""),
        ([], [], None, False, "no identity-based policy allows the s3:GetObject action"),
        ([SILENT], [], SILENT, False, "no identity-based policy"),
        ([ALLOW, DENY], [], ANYBODY, False, "explicit deny in an identity-based policy"),
        ([ALLOW], [], NOBODY, False, "explicit deny in a resource-based policy"),
        ([], [], ANYBODY, True, ""),
        ([ALLOW], [SILENT], None, False, "no permissions boundary or session policy allows"),
        ([ALLOW], [DENY], None, False, "explicit deny in a permissions boundary"),
        ([ALLOW], [ALLOW, ALLOW], None, True, ""),
        ([SILENT], [ALLOW], None, False, "no identity-based policy"),
    ],
)
def test_decision(identity, limits, resource, allowed, reason):
    decision = decide(OBJECT, {}, identity, limits, resource, ROLE)
    assert decision.allowed is allowed
    assert reason in decision.reason
    assert isinstance(decision, Decision)


@pytest.mark.parametrize(
    ("made", "public"),
    [
        (statement(Principal="*"), True),
        (statement(Principal={"AWS": "*"}), True),
        (statement(Principal="*", Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}}), False),
        (statement("Deny", Principal="*"), False),
        (statement(Principal={"AWS": "arn:aws:iam::1:root"}), False),
    ],
)
def test_public_policies(made, public):
    assert is_public(document(made)) is public
