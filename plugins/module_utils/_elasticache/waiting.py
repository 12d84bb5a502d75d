# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Waiting for replication groups, with words for people when it does not end well."""

from __future__ import annotations

import time

try:
    import botocore
except ImportError:
    pass  # AnsibleAWSModule reports it

from ansible_collections.railyard.aws.plugins.module_utils._elasticache.errors import CacheError
from ansible_collections.railyard.aws.plugins.module_utils._elasticache.replication_groups import find

#: Seconds between two looks: soon at first, then as often as AWS's own waiter.
FIRST_PAUSE, LONGEST_PAUSE = 2, 15

#: How many of AWS's last words about a group go into an error.
EVENTS = 3


def last_words(client, group_id):
    """Return what AWS last said about a group, as text that can follow a full stop; empty when it said nothing."""
    try:
        answer = client.describe_events(SourceIdentifier=group_id, SourceType="replication-group", Duration=1440, aws_retry=True)
    except botocore.exceptions.ClientError:
        return ""  # not allowed to read events: what is to be said is known without them
    messages = [event["Message"] for event in answer.get("Events", []) if event.get("Message")][-EVENTS:]
    return f" AWS said: {'; '.join(messages)}" if messages else ""


def wait_until_available(client, group_id, timeout):
    """Return the group once it is available.

    :arg timeout: seconds.
    Raises CacheError when the creation fails, the group vanishes or the time is up.
    """
    started, pause = time.monotonic(), FIRST_PAUSE
    while True:
        group = find(client, group_id)
        if group is None:
            raise CacheError(f"Replication group '{group_id}' was removed by somebody while it was awaited.")
        status = group["Status"]
        if status == "available":
            return group
        if status == "create-failed":
            raise CacheError(
                f"AWS could not create replication group '{group_id}'.{last_words(client, group_id)}"
                " Remove it with state: absent and retain_snapshot: false, mend the cause, run again."
            )
        if status == "deleting":
            raise CacheError(f"Replication group '{group_id}' is being deleted; run again when it is gone.")
        _rest(client, group_id, status, started, timeout, pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)


def wait_until_gone(client, group_id, timeout):
    """Return once the group does not exist. Raises CacheError when ``timeout`` seconds are up."""
    started, pause = time.monotonic(), FIRST_PAUSE
    while (group := find(client, group_id)) is not None:
        _rest(client, group_id, group["Status"], started, timeout, pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)


def _rest(client, group_id, status, started, timeout, pause):
    waited = time.monotonic() - started
    if waited + pause > timeout:
        raise CacheError(
            f"Replication group '{group_id}' is still '{status}' after {waited:.0f} s (wait_timeout is {timeout})."
            f"{last_words(client, group_id)} AWS goes on with it: run the same again to wait longer."
        )
    time.sleep(pause)
