"""Write docs/iam-policy*.json: what the person who runs the playbooks may do, from the roles' README files.

Two policies, because AWS takes 6144 characters for one: all services but IAM, and IAM.
"""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
SERVICES = PROJECT / "docs" / "iam-policy.json"
IDENTITIES = PROJECT / "docs" / "iam-policy-identities.json"

#: All identities of stacks lie below this path: with these actions on any other, people could give themselves rights.
_BELOW = [f"arn:aws:iam::*:{kind}/railyard/*" for kind in ("role", "instance-profile", "group", "user")]
#: Services to which the roles of a stack are given.
_SERVED = ["ec2.amazonaws.com", "vpc-flow-logs.amazonaws.com"]
#: Service to which somebody gives a role that no stack made (rds_monitoring_role_arn): the role has to trust it.
_MONITORING = "monitoring.rds.amazonaws.com"
#: Services that use somebody's key of KMS for the person; the person alone cannot use it.
_WITH_KEYS = ["ec2", "elasticache", "rds", "s3"]
#: IAM actions that do not act on an identity, or only look.
_WHOLE_ACCOUNT = re.compile(r"iam:(List\w+|Get\w+|UpdateAccount\w+|CreateServiceLinkedRole)")


def expand(pattern: str) -> list[str]:
    """``ec2:{Create,Delete}Vpc`` as two actions. Wildcards stay."""
    parts = re.split(r"\{([^}]*)\}", pattern)
    choices = [part.split(",") if index % 2 else [part] for index, part in enumerate(parts)]
    return ["".join(choice) for choice in itertools.product(*choices)]


def actions_of(readme: str) -> set[str]:
    """Actions in the section "IAM actions" of a README, without those that a wildcard of it covers."""
    section = re.search(r"^## IAM actions\n(.*?)(?=^## |\Z)", readme, re.MULTILINE | re.DOTALL)
    patterns = re.findall(r"`([a-z0-9-]+:[A-Za-z{},*]+)`", section[1]) if section else []
    return {action for pattern in patterns for action in expand(pattern)}


def needed() -> set[str]:
    """Actions of all roles."""
    found = set().union(*(actions_of(path.read_text("utf-8")) for path in PROJECT.glob("roles/*/README.md")))
    wild = [action[:-1] for action in found if action.endswith("*")]
    return {one for one in found if one.endswith("*") or not one.startswith(tuple(wild))}


def policies(actions: set[str]) -> dict[Path, dict[str, Any]]:
    """The policy documents by file.

    Passing a role and changing an identity is allowed below the stacks' path only, but for a role of somebody's that
    only the monitoring of RDS can use. Keys of KMS are used through the services only.
    """
    identities = {one for one in actions if one.startswith("iam:")}
    below = {one for one in identities if not _WHOLE_ACCOUNT.fullmatch(one)}
    pass_role = below & {"iam:PassRole"}
    to_services = {"StringEquals": {"iam:PassedToService": _SERVED}}
    to_monitoring = {"StringEquals": {"iam:PassedToService": _MONITORING}}
    keys = {one for one in actions if one.startswith("kms:")}
    by_services = {"StringLike": {"kms:ViaService": [f"{service}.*.amazonaws.com" for service in _WITH_KEYS]}}
    return {
        SERVICES: _document(
            ("Build", actions - identities - keys, "*", None),
            ("UseKeysThroughServices", keys, "*", by_services),
        ),
        IDENTITIES: _document(
            ("LookAtIdentities", identities - below, "*", None),
            ("KeepIdentitiesOfStacks", below - pass_role, _BELOW, None),
            ("GiveRolesToServices", pass_role, _BELOW[0], to_services),
            ("GiveARoleToMonitoring", pass_role, "arn:aws:iam::*:role/*", to_monitoring),
        ),
    }


def _document(*statements: tuple[str, set[str], Any, dict[str, Any] | None]) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": sid, "Effect": "Allow", "Action": sorted(allowed), "Resource": resource}
            | ({"Condition": condition} if condition else {})
            for sid, allowed, resource, condition in statements
            if allowed
        ],
    }


def texts() -> dict[Path, str]:
    """Contents of the files."""
    return {path: json.dumps(document, indent=2) + "\n" for path, document in policies(needed()).items()}


if __name__ == "__main__":
    for path, text in texts().items():
        path.write_text(text, "utf-8")
