"""A release is built on one server only, and what it built is on all of them."""

from __future__ import annotations

import gzip

from tests.e2e import canaries
from tests.e2e.lab import Lab
from tests.e2e.run import Run

#: Digest of the release that runs: its files and links, but for each server's own mark and what a run writes.
DIGEST = """
cd /var/www/aws-intro-sample/ &&
{ find . -path ./tmp -prune -o -type f -not -name .built -print0 | sort -z | xargs -0 sha256sum
  find . -path ./tmp -prune -o -type l -exec readlink {} + | sort; } | sha256sum | cut -c 1-64
"""


def digest(stack: Lab, host: str) -> str:
    """Digest of the release that runs on a server."""
    found = stack.on(host, DIGEST).split()[-1]
    assert len(found) == 64, found
    return found


def test_one_server_compiled_and_all_have_the_same(stack: Lab, first_run: Run) -> None:
    compiled = [task for task in first_run.changed_tasks() if ": Compile the assets =>" in task]
    assert compiled == ["railyard.aws.app : Compile the assets => web01"]
    assert len({digest(stack, host) for host in ("web01", "web02")}) == 1


def test_the_build_has_no_secret_in_it(stack: Lab) -> None:
    s3, bucket = stack.account().s3, stack.account().bucket("artifacts")
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket, Prefix="app/")["Contents"]]
    assert sorted(key.split("/")[1] for key in keys) == ["builds", "releases"], (
        "with Debian's gems there is no bundle to ship"
    )
    for key in keys:
        content = gzip.decompress(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        assert b"config/application.rb" in content
        assert sorted(name for value, name in canaries.secrets(stack).items() if value.encode() in content) == [], key
