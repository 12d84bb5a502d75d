"""Teardown leaves nothing but data in the account, down leaves nothing on the machine."""

from __future__ import annotations

from tests.e2e import machine
from tests.e2e.account import STACK
from tests.e2e.lab import LOCK_CALLS, Lab, until

CONFIRM = "confirm"
TEARDOWN = ("playbooks/teardown.yml", "-e", f"{CONFIRM}={STACK}")
UNPROTECTED = (*TEARDOWN, "-e", "rds_deletion_protection=false")


def test_teardown_with_a_wrong_name_touches_nothing(stack: Lab) -> None:
    before, belongings = stack.calls(), stack.account().belongings()
    run = stack.playbook("teardown-wrong", "playbooks/teardown.yml", "-e", f"{CONFIRM}=other", fails=True)
    assert STACK in run.text and "other" in run.text, str(run)
    assert stack.mutations(before) == {}
    assert stack.account().belongings().keys() == belongings.keys()


def test_teardown_stops_at_a_protected_database(stack: Lab) -> None:
    before, belongings = stack.calls(), stack.account().belongings()
    run = stack.playbook("teardown-protected", *TEARDOWN, fails=True)
    said = " ".join(run.text.split())
    assert "Deletion protection keeps the database" in said and "rds_deletion_protection=false" in said, str(run)
    assert stack.mutations(before) == LOCK_CALLS
    assert stack.account().belongings().keys() == belongings.keys()


def test_teardown_leaves_nothing_but_data_in_the_account(stack: Lab) -> None:
    uploads = stack.account().bucket("uploads")
    stack.account().s3.put_object(Bucket=uploads, Key="picture", Body=b"kept")
    run = stack.playbook("teardown", *UNPROTECTED)
    assert run.total("failed") == 0, str(run)
    left = stack.account().belongings()
    assert uploads in left, str(run)
    data = [identifier for identifier in left if not identifier.startswith(f"{STACK}-")]
    assert data == [], "buckets with something in them and final snapshots are named after the stack"
    said = " ".join(run.text.split())
    assert f"bucket {uploads}" in said and "s3_delete_contents=true" in said, str(run)
    assert "database snapshot" in said and "cache snapshot" in said, str(run)
    until("hosts gone", lambda: not machine.hosts(stack), 120)


def test_second_teardown_has_nothing_to_do(stack: Lab) -> None:
    before = stack.calls()
    run = stack.playbook("teardown-again", *UNPROTECTED)
    assert run.changed == 0, str(run)
    assert stack.mutations(before) == LOCK_CALLS


def test_down_leaves_nothing_on_the_machine(stack: Lab) -> None:
    assert {"tables", "processes", "files"} <= machine.everything(stack).keys(), "the listing sees a sandbox that is up"
    stack.sandbox("down")
    # The daemon gives up its lock, for which `down` waits, a moment before its process ends.
    until("the daemon's process ends", lambda: not machine.processes(stack), 10)
    assert machine.everything(stack) == {}
