"""The policy of the web servers' role."""

from __future__ import annotations

import json
from typing import Any

from tools.game.place import Place
from tools.verbs.trouble import Trouble


def policies(place: Place) -> dict[str, Any]:
    """Look at what the web servers may do, by the policy that says so."""
    iam, role = place.client("iam"), place.names.web_role_name
    try:
        names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    except iam.exceptions.NoSuchEntityException:
        raise Trouble(
            f"There is no role '{role}' of stack '{place.names.stack}'; run `ansible-playbook site.yml --tags iam`"
            " first."
        ) from None
    return {name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names}


def _statements(policy: dict[str, Any]) -> list[dict[str, Any]]:
    found = policy["Statement"]
    return found if isinstance(found, list) else [found]


def _of_uploads(statement: dict[str, Any]) -> bool:
    """Whether a statement lets the servers write whatever object of one bucket."""
    resource = statement["Resource"]
    return (
        "s3:PutObject" in statement["Action"]
        and isinstance(resource, str)
        and resource.endswith("/*")
        and resource.count("/") == 1
    )


def objects_out_of_reach(place: Place) -> None:
    """Somebody took `/*` for a slip: an object's ARN is none of its bucket's."""
    for name, policy in policies(place).items():
        changed = False
        for statement in _statements(policy):
            if _of_uploads(statement):
                statement["Resource"] = statement["Resource"].removesuffix("/*")
                changed = True
        if changed:
            place.client("iam").put_role_policy(
                RoleName=place.names.web_role_name, PolicyName=name, PolicyDocument=json.dumps(policy)
            )
