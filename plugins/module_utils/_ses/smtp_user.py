# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The IAM user who sends mail over SMTP: what there is of it, and what makes it as it should be."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_code
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError
from ansible_collections.railyard.aws.plugins.module_utils._resource.tags import IAM_USER, tag_change

#: Name of the one inline policy.
POLICY = "mail"

Raw = dict[str, Any]


def read(iam: Any, name: str) -> Raw | None:
    """Path, ARN, tags, policies and access keys (never their secrets, which IAM does not tell); None without a user."""
    try:
        user = iam.get_user(UserName=name, aws_retry=True)["User"]
    except is_boto3_error_code("NoSuchEntity"):
        return None
    inline = iam.list_user_policies(UserName=name, aws_retry=True)["PolicyNames"]
    attached = iam.list_attached_user_policies(UserName=name, aws_retry=True)["AttachedPolicies"]
    keys = iam.list_access_keys(UserName=name, aws_retry=True)["AccessKeyMetadata"]
    return {
        "arn": user["Arn"],
        "path": user["Path"],
        "tags": boto3_tag_list_to_ansible_dict(user.get("Tags") or []),
        "boundary": (user.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn") or "",
        "policies": {one: iam.get_user_policy(UserName=name, PolicyName=one, aws_retry=True)["PolicyDocument"] for one in inline},
        "attached": sorted(policy["PolicyArn"] for policy in attached),
        "keys": sorted(keys, key=lambda key: key["CreateDate"]),
    }


def insist_on_path(name: str, path: str, found: Raw | None) -> None:
    """Raise ResourceError when a user of the name is somebody else's."""
    if found and found["path"] != path:
        raise ResourceError(
            f"The account has a user '{name}' already that is not the stack's: its path is {found['path']}, not {path}. "
            "Give the stack's another name, or remove that one if nobody needs it."
        )


def ensure(iam: Any, params: Raw, found: Raw | None, check_mode: bool) -> tuple[Raw, Raw]:
    """Make or mend the user, apart from keys; return what differed before and after.

    :arg params: name, path, policy (the inline one), tags and permissions_boundary (an ARN, or empty) of the user
    """
    name, path, policy, tags = (params[key] for key in ("name", "path", "policy", "tags"))
    boundary = params["permissions_boundary"]
    before: Raw = {}
    after: Raw = {}
    if found is None:
        after = {"user": {"name": name, "path": path, "tags": tags, "policies": {POLICY: policy}}}
        if not check_mode:
            within = {"PermissionsBoundary": boundary} if boundary else {}
            iam.create_user(UserName=name, Path=path, Tags=ansible_dict_to_boto3_tag_list(tags), **within, aws_retry=True)
            iam.get_waiter("user_exists").wait(UserName=name)
            _put(iam, name, policy)
        return before, after
    if found["boundary"] != boundary:
        before["permissions_boundary"], after["permissions_boundary"] = found["boundary"], boundary
        if not check_mode:
            _put_boundary(iam, name, boundary)
    change = tag_change(found["tags"], tags)
    if change:
        before["tags"], after["tags"] = change.before, change.after
        if not check_mode:
            IAM_USER.apply(iam, name, change)
    if found["policies"] != {POLICY: policy} or found["attached"]:
        before["policies"], after["policies"] = {**found["policies"], **dict.fromkeys(found["attached"])}, {POLICY: policy}
        if not check_mode:
            take_away_policies(iam, name, found, spared=POLICY)
            _put(iam, name, policy)
    return before, after


def take_away_policies(iam: Any, name: str, found: Raw, spared: str = "") -> None:
    """Remove what the user may do, but for one inline policy."""
    for policy in found["policies"]:
        if policy != spared:
            iam.delete_user_policy(UserName=name, PolicyName=policy, aws_retry=True)
    for arn in found["attached"]:
        iam.detach_user_policy(UserName=name, PolicyArn=arn, aws_retry=True)


def remove(iam: Any, name: str, found: Raw) -> None:
    """Remove the user with all that would keep it."""
    for key in found["keys"]:
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"], aws_retry=True)
    take_away_policies(iam, name, found)
    iam.delete_user(UserName=name, aws_retry=True)


def _put_boundary(iam: Any, name: str, boundary: str) -> None:
    if boundary:
        iam.put_user_permissions_boundary(UserName=name, PermissionsBoundary=boundary, aws_retry=True)
    else:
        iam.delete_user_permissions_boundary(UserName=name, aws_retry=True)


def _put(iam: Any, name: str, policy: Raw) -> None:
    iam.put_user_policy(UserName=name, PolicyName=POLICY, PolicyDocument=json.dumps(policy), aws_retry=True)
