"""The module s3_lease against an emulated bucket."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
from ansible_collections.railyard.aws.plugins.modules import s3_lease
from botocore.exceptions import ClientError

BUCKET, KEY = "railyard-artifacts", "ruby/2.6.6/x.tar.gz"
WHERE = {"bucket": BUCKET, "key": KEY}


@pytest.fixture
def s3(aws):
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    return client


@pytest.fixture
def ask(s3, run_module):
    def run(owner: str | None = "one", check: bool = False, **arguments) -> dict:
        given = {"pause": 0.01, "timeout": 0, **WHERE, "owner": owner, **arguments}
        return run_module(s3_lease, check=check, **{name: value for name, value in given.items() if value is not None})

    return run


def put_claim(s3, owner: str, until: float) -> None:
    body = json.dumps({"owner": owner, "until": until}).encode()
    s3.put_object(Bucket=BUCKET, Key=f"{KEY}.lease", Body=body)


def holder(s3) -> str:
    return json.loads(s3.get_object(Bucket=BUCKET, Key=f"{KEY}.lease")["Body"].read())["owner"]


def test_the_first_gets_it_and_the_second_is_told_who_has_it(ask, s3):
    first = ask()
    assert (first["held"], first["exists"], first["holder"], first["changed"]) == (True, False, "one", True)
    second = ask("two")
    assert second["failed"] is True
    assert second["msg"].startswith(
        "After 0 s one still holds the lease on s3://railyard-artifacts/ruby/2.6.6/x.tar.gz."
    )
    assert second["msg"].endswith(f"aws s3 rm s3://{BUCKET}/{KEY}.lease")
    assert holder(s3) == "one"


def test_an_object_that_is_there_is_not_made_again(ask, s3):
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"12345", Metadata={"sha256": "abc"})
    result = ask()
    assert (result["held"], result["exists"], result["changed"]) == (False, True, False)
    assert (result["metadata"], result["size"], result["holder"]) == ({"sha256": "abc"}, 5, None)


def test_asking_again_prolongs_ones_own_claim(ask, s3):
    put_claim(s3, "one", time.time() + 5)
    assert ask(seconds=100)["held"] is True
    until = json.loads(s3.get_object(Bucket=BUCKET, Key=f"{KEY}.lease")["Body"].read())["until"]
    assert until > time.time() + 90


def test_an_expired_claim_is_taken_over(ask, s3):
    put_claim(s3, "one", time.time() - 1)
    assert ask("two")["held"] is True
    assert holder(s3) == "two"


def test_of_two_that_see_the_same_expired_claim_one_gets_it(s3):
    put_claim(s3, "dead", time.time() - 1)
    retrying = _retrying(s3)
    first, second = (s3_lease.Lease(retrying, BUCKET, KEY, name) for name in ("one", "two"))
    seen = second.standing()
    assert first.take(60) is True
    second.standing = lambda: seen
    assert second.take(60) is False
    assert holder(s3) == "one"


def test_of_two_that_see_none_one_gets_it(s3):
    retrying = _retrying(s3)
    first, second = (s3_lease.Lease(retrying, BUCKET, KEY, name) for name in ("one", "two"))
    second.standing = lambda: (None, "")
    assert (first.take(60), second.take(60)) == (True, False)


def test_waits_until_the_other_is_done(ask, s3, monkeypatch):
    put_claim(s3, "one", time.time() + 60)
    looks = []

    def finish(_seconds: float) -> None:
        looks.append(1)
        if len(looks) == 3:
            s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"x")

    monkeypatch.setattr(s3_lease.time, "sleep", finish)
    result = ask("two", timeout=60)
    assert (result["held"], result["exists"], len(looks)) == (False, True, 3)


def test_takes_over_what_the_other_gave_back_unfinished(ask, s3, monkeypatch):
    put_claim(s3, "one", time.time() + 60)
    monkeypatch.setattr(s3_lease.time, "sleep", lambda _seconds: s3.delete_object(Bucket=BUCKET, Key=f"{KEY}.lease"))
    assert ask("two", timeout=60)["held"] is True


class Atomic:
    """A client whose calls come one at a time, in any order: S3 decides a condition at once, the emulator does not."""

    def __init__(self, client, lock: threading.Lock) -> None:
        self._client, self._lock = client, lock

    def __getattr__(self, name: str):
        def call(*arguments, **named):
            with self._lock:
                return getattr(self._client, name)(*arguments, **named)

        return call


@pytest.mark.parametrize("fails", [False, True], ids=["the-first-makes-it", "the-first-fails"])
def test_of_several_that_start_at_once_one_makes_it(s3, fails):
    servers, lock, start = 6, threading.Lock(), threading.Barrier(6)
    makers: list[str] = []
    busy = threading.Semaphore(1)

    def set_up(name: str) -> dict:
        lease = s3_lease.Lease(Atomic(_retrying(boto3.client("s3")), lock), BUCKET, KEY, name)
        start.wait(30)
        result = s3_lease.ensure_settled(lease, True, {"seconds": 60, "timeout": 30, "pause": 0.01})
        if result["held"]:
            assert busy.acquire(blocking=False), "two are at it at the same time"
            makers.append(name)
            time.sleep(0.2)  # The others look some twenty times meanwhile.
            if not (fails and len(makers) == 1):
                lease.s3.put_object(**lease.object, Body=b"compiled", Metadata={"sha256": name})
            busy.release()
            assert lease.release()
        return result

    with ThreadPoolExecutor(servers) as pool:
        results = list(pool.map(set_up, [f"web{number:02}" for number in range(servers)]))
    assert len(makers) == (2 if fails else 1)
    assert sum(result["held"] for result in results) == len(makers)
    waiting = [result for result in results if not result["held"]]
    assert all(result["metadata"] == {"sha256": makers[-1]} for result in waiting)


def test_what_was_made_meanwhile_is_not_claimed(s3, monkeypatch):
    lease = s3_lease.Lease(_retrying(s3), BUCKET, KEY, "one")
    take = lease.take

    def late(seconds: int) -> bool:
        taken = take(seconds)
        s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"x")
        return taken

    lease.take = late
    result = s3_lease.ensure_settled(lease, True, {"seconds": 60, "timeout": 0, "pause": 0})
    assert (result["held"], result["exists"]) == (False, True)
    assert lease.standing() == (None, "")


def test_awaiting_claims_nothing(ask, s3):
    result = ask(state="awaited", owner=None)
    assert (result["held"], result["exists"], result["holder"]) == (False, False, None)
    put_claim(s3, "one", time.time() + 60)
    assert ask(state="awaited", owner=None)["failed"] is True
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"x")
    assert ask(state="awaited", owner=None)["exists"] is True


def test_only_the_owner_gives_it_back(ask, s3):
    ask()
    assert ask("two", state="released")["changed"] is False
    assert holder(s3) == "one"
    assert ask(state="released")["changed"] is True
    assert ask(state="released")["changed"] is False
    assert ask("two")["held"] is True


def test_check_mode_tells_and_writes_nothing(ask, s3):
    assert ask(check=True)["held"] is True
    assert "Contents" not in s3.list_objects_v2(Bucket=BUCKET)
    put_claim(s3, "two", time.time() + 60)
    result = ask(check=True)
    assert (result["held"], result["holder"]) == (False, "two")
    assert ask("two", state="released", check=True)["changed"] is True
    assert holder(s3) == "two"


@pytest.mark.parametrize("state", ["held", "awaited", "released"])
def test_refusals_are_told(ask, state):
    result = ask(state=state, bucket="somebody-elses")
    assert result["failed"] is True
    assert result["msg"].startswith("Cannot see or acquire the lease on s3://somebody-elses/ruby/2.6.6/x.tar.gz")


def test_an_owner_is_needed_to_claim(ask):
    assert "owner" in ask(owner=None)["msg"]


def test_errors_that_are_no_lost_race_are_raised(s3):
    class Refusing:
        def put_object(self, **_arguments):
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "No."}}, "PutObject")

        def get_object(self, **_arguments):
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": "No."}}, "GetObject")

    with pytest.raises(ClientError):
        s3_lease.Lease(Refusing(), BUCKET, KEY, "one").take(60)


def _retrying(client):
    """The client as the module has it, whose calls take ``aws_retry``."""
    from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry, RetryingBotoClientWrapper

    return RetryingBotoClientWrapper(client, AWSRetry.jittered_backoff(retries=1))
