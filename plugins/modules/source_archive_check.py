#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: source_archive_check
short_description: Insist that an archive is what was packed
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Compares the SHA-256 of the archive's content with its revision, by which M(railyard.aws.source_archive) names it.
  - One that differs is removed, so that nothing uses it, and fails. One that others may read is closed to them.
options:
  path:
    description: The archive.
    type: path
    required: true
  revision:
    description: What it should be.
    type: str
    required: true
  origin:
    description: Where it was fetched from, for the message.
    type: str
    default: ""
attributes:
  check_mode:
    description: Compares and changes nothing.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
seealso:
  - module: railyard.aws.source_archive
"""

EXAMPLES = r"""
- name: Assert the archive that was packed
  railyard.aws.source_archive_check:
    path: .cache/releases/{{ release.revision }}.tar.gz
    revision: "{{ release.revision }}"
    origin: s3://railyard-artifacts/app/releases/{{ release.revision }}.tar.gz
"""

RETURN = r""" # """

import os
import stat
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.railyard.aws.plugins.module_utils._deploy.archives import ArchiveError, insist_on_content
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded


@guarded
def main():
    module = AnsibleModule(
        argument_spec=dict(
            path=dict(type="path", required=True),
            revision=dict(type="str", required=True),
            origin=dict(type="str", default=""),
        ),
        supports_check_mode=True,
    )
    archive, origin = Path(module.params["path"]), module.params["origin"]
    try:
        insist_on_content(archive, module.params["revision"])
        changed = bool(stat.S_IMODE(archive.stat().st_mode) & 0o077)
        if changed and not module.check_mode:
            os.chmod(archive, 0o600)
    except ArchiveError as error:
        if not module.check_mode:
            archive.unlink(missing_ok=True)
        mend = "Run the same command again, which has removed it and fetches or packs it anew."
        if origin:
            mend = f"Look who wrote {origin}, remove it (`aws s3 rm {origin}`) and deploy the directory again."
        module.fail_json(msg=f"{error} {mend}")
    except OSError as error:
        module.fail_json(msg=f"{archive} cannot be read: {error}")
    module.exit_json(changed=changed)


if __name__ == "__main__":
    main()
