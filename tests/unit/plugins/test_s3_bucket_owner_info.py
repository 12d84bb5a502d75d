"""The module s3_bucket_owner_info, and the emulated account of somebody else."""

from __future__ import annotations

import boto3
import pytest
from ansible_collections.railyard.aws.plugins.modules import s3_bucket_owner_info
from botocore.exceptions import ClientError

PLACE = {"LocationConstraint": "ap-northeast-1"}


class Closed:
    """S3 as it answers about a bucket of which these credentials may know nothing."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.asked: dict[str, str] = {}

    def head_bucket(self, **asked: str) -> None:
        self.asked = asked
        raise ClientError({"Error": {"Code": self.code, "Message": "No."}}, "HeadBucket")


def test_free_and_own_buckets_are_told_apart(aws, run_module):
    boto3.client("s3").create_bucket(Bucket="shop-files", CreateBucketConfiguration=PLACE)
    for check in (False, True):
        found = run_module(s3_bucket_owner_info, check, names=["shop-files", "shop-more", "shop-files"])
        assert found["owners"] == {"shop-files": "self", "shop-more": "none"}
        assert not found["changed"]


def test_no_names_ask_for_nothing(aws, run_module):
    assert run_module(s3_bucket_owner_info, names=[])["owners"] == {}


def test_bucket_of_another_account_is_closed():
    s3 = Closed("403")
    assert s3_bucket_owner_info.owner(s3, "shop-files", "123456789012") == "other"
    assert s3.asked == {"Bucket": "shop-files", "ExpectedBucketOwner": "123456789012"}


def test_another_error_is_no_answer():
    with pytest.raises(ClientError, match="400"):
        s3_bucket_owner_info.owner(Closed("400"), "shop-files", "123456789012")


def test_a_refused_caller_is_told_what_was_asked(aws, run_module, monkeypatch):
    monkeypatch.setattr(s3_bucket_owner_info, "owner", lambda *_asked: Closed("400").head_bucket())
    found = run_module(s3_bucket_owner_info, names=["shop-files"])
    assert found["failed"]
    assert "Cannot ask whose the buckets shop-files are" in found["msg"]
