"""What is done by hand leaves a line in the account, which ``make releases`` shows."""

from __future__ import annotations

import sys
import threading

from tools.verbs.stack import Stack


def write(stack: Stack, what: str, on: str = "") -> None:
    """Keep a receipt, and tell the webhook where there is one. Raises botocore's errors."""
    import boto3
    from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry, RetryingBotoClientWrapper
    from ansible_collections.railyard.aws.plugins.module_utils._deploy import notices, receipts

    said = stack.ask(
        "{'name': railyard_app_receipts_parameter, 'region': railyard_region, 'by': railyard_operator,"
        " 'stack': railyard_stack, 'webhook': railyard_webhook_url}"
    )
    name = str(said["name"])
    session = boto3.session.Session(region_name=said["region"])
    client = RetryingBotoClientWrapper(session.client("ssm"), AWSRetry.jittered_backoff())
    entry = receipts.receipt(str(said["by"]), what, on)
    receipts.add(client, name, entry, stack.tags(name))
    problem = notices.send(str(said["webhook"]), notices.text(str(said["stack"]), entry)) if said["webhook"] else ""
    if problem:
        print(f"The webhook in railyard_webhook_url was not told of this: {problem}.", file=sys.stderr)


class Recorded:
    """Writes a receipt while something else goes on, and says at the end when it could not be written.

    In a thread, because what a person waits for is the command and not the record of it.
    """

    def __init__(self, stack: Stack, what: str, on: str) -> None:
        self._problem: Exception | None = None
        self._thread = threading.Thread(target=self._run, args=(stack, what, on))

    def _run(self, stack: Stack, what: str, on: str) -> None:
        try:
            write(stack, what, on)
        # Whatever it is: it ends a record, and not what a person is in the middle of.
        except Exception as error:
            self._problem = error

    def __enter__(self) -> Recorded:
        self._thread.start()
        return self

    def __exit__(self, *_unused: object) -> None:
        self._thread.join()
        if self._problem:
            print(f"This was not written down for `make releases`: {self._problem}", file=sys.stderr)
