# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Looking for an instance of RDS and waiting for it, with words for people when it does not end well."""

from __future__ import annotations

import time

from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_code
from ansible_collections.railyard.aws.plugins.module_utils._answers import first
from ansible_collections.railyard.aws.plugins.module_utils._rds.errors import DatabaseError

#: Seconds between two looks: soon at first, then as often as AWS's own waiter.
FIRST_PAUSE, LONGEST_PAUSE = 2, 30

#: States in which it takes changes and a final snapshot.
SETTLED = ("available", "stopped", "storage-full", "storage-optimization")

#: States from which it comes back by nobody's doing: no snapshot can be taken, only deletion is left.
LOST = ("failed", "incompatible-create", "incompatible-network", "incompatible-restore")


def find(client, name):
    """Return the instance as the API describes it, or None. Raises botocore's ClientError."""
    try:
        answer = client.describe_db_instances(DBInstanceIdentifier=name, aws_retry=True)
    except is_boto3_error_code("DBInstanceNotFound"):
        return None
    return first(answer, "DBInstances")


def wait_until_settled(client, name, timeout):
    """Return the instance once it takes changes.

    :arg timeout: seconds.
    Raises DatabaseError when its creation failed, it vanishes or the time is up.
    """
    started, pause = time.monotonic(), FIRST_PAUSE
    while True:
        instance = find(client, name)
        if instance is None:
            raise DatabaseError(f"Database '{name}' was removed by somebody while it was awaited.")
        status = instance["DBInstanceStatus"]
        if status in SETTLED:
            return instance
        if status in LOST:
            raise DatabaseError(
                f"AWS has given up database '{name}': it is '{status}'. Its events say why (`aws rds describe-events --source-type"
                f" db-instance --source-identifier {name}`): mend that, and where it comes back run again. One that has content has first to be"
                " restored from its backups (`aws rds restore-db-instance-to-point-in-time`); only one that never had any may be removed"
                " at once, with state: absent."
            )
        if status == "deleting":
            raise DatabaseError(f"Database '{name}' is being deleted; run again when it is gone.")
        _rest(name, status, started, timeout, pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)


def wait_until_gone(client, name, timeout):
    """Return once the instance does not exist. Raises DatabaseError when ``timeout`` seconds are up."""
    started, pause = time.monotonic(), FIRST_PAUSE
    while (instance := find(client, name)) is not None:
        _rest(name, instance["DBInstanceStatus"], started, timeout, pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)


def _rest(name, status, started, timeout, pause):
    waited = time.monotonic() - started
    if waited + pause > timeout:
        raise DatabaseError(
            f"Database '{name}' is still '{status}' after {waited:.0f} s (wait_timeout is {timeout}). AWS goes on with it: run the same again to wait longer."
        )
    time.sleep(pause)
