"""release_record: what is remembered, in which order, and without secrets."""

from __future__ import annotations

import json

import boto3
import pytest
from ansible_collections.railyard.aws.plugins.modules import release_record

NAME = "/lab/app/release"
SECRET = "s3cr3tT0kenOfMine99"


def release(name: str, source: str = "https://git.example.com/shop.git") -> dict[str, str]:
    return {"name": name, "revision": name * 10, "source": source, "kind": "git"}


@pytest.fixture
def record(aws, run_module):
    return lambda **arguments: run_module(release_record, **{"name": NAME, "by": "kim@laptop", **arguments})


def stored() -> str:
    return boto3.client("ssm").get_parameter(Name=NAME)["Parameter"]["Value"]


def test_an_empty_account_remembers_nothing(record) -> None:
    result = record()
    assert (result["changed"], result["current"], result["history"]) == (False, {}, [])


def test_the_newest_is_current_and_the_oldest_goes(record) -> None:
    for name in ("aaaa", "bbbb", "cccc"):
        assert record(release=release(name), keep=2)["changed"]
    assert not record(release=release("cccc"), keep=2)["changed"]
    result = record()
    assert [one["name"] for one in result["history"]] == ["cccc", "bbbb"]
    assert result["current"]["by"] == "kim@laptop"


def test_a_release_that_comes_back_is_remembered_once(record) -> None:
    for name in ("aaaa", "bbbb", "aaaa"):
        record(release=release(name))
    assert [one["name"] for one in record()["history"]] == ["aaaa", "bbbb"]


def test_the_ruby_of_a_build_is_remembered_where_it_is_known(record) -> None:
    record(release={**release("aaaa"), "ruby": ""})
    assert "ruby" not in record()["current"]
    record(release={**release("bbbb"), "ruby": "ruby 3.3.8 x86_64-linux"})
    assert record()["current"]["ruby"] == "ruby 3.3.8 x86_64-linux"


def test_check_mode_records_nothing(record) -> None:
    result = record(release=release("aaaa"), check=True)
    assert result["changed"] and result["diff"]["after"] == {"current": "aaaa"}
    assert record()["history"] == []


def test_a_secret_in_the_url_is_not_recorded(record) -> None:
    result = record(release=release("aaaa", f"https://ada:{SECRET}@git.example.com/shop.git"))
    assert SECRET not in json.dumps(result["history"]) + stored()
    assert result["current"]["source"] == "https://git.example.com/shop.git"


def test_a_secret_that_was_recorded_once_is_not_returned_and_goes(record) -> None:
    record(release=release("aaaa"))
    old = json.loads(stored())
    old["releases"][0]["source"] = f"https://git.example.com/shop.git?private_token={SECRET}"
    boto3.client("ssm").put_parameter(Name=NAME, Value=json.dumps(old), Overwrite=True)
    assert record()["current"]["source"] == "https://git.example.com/shop.git"
    assert record(release=release("aaaa"))["changed"]
    assert SECRET not in stored()
    assert not record(release=release("aaaa"))["changed"]


def test_a_history_of_one_is_refused(record) -> None:
    assert "write at least 2" in record(keep=1)["msg"]


def test_what_a_release_was_read_to_expect_is_remembered_where_it_was_read(record) -> None:
    record(release=release("aaaa"))
    record(release={**release("bbbb"), "contract": "rails", "adapter": "trilogy"})
    new, old = record()["history"]
    assert (new["contract"], new["adapter"]) == ("rails", "trilogy")
    assert set(old) == {"name", "revision", "source", "kind", "by", "at"}
