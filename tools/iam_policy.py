"""Write docs/iam-policy*.json: what the person who runs the playbooks may do, from the roles' meta/iam_actions.yml.

    python -m tools.iam_policy [STACK]

The files in docs/ are for a stack of the default name. Several policies, because AWS takes 6144 characters for one, and
because not everybody needs all of them.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).resolve().parents[1]
DOCS = PROJECT / "docs"
#: What cannot be told by its name, what can, what is only looked at, identities, and who gives people access.
SERVICES, NAMED, LOOK, IDENTITIES, PEOPLE = (
    DOCS / f"iam-policy{part}.json" for part in ("", "-named", "-look", "-identities", "-people")
)
STACK = "railyard"

#: Sid, actions, resource and condition.
Statement = tuple[str, set[str], Any, dict[str, Any] | None]

#: ARNs of what bears the stack's name, by service; {lower} is for services whose names have no capitals.
_NAMES = {
    "budgets": ["arn:aws:budgets::*:budget/{stack}-*"],
    "cloudwatch": ["arn:aws:cloudwatch:*:*:alarm:{stack}/*", "arn:aws:cloudwatch::*:dashboard/{stack}*"],
    "elasticache": [
        f"arn:aws:elasticache:*:*:{kind}:{name}"
        for kind in ("cluster", "parametergroup", "replicationgroup", "snapshot", "subnetgroup")
        for name in ("{lower}", "{lower}-*")
    ],
    "elasticloadbalancing": [
        "arn:aws:elasticloadbalancing:*:*:loadbalancer/app/{stack}/*",
        "arn:aws:elasticloadbalancing:*:*:listener*/app/{stack}/*",
        "arn:aws:elasticloadbalancing:*:*:targetgroup/{stack}-*",
    ],
    "logs": ["arn:aws:logs:*:*:log-group:/{stack}/*"],
    "rds": [
        *(
            f"arn:aws:rds:*:*:{kind}:{name}"
            for kind in ("db", "og", "pg", "snapshot", "subgrp")
            for name in ("{lower}", "{lower}-*")
        ),
        # A snapshot that RDS makes by itself.
        "arn:aws:rds:*:*:snapshot:rds:{lower}-*",
        "arn:aws:rds:*:*:auto-backup:*",
    ],
    "s3": ["arn:aws:s3:::{lower}-*"],
    # RDS names the master user's secret itself.
    "secretsmanager": ["arn:aws:secretsmanager:*:*:secret:/{stack}/*", "arn:aws:secretsmanager:*:*:secret:rds!db-*"],
    "sns": ["arn:aws:sns:*:*:{stack}-*"],
    "ssm": [
        "arn:aws:ssm:*:*:parameter/{stack}",
        "arn:aws:ssm:*:*:parameter/{stack}/*",
        "arn:aws:ssm:*:*:parameter/railyard.locks/{stack}",
        "arn:aws:ssm:*:*:parameter/railyard.settings/{stack}",
        "arn:aws:ssm:*:*:parameter/railyard.settings/{stack}/*",
        "arn:aws:ssm:*:*:parameter/railyard.ci/{stack}/*",
        "arn:aws:ssm:*::parameter/aws/service/*",
    ],
}
#: Services whose contents are read by looking, so that looking too is for what bears the stack's name.
_PRIVATE = ("s3", "secretsmanager", "ssm")
_LOOKING = re.compile(r"[a-z0-9-]+:(Describe|Get|List|View)")
#: Lists of a private service that name no resource.
_LISTS = {"s3:ListAllMyBuckets", "secretsmanager:ListSecrets", "ssm:DescribeParameters"}
#: What AWS judges by no resource although the service has some: a statement that names a topic would not allow these.
_OF_SUBSCRIPTIONS = {"sns:SetSubscriptionAttributes", "sns:Unsubscribe"}

#: All identities of a stack lie below this path: with these actions on any other, people could give themselves rights.
_KINDS = ("role", "instance-profile", "user", "policy")
#: Condition of whatever gives an identity rights: that a boundary which only an administrator can write limits it.
_WITHIN = "arn:aws:iam::*:policy/railyard/{stack}/*"
_GIVING = re.compile(r"iam:(Create(Role|User)|(Put|Attach|Delete|Detach)(Role|User)(Policy|PermissionsBoundary))")
#: A group's policy holds for members wherever they are, and no boundary limits it.
_OF_GROUPS = re.compile(r"iam:\w*Group\w*")
#: Tokens of GitHub Actions, which roles of a stack may trust. Another issuer is written here in its place.
_ISSUER = "arn:aws:iam::*:oidc-provider/token.actions.githubusercontent.com"
_OF_ISSUERS = re.compile(r"iam:\w*OpenIDConnectProvider\w*")
#: Services to which the roles of a stack are given.
_SERVED = ["ec2.amazonaws.com", "vpc-flow-logs.amazonaws.com"]
#: Service to which somebody gives a role that no stack made (rds_monitoring_role_arn): the role has to trust it.
_MONITORING = "monitoring.rds.amazonaws.com"
#: Services that use somebody's key of KMS for the person; the person alone cannot use it.
_WITH_KEYS = ["ec2", "elasticache", "rds", "s3"]
#: IAM actions that do not act on an identity, or only look.
_WHOLE_ACCOUNT = re.compile(r"iam:(List\w+|Get\w+|UpdateAccount\w+|CreateServiceLinkedRole)")


def actions_of(role: str) -> set[str]:
    """Actions that a role's meta/iam_actions.yml lists; none where it has no such file."""
    path = PROJECT / "roles" / role / "meta" / "iam_actions.yml"
    entries = yaml.safe_load(path.read_text("utf-8")) if path.is_file() else []
    return {action for entry in entries for action in entry["actions"]}


def needed() -> set[str]:
    """Actions of all roles, without those that a wildcard covers."""
    found = set().union(*(actions_of(path.name) for path in (PROJECT / "roles").iterdir()))
    wild = [action[:-1] for action in found if action.endswith("*")]
    return {one for one in found if one.endswith("*") or not one.startswith(tuple(wild))}


def policies(actions: set[str], stack: str = STACK) -> dict[Path, dict[str, Any]]:
    """The policy documents by file, for the stack of a name.

    What bears the stack's name is only touched where it does. Identities are made below the stack's path, within a
    boundary; roles from there are passed to the services that use them. Keys of KMS are used through the services only.
    """
    identities = {one for one in actions if one.startswith("iam:")}
    keys = {one for one in actions if one.startswith("kms:")}
    services = actions - identities - keys
    looking = {one for one in services if one in _LISTS or (_LOOKING.match(one) and not one.startswith(_PRIVATE))}
    named = {one for one in services - looking if one.partition(":")[0] in _NAMES} - _OF_SUBSCRIPTIONS
    by_services = {"StringLike": {"kms:ViaService": [f"{service}.*.amazonaws.com" for service in _WITH_KEYS]}}
    return {
        SERVICES: _document(
            ("Build", services - looking - named, "*", None),
            ("UseKeysThroughServices", keys, "*", by_services),
        ),
        NAMED: _document(*_by_name(named, stack)),
        LOOK: _document(("Look", looking, "*", None)),
        **_of_identities(identities, stack),
    }


def _by_name(actions: set[str], stack: str) -> Iterator[Statement]:
    for service, names in _NAMES.items():
        resources = [name.format(stack=stack, lower=stack.lower()) for name in names]
        yield f"Keep{service.capitalize()}", {one for one in actions if one.startswith(f"{service}:")}, resources, None


def _of_identities(actions: set[str], stack: str) -> dict[Path, dict[str, Any]]:
    whole = {one for one in actions if _WHOLE_ACCOUNT.fullmatch(one)}
    groups = {one for one in actions - whole if _OF_GROUPS.fullmatch(one)}
    pass_role = actions & {"iam:PassRole"}
    issuer = {one for one in actions - whole if _OF_ISSUERS.fullmatch(one)}
    giving = {one for one in actions if _GIVING.fullmatch(one)}
    below = [f"arn:aws:iam::*:{kind}/railyard/{stack}/*" for kind in _KINDS]
    group = f"arn:aws:iam::*:group/railyard/{stack}/*"
    within = {"ArnLike": {"iam:PermissionsBoundary": _WITHIN.format(stack=stack)}}
    to_services = {"StringEquals": {"iam:PassedToService": _SERVED}}
    to_monitoring = {"StringEquals": {"iam:PassedToService": _MONITORING}}
    return {
        IDENTITIES: _document(
            ("LookAtIdentities", whole, "*", None),
            ("KeepIdentitiesOfTheStack", actions - whole - groups - pass_role - giving - issuer, below, None),
            ("KeepTheIssuerOfIdentityTokens", issuer, _ISSUER, None),
            ("GiveRightsWithinTheBoundary", giving, below, within),
            ("GiveRolesToServices", pass_role, below[0], to_services),
            ("GiveARoleToMonitoring", pass_role, "arn:aws:iam::*:role/*", to_monitoring),
        ),
        PEOPLE: _document(("KeepGroups", groups, [group], None)),
    }


def _document(*statements: Statement) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": sid, "Effect": "Allow", "Action": sorted(allowed), "Resource": resource}
            | ({"Condition": condition} if condition else {})
            for sid, allowed, resource, condition in statements
            if allowed
        ],
    }


def texts(stack: str = STACK) -> dict[Path, str]:
    """Contents of the files."""
    return {path: json.dumps(document, indent=2) + "\n" for path, document in policies(needed(), stack).items()}


if __name__ == "__main__":
    for path, text in texts(*sys.argv[1:2]).items():
        path.write_text(text, "utf-8")
