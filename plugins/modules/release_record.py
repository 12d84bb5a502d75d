#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: release_record
short_description: Keep the record of which release a stack runs, and which it ran
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - The record is a parameter in the Parameter Store, by which a server that is added later learns what to run.
  - Without O(release) it is only read.
  - Passwords and tokens in URLs are neither kept nor returned.
options:
  name:
    description: Name of the parameter.
    type: str
    required: true
  release:
    description: The release that is current from now on. One that is current already is left as it stands.
    type: dict
    suboptions:
      name:
        description: Name of the release.
        type: str
        required: true
      revision:
        description: Full revision.
        type: str
        required: true
      source:
        description: Git URL or directory it came from.
        type: str
        required: true
      kind:
        description: Whether servers get it from git or from an archive.
        type: str
        choices: [git, archive]
        required: true
      contract:
        description: Whose names its environment has. Records of earlier versions have none.
        type: str
        choices: [rails, book]
      adapter:
        description: Adapter of its database.
        type: str
      ruby:
        description: The Ruby that it was built for, as people say it. Records of earlier versions have none.
        type: str
  by:
    description: Who made it current. Required with O(release).
    type: str
  keep:
    description: Number of releases that are remembered, the current one included.
    type: int
    default: 5
  tags:
    description: Tags of the parameter when it is made.
    type: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    description: Reports what would be recorded without recording it.
    support: full
  diff_mode:
    description: Returns the names of the current release before and after.
    support: full
"""

EXAMPLES = r"""
- name: Read which release is current
  railyard.aws.release_record:
    name: /railyard/app/release
  register: record

- name: Record a release
  railyard.aws.release_record:
    name: /railyard/app/release
    release:
      name: 3f2a91c07d55
      revision: 3f2a91c07d5544b8a3a1f0e8c1d2b3a4c5d6e7f8
      source: https://github.com/example/app.git
      kind: git
    by: kim@laptop
"""

RETURN = r"""
current:
  description: The current release; without one an empty dictionary.
  returned: success
  type: dict
  sample:
    name: 3f2a91c07d55
    revision: 3f2a91c07d5544b8a3a1f0e8c1d2b3a4c5d6e7f8
    source: https://github.com/example/app.git
    kind: git
    contract: rails
    adapter: mysql2
    at: "2026-11-24T04:00:00+00:00"
    by: kim@laptop
history:
  description: All releases that are remembered, the current one first.
  returned: success
  type: list
  elements: dict
"""

from datetime import UTC, datetime

try:
    import botocore
except ImportError:
    pass  # AnsibleAWSModule reports it

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.railyard.aws.plugins.module_utils._deploy import parameters
from ansible_collections.railyard.aws.plugins.module_utils._deploy.parameters import ParameterError
from ansible_collections.railyard.aws.plugins.module_utils._deploy.urls import without_secret
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded

DESCRIPTION = "The application's current release and those before it"


def with_release(history, release, by, keep, at):
    """Return the history with ``release`` in front; an older entry of the same name goes."""
    entry = {**release, "by": by, "at": at}
    return [entry, *(one for one in history if one["name"] != release["name"])][:keep]


def run(client, params, check_mode):
    """Return the result for exit_json."""
    document = parameters.read(client, params["name"])
    kept = (document or {}).get("releases", [])
    # Who may read parameters would read a password in a URL: earlier versions kept them.
    before = [{**one, "source": without_secret(one["source"])} for one in kept]
    after, release = before, params["release"]
    new = bool(release) and (not before or before[0]["name"] != release["name"])
    if new:
        at = datetime.now(UTC).replace(microsecond=0).isoformat()
        said = {key: value for key, value in release.items() if value is not None and (value or key != "ruby")}
        release = said | {"source": without_secret(release["source"])}
        after = with_release(before, release, params["by"], params["keep"], at)
    changed = new or (bool(release) and kept != before)
    if changed and not check_mode:
        if document is None:
            changed = parameters.create(client, params["name"], {"releases": after}, DESCRIPTION, params["tags"])
        else:
            parameters.replace(client, params["name"], {"releases": after})
    return {
        "changed": changed,
        "current": after[0] if after else {},
        "history": after,
        "diff": {name: {"current": state[0]["name"] if state else ""} for name, state in (("before", before), ("after", after))},
    }


@guarded
def main():
    module = AnsibleAWSModule(
        argument_spec=dict(
            name=dict(type="str", required=True),
            release=dict(
                type="dict",
                options=dict(
                    name=dict(type="str", required=True),
                    revision=dict(type="str", required=True),
                    source=dict(type="str", required=True),
                    kind=dict(type="str", choices=["git", "archive"], required=True),
                    contract=dict(type="str", choices=["rails", "book"]),
                    adapter=dict(type="str"),
                    ruby=dict(type="str"),
                ),
            ),
            by=dict(type="str"),
            keep=dict(type="int", default=5),
            tags=dict(type="dict"),
        ),
        required_by={"release": ["by"]},
        supports_check_mode=True,
    )
    if module.params["keep"] < 2:
        module.fail_json(msg=f"keep is {module.params['keep']}; write at least 2, or there is nothing to roll back to.")
    client = module.client("ssm", retry_decorator=AWSRetry.jittered_backoff())
    try:
        result = run(client, module.params, module.check_mode)
    except ParameterError as error:
        module.fail_json(msg=str(error))
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        module.fail_json_aws(error, msg=f"The record '{module.params['name']}' could not be kept")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
