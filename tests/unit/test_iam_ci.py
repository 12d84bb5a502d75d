"""The two roles of CI: whose tokens they take, what they may do, and what pull requests never may."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from sandbox.api.access.policy import RequestContext, decide
from tests.unit.plugins.role_variables import computed
from tools import iam_policy

PROJECT = Path(__file__).resolve().parents[2]
ACCOUNT, REGION = "123456789012", "ap-northeast-1"
HOST = "token.actions.githubusercontent.com"
BASE: dict[str, Any] = {
    "iam_stack": "railyard",
    "iam_region": REGION,
    "iam_ci_repositories": ["octo/shop"],
    "__iam_gathered": {"stack": {}, "account_id": ACCOUNT},
}
#: Other settings, and whose tokens then look and deploy.
CASES: list[tuple[dict[str, Any], list[str], list[str]]] = [
    (
        {},
        ["repo:octo/shop:pull_request", "repo:octo/shop:ref:refs/heads/main"],
        ["repo:octo/shop:ref:refs/heads/main"],
    ),
    (
        {"iam_ci_repositories": ["octo/shop", "octo/web"], "iam_ci_branches": ["main", "release/*"]},
        [
            *("repo:octo/shop:pull_request", "repo:octo/web:pull_request"),
            *("repo:octo/shop:ref:refs/heads/main", "repo:octo/shop:ref:refs/heads/release/*"),
            *("repo:octo/web:ref:refs/heads/main", "repo:octo/web:ref:refs/heads/release/*"),
        ],
        [
            *("repo:octo/shop:ref:refs/heads/main", "repo:octo/shop:ref:refs/heads/release/*"),
            *("repo:octo/web:ref:refs/heads/main", "repo:octo/web:ref:refs/heads/release/*"),
        ],
    ),
    (
        {"iam_ci_environments": ["production"]},
        ["repo:octo/shop:pull_request", "repo:octo/shop:ref:refs/heads/main"],
        ["repo:octo/shop:environment:production"],
    ),
    (
        {
            "iam_ci_plan_subjects": ["project_path:a/b:ref_type:branch:ref:*"],
            "iam_ci_deploy_subjects": ["project_path:a/b:x"],
        },
        ["project_path:a/b:ref_type:branch:ref:*"],
        ["project_path:a/b:x"],
    ),
]
NAMES = [
    *(
        "__iam_ci_wanted",
        "__iam_ci_plan_trust",
        "__iam_ci_deploy_trust",
        "__iam_ci_plan_policy",
        "__iam_ci_deploy_policy",
    ),
    *("__iam_ci_boundary", "__iam_ci_boundary_arn", "__iam_ci_provider_tags", "__iam_web_policy", "__iam_boundary"),
    "__iam_operators_statements",
]
#: Without CI, with an issuer that has a path, and with a boundary of somebody's.
OTHERS: list[dict[str, Any]] = [
    {"iam_ci_repositories": []},
    {"iam_ci_issuer": "https://ghe.example.com/_services/token/", "iam_ci_audience": "aws"},
    {"iam_permissions_boundary": "arn:aws:iam::{account}:policy/ours"},
]


@pytest.fixture(scope="module")
def found() -> list[dict[str, Any]]:
    cases = [case for case, _plan, _deploy in CASES] + OTHERS
    return computed("iam", NAMES, [BASE | case for case in cases])


def condition(trust: dict[str, Any]) -> dict[str, Any]:
    (statement,) = trust["Statement"]
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity" and statement["Effect"] == "Allow"
    return statement["Condition"]


@pytest.mark.parametrize("number", range(len(CASES)))
def test_tokens_of_the_settings_repositories_are_taken_and_no_others(found: list[dict[str, Any]], number: int) -> None:
    _case, plan, deploy = CASES[number]
    for which, subjects in (("plan", plan), ("deploy", deploy)):
        assert condition(found[number][f"__iam_ci_{which}_trust"]) == {
            "StringEquals": {f"{HOST}:aud": "sts.amazonaws.com"},
            "StringLike": {f"{HOST}:sub": subjects},
        }


def test_no_repository_means_no_ci(found: list[dict[str, Any]]) -> None:
    assert [one["__iam_ci_wanted"] for one in found] == [True] * len(CASES) + [False, True, True]


def test_another_issuer_has_a_provider_and_keys_of_its_own(found: list[dict[str, Any]]) -> None:
    trust = found[len(CASES) + 1]["__iam_ci_deploy_trust"]
    host = "ghe.example.com/_services/token"
    assert trust["Statement"][0]["Principal"] == {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{host}"}
    assert condition(trust)["StringEquals"] == {f"{host}:aud": "aws"}


def test_the_provider_carries_no_stacks_tag(found: list[dict[str, Any]]) -> None:
    assert found[0]["__iam_ci_provider_tags"] == {"ManagedBy": "railyard.aws", "Role": "iam", "Name": HOST}


def test_ci_has_a_boundary_of_its_own_or_somebodys(found: list[dict[str, Any]]) -> None:
    own = f"arn:aws:iam::{ACCOUNT}:policy/railyard/railyard/{REGION}/railyard-{REGION}-ci-boundary"
    assert found[0]["__iam_ci_boundary_arn"] == own
    assert found[-1]["__iam_ci_boundary_arn"] == f"arn:aws:iam::{ACCOUNT}:policy/ours"
    # The condition of the operator's policy, by which alone roles are made.
    assert fnmatchcase(own, "arn:aws:iam::*:policy/railyard/railyard/*")
    assert "ec2:AuthorizeSecurityGroupIngress" not in json.dumps(found[0]["__iam_boundary"]), "servers'"


def test_policies_are_as_short_as_aws_wants_them(found: list[dict[str, Any]]) -> None:
    assert len(json.dumps(found[0]["__iam_ci_boundary"], separators=(",", ":"))) < 6144
    assert len(json.dumps(found[0]["__iam_ci_deploy_policy"], separators=(",", ":"))) < 10240


def actions(policy: dict[str, Any]) -> set[str]:
    listed = [one["Action"] for one in policy["Statement"] if one["Effect"] == "Allow"]
    return {action for one in listed for action in (one if isinstance(one, list) else [one])}


def test_a_plan_may_look_at_all_that_an_operator_looks_at(found: list[dict[str, Any]]) -> None:
    allowed = actions(found[0]["__iam_ci_plan_policy"])
    statements = [*iam_policy.policies(iam_policy.needed())[iam_policy.LOOK]["Statement"]]
    statements += iam_policy.policies(iam_policy.needed())[iam_policy.IDENTITIES]["Statement"][:1]
    looks = {action for one in statements for action in one["Action"]} - {"sts:GetCallerIdentity"}
    # These need no permission, and this one changes something.
    looks = {one for one in looks if not one.startswith(("iam:Update", "iam:CreateServiceLinked"))}
    assert len(looks) > 40
    assert {one for one in looks if not any(fnmatchcase(one, pattern) for pattern in allowed)} == set()


def test_a_plan_may_look_and_nothing_else(found: list[dict[str, Any]]) -> None:
    # Budgets have one action for all that looks, ViewBudget.
    words = ("Describe", "Get", "List", "View")
    assert {
        one for one in actions(found[0]["__iam_ci_plan_policy"]) if not one.split(":")[1].startswith(words)
    } == set()


def test_a_deployment_may_do_nothing_that_an_operator_may_not(found: list[dict[str, Any]]) -> None:
    beside = actions(found[0]["__iam_ci_deploy_policy"]) - actions(found[0]["__iam_ci_plan_policy"])
    assert len(beside) > 8
    needed = iam_policy.needed()
    assert {one for one in beside if not any(fnmatchcase(one, pattern) for pattern in needed)} == set()


def arn(service: str, resource: str, region: str = REGION, account: str = ACCOUNT) -> str:
    return f"arn:aws:{service}:{region}:{account}:{resource}"


KEY = arn("ssm", "parameter/railyard.ci/railyard/ssh-key")
SECRET = arn("secretsmanager", "secret:/railyard/app/env-AbCdEf")
OBJECT = "arn:aws:s3:::railyard-artifacts-123456789012-ap-northeast-1/app/1.tar.gz"
GROUP = arn("ec2", "security-group/sg-1")
JUMP = {"Stack": "railyard", "Name": "railyard-jump"}


@pytest.mark.parametrize(
    ("action", "resource", "tags", "who"),
    [
        ("ec2:DescribeInstances", "*", {}, {"plan", "deploy"}),
        ("ssm:GetParametersByPath", arn("ssm", "parameter/railyard"), {}, {"plan", "deploy"}),
        ("ssm:GetParameter", KEY, {}, {"deploy"}),
        ("secretsmanager:GetSecretValue", SECRET, {}, {"deploy"}),
        ("secretsmanager:GetSecretValue", arn("secretsmanager", "secret:/other/app/env-AbCdEf"), {}, set()),
        ("s3:GetObject", OBJECT, {}, {"deploy"}),
        ("s3:GetObject", "arn:aws:s3:::railyard-uploads-123456789012-ap-northeast-1/photo", {}, set()),
        ("s3:DeleteObject", OBJECT, {}, set()),
        ("ssm:PutParameter", arn("ssm", "parameter/railyard.locks/railyard"), {}, {"deploy"}),
        ("ssm:PutParameter", arn("ssm", "parameter/railyard.locks/other"), {}, set()),
        ("ssm:GetParametersByPath", arn("ssm", "parameter/railyard.settings/railyard"), {}, {"plan", "deploy"}),
        ("ssm:GetParametersByPath", arn("ssm", "parameter/railyard.settings/other"), {}, set()),
        ("ssm:PutParameter", arn("ssm", "parameter/railyard.settings/railyard/1"), {}, set()),
        ("ssm:PutParameter", KEY, {}, set()),
        ("kms:Decrypt", arn("kms", "key/1"), {}, set()),
        ("ec2:AuthorizeSecurityGroupIngress", GROUP, JUMP, {"deploy"}),
        ("ec2:RevokeSecurityGroupIngress", GROUP, JUMP, {"deploy"}),
        ("ec2:AuthorizeSecurityGroupIngress", GROUP, {"Stack": "railyard", "Name": "railyard-web"}, set()),
        ("ec2:AuthorizeSecurityGroupIngress", GROUP, {"Stack": "other", "Name": "railyard-jump"}, set()),
        ("ec2:TerminateInstances", arn("ec2", "instance/i-1"), {}, set()),
        ("rds:DeleteDBInstance", arn("rds", "db:railyard"), {}, set()),
        ("iam:CreateRole", "arn:aws:iam::123456789012:role/railyard/railyard/x", {}, set()),
        ("iam:PutRolePolicy", "arn:aws:iam::123456789012:role/railyard/railyard/x", {}, set()),
        ("iam:CreateOpenIDConnectProvider", f"arn:aws:iam::123456789012:oidc-provider/{HOST}", {}, set()),
        ("sts:AssumeRole", "arn:aws:iam::123456789012:role/admin", {}, set()),
    ],
)
def test_who_may_do_what(
    found: list[dict[str, Any]], action: str, resource: str, tags: dict[str, str], who: set[str]
) -> None:
    asked, limits = RequestContext(action, resource, tags), [found[0]["__iam_ci_boundary"]]
    policies = {which: found[0][f"__iam_ci_{which}_policy"] for which in ("plan", "deploy")}
    assert {which for which, policy in policies.items() if decide(asked, {}, [policy], limits).allowed} == who


def test_servers_do_not_read_cis_key(found: list[dict[str, Any]]) -> None:
    policy, own = found[0]["__iam_web_policy"], arn("ssm", "parameter/railyard/x")
    assert not decide(RequestContext("ssm:GetParameter", KEY), {}, [policy]).allowed
    assert decide(RequestContext("ssm:GetParameter", own), {}, [policy]).allowed


@pytest.mark.parametrize(
    "action", ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath", "ssm:PutParameter"]
)
def test_servers_neither_read_nor_write_what_operators_machines_go_by(found: list[dict[str, Any]], action: str) -> None:
    for resource in ("parameter/railyard.settings/railyard", "parameter/railyard.settings/railyard/1"):
        asked = RequestContext(action, arn("ssm", resource))
        assert not decide(asked, {}, [found[0]["__iam_web_policy"]]).allowed
        operators = {"Version": "2012-10-17", "Statement": found[0]["__iam_operators_statements"]}
        assert decide(asked, {}, [operators]).allowed == (action == "ssm:GetParametersByPath")
