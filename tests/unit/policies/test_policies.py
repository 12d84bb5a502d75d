"""Parliament, which knows what AWS's actions and conditions are, finds nothing in any policy but what is explained."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import parliament
import policies
import pytest
import yaml

PROJECT = policies.PROJECT
#: What a trust policy is about, in the words of one that is about something else.
ROLE = "arn:aws:iam::123456789012:role/railyard/railyard/web"
EXPLAINED = Path(__file__).with_name("explained.yml")


class Found(NamedTuple):
    """What parliament says of one statement of one policy."""

    policy: str
    sid: str
    issue: str


def judged(name: str, policy: dict[str, Any]) -> dict[Found, str]:
    """Its findings, and what it says of each. A statement is a line here, by which parliament names it."""
    statements = policy["Statement"]
    # Parliament does not know that trust policies name no resource: the role that they stand on is theirs.
    trusting = ("sts:AssumeRole", "sts:AssumeRoleWithWebIdentity")
    whole = [one | {"Resource": ROLE} if one.get("Action") in trusting else one for one in statements]
    lines = ",\n".join(json.dumps(one) for one in whole)
    text = f'{{"Version": "{policy["Version"]}", "Statement": [\n{lines}\n]}}'
    found = {}
    for finding in parliament.analyze_policy_string(text).findings:
        line = finding.location.get("line") if isinstance(finding.location, dict) else None
        sid = statements[line - 2].get("Sid", f"statement {line - 1}") if line and line > 1 else "policy"
        found[Found(name, sid, finding.issue)] = f"{finding.title}: {finding.detail}"
    return found


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    return policies.every(tmp_path_factory.mktemp("policies"))


@pytest.fixture(scope="module")
def explained() -> dict[Found, str]:
    entries = yaml.safe_load(EXPLAINED.read_text("utf-8"))
    return {Found(one["policy"], one["sid"], one["issue"]): one["reason"] for one in entries}


def test_findings_are_those_that_are_explained(every: dict[str, dict[str, Any]], explained: dict[Found, str]) -> None:
    found: dict[Found, str] = {}
    for name, policy in every.items():
        found |= judged(name, policy)
    assert {one: words for one, words in found.items() if one not in explained} == {}
    assert explained.keys() - found.keys() == set(), f"no longer found: take them out of {EXPLAINED.name}"
    assert all(len(reason.split()) > 4 for reason in explained.values())


def test_every_file_that_writes_a_policy_is_judged() -> None:
    folders = ("examples", "group_vars", "playbooks", "plugins", "roles", "templates")
    files = (
        file for folder in folders for file in (PROJECT / folder).rglob("*") if file.suffix in {".yml", ".j2", ".py"}
    )
    writing = {file for file in files if re.search(r"""["']?Statement["']?:\s""", file.read_text("utf-8"))}
    of_roles = {PROJECT / "roles" / role / "vars/main.yml" for role in policies.ROLES}
    assert writing == of_roles | {policies.QUEUE, policies.DOCUMENTED}


def test_policies_of_every_kind_are_there(every: dict[str, dict[str, Any]]) -> None:
    """Of identities, of people, of buckets, of topics, of a queue, and what trusts a service."""
    names = {"__iam_web_policy", "__iam_operators_policy", "__iam_boundary", "__iam_trust", "__ses_policy"}
    names |= {f"__iam_ci_{which}" for which in ("plan_policy", "deploy_policy", "plan_trust", "deploy_trust")}
    names |= {"__ses_topic_policy", "__cloudwatch_topic_policy", "__cloudwatch_role_policy", "__cloudwatch_role_trust"}
    names |= {path.name for path in PROJECT.glob("docs/iam-policy*.json")}
    buckets = {f"railyard-{kind}-123456789012-ap-northeast-1" for kind in ("uploads", "artifacts", "mail", "logs")}
    assert every.keys() == names | buckets | {"queue"}
    assert "UseTheBucketsKey" in [one["Sid"] for one in every["__iam_web_policy"]["Statement"]]


@pytest.mark.parametrize(
    ("change", "issue"),
    [
        ({"Action": "s3:GetObjekt"}, "UNKNOWN_ACTION"),
        ({"Resource": "arn:aws:s3:::bucket"}, "RESOURCE_MISMATCH"),
        ({"Resource": "*"}, "RESOURCE_STAR"),
        ({"Condition": {"StringLike": {"s3:prefix": "a/*"}}}, "UNKNOWN_CONDITION_FOR_ACTION"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_mistake_is_found(change: dict[str, Any], issue: str) -> None:
    right = {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/*"}
    assert judged("right", {"Version": "2012-10-17", "Statement": [right]}) == {}
    wrong = {"Version": "2012-10-17", "Statement": [right | {"Sid": "First"}, right | change]}
    assert [*judged("wrong", wrong)] == [Found("wrong", "Read", issue)]
