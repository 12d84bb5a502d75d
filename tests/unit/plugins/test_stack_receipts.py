"""stack_receipts: a line for each deed, none lost to another, and none with a credential of a URL."""

from __future__ import annotations

import boto3
import pytest
from ansible_collections.railyard.aws.plugins.modules import stack_receipts

NAME = "/lab/app/receipts"


@pytest.fixture
def receipts(aws, run_module):
    return lambda **arguments: run_module(stack_receipts, **{"name": NAME, **arguments})


def test_an_empty_account_has_none(receipts) -> None:
    assert receipts()["receipts"] == []


def test_each_is_kept_and_the_newest_comes_first(receipts) -> None:
    for what in ("restart", "deploy main", "console: bundle exec rails console"):
        assert not receipts(what=what, by="kim@laptop")["changed"]
    found = receipts()["receipts"]
    assert [one["what"] for one in found] == ["console: bundle exec rails console", "deploy main", "restart"]
    assert {one["by"] for one in found} == {"kim@laptop"} and "seconds" not in found[0]


def test_more_than_a_page_of_them_are_read(receipts) -> None:
    for number in range(60):
        receipts(what=f"restart {number}", by="kim@laptop")
    assert len(receipts()["receipts"]) == 60


def test_server_time_and_result_are_told(receipts) -> None:
    receipts(what="deploy main", by="kim@laptop", server="web01", since=0.0, result="3f2a91c07d55 is current")
    (one,) = receipts()["receipts"]
    assert (one["on"], one["result"]) == ("web01", "3f2a91c07d55 is current") and one["seconds"] > 1_000_000


def test_the_parameter_has_the_stacks_tags(receipts) -> None:
    receipts(what="restart", by="kim@laptop", tags={"Stack": "lab", "Role": "app"})
    receipts(what="restart", by="kim@laptop", tags={"Stack": "lab", "Role": "app"})
    tags = boto3.client("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId=NAME)["TagList"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"Stack": "lab", "Role": "app"}


def test_credentials_in_urls_and_endless_texts_are_not_kept(receipts) -> None:
    receipts(what=f"run: git clone https://kim:s3cr3tT0ken99@example.com/a.git {'x' * 9000}", by="kim@laptop")
    kept = boto3.client("ssm").get_parameter(Name=NAME)["Parameter"]["Value"]
    assert "s3cr3tT0ken99" not in kept and len(kept) < 4096


def test_check_mode_keeps_nothing(receipts) -> None:
    receipts(what="restart", by="kim@laptop", check=True)
    assert receipts()["receipts"] == []


def test_what_a_person_wrote_there_is_left_out(receipts) -> None:
    receipts(what="restart", by="kim@laptop")
    for text in ("a note of mine", "[1]", '{"at": "now"}'):
        boto3.client("ssm").put_parameter(Name=NAME, Value=text, Overwrite=True)
    assert [one["what"] for one in receipts()["receipts"]] == ["restart"]


def test_who_did_it_has_to_be_said(receipts) -> None:
    assert "by" in receipts(what="restart")["msg"]
