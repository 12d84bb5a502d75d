"""What S3 refuses whatever policies say: ACLs where ownership has done away with them, and public access. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.api.access.access_denied import AccessDenied
from sandbox.api.access.policy import document_of, is_public
from sandbox.services.s3.request import S3Request

ENFORCED = "BucketOwnerEnforced"
_PUBLIC_ACLS = ("public-read", "public-read-write", "authenticated-read")
_EVERYBODY = ("groups/global/AllUsers", "groups/global/AuthenticatedUsers")


def refused(call: S3Request, bucket: Any, body: Callable[[], bytes]) -> AccessDenied | None:
    """Why S3 would refuse a request that its caller may make; None when it does not.

    :param bucket: the emulator's; None when there is none
    :param body: reads the request's body
    """
    if call.method not in ("PUT", "POST") or "delete" in call.query:
        return None
    if bucket is None:
        return _new_bucket(call)
    block = bucket.public_access_block
    if "acl" in call.query or _names_acl(call):
        if bucket.ownership_rule == ENFORCED and call.headers.get("x-amz-acl") != "bucket-owner-full-control":
            return _error("AccessControlListNotSupported", 400, "The bucket does not allow ACLs")
        if block and block.block_public_acls and _is_public_acl(call, body):
            return _error("AccessDenied", 403, "Access Denied because public access control lists are blocked by the "
                          "BlockPublicAcls setting in S3 Block Public Access.")  # fmt: skip
    if call.method == "PUT" and not call.key and "policy" in call.query and block and block.block_public_policy:
        try:
            public = is_public(document_of(body()))
        except (ValueError, KeyError, TypeError):
            return None  # the emulator says what is wrong with it
        if public:
            return _error("AccessDenied", 403, "Access Denied because public policies are blocked by the "
                          "BlockPublicPolicy setting in S3 Block Public Access.")  # fmt: skip
    return None


def lets_anybody_read(call: S3Request, bucket: Any, key_acl: Any) -> bool:
    """Whether the object's ACL is enough for a request that nobody signed."""
    if call.method not in ("GET", "HEAD") or not call.key or set(call.query) - {"versionId"}:
        return False
    block = bucket.public_access_block
    ignored = bucket.ownership_rule == ENFORCED or (block and block.ignore_public_acls)
    return bool(not ignored and key_acl and key_acl.public_read)


def policy_counts_for_anybody(bucket: Any) -> bool:
    """Whether a public policy of the bucket lets in who did not sign."""
    block = bucket.public_access_block
    return not (block and block.restrict_public_buckets)


def _new_bucket(call: S3Request) -> AccessDenied | None:
    if call.key or call.query or call.method != "PUT":
        return None
    # Without a word about ownership it is the one that has no ACLs.
    enforced = call.headers.get("x-amz-object-ownership", ENFORCED) == ENFORCED
    if enforced and call.headers.get("x-amz-acl") in _PUBLIC_ACLS:
        return _error("InvalidBucketAclWithObjectOwnership", 400, "Bucket cannot have ACLs set with ObjectOwnership's "
                      "BucketOwnerEnforced setting")  # fmt: skip
    return None


def _names_acl(call: S3Request) -> bool:
    return "x-amz-acl" in call.headers or any(name.startswith("x-amz-grant-") for name in call.headers)


def _is_public_acl(call: S3Request, body: Callable[[], bytes]) -> bool:
    grants = [value for name, value in call.headers.items() if name.startswith("x-amz-grant-")]
    if call.headers.get("x-amz-acl") in _PUBLIC_ACLS or any(name in text for text in grants for name in _EVERYBODY):
        return True
    if "acl" not in call.query:
        return False
    text = body().decode("utf-8", "replace")
    return any(name in text for name in _EVERYBODY)


def _error(code: str, status: int, message: str) -> AccessDenied:
    return AccessDenied("s3", code, status, message)
