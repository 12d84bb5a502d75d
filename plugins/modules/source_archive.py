#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: source_archive
short_description: Pack a directory into an archive that is named by its content
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Packs files and links below a directory into a compressed tar. Owners, times and empty directories do not count, so
    that the same files make the same archive on every machine.
  - Without O(dest) it only says which revision the directory is.
options:
  path:
    description: The directory.
    type: path
    required: true
  exclude:
    description:
      - Shell patterns of what is left out, by the path from the directory's root.
      - A pattern without a slash counts at any depth.
    type: list
    elements: str
    default: []
  dest:
    description: Directory for the archive, which is called as the revision. It is made when it is missing.
    type: path
attributes:
  check_mode:
    description: Says whether an archive would be written and writes none.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
"""

EXAMPLES = r"""
- name: Pack the application
  railyard.aws.source_archive:
    path: /srv/sample-app
    exclude: [.git, log/*, tmp/*]
    dest: .cache/releases
"""

RETURN = r"""
revision:
  description: SHA-256 of the archive's content before compression.
  returned: success
  type: str
archive:
  description: Path of the archive.
  returned: when O(dest) is given
  type: str
files:
  description: Number of files and links in it.
  returned: success
  type: int
"""

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.railyard.aws.plugins.module_utils._deploy.archives import (
    ArchiveError,
    members,
    revision_of,
    write_archive,
)


def pack(path, exclude, dest, check_mode):
    """Return the result for exit_json. Raises ArchiveError."""
    root = Path(path)
    if not root.is_dir():
        raise ArchiveError(f"There is no directory {path}; write the application's directory or a git URL in railyard_app_source.")
    paths = list(members(root, exclude))
    if not paths:
        raise ArchiveError(f"Nothing is left of the directory {path} without {', '.join(exclude) or 'its empty directories'}.")
    result = {"changed": False, "revision": revision_of(root, paths), "files": len(paths)}
    if dest:
        archive = Path(dest) / f"{result['revision']}.tar.gz"
        result.update(archive=str(archive), changed=not archive.exists())
        if result["changed"] and not check_mode:
            write_archive(root, paths, archive)
    return result


def main():
    module = AnsibleModule(
        argument_spec=dict(
            path=dict(type="path", required=True),
            exclude=dict(type="list", elements="str", default=[]),
            dest=dict(type="path"),
        ),
        supports_check_mode=True,
    )
    try:
        result = pack(module.params["path"], module.params["exclude"], module.params["dest"], module.check_mode)
    except ArchiveError as error:
        module.fail_json(msg=str(error))
    except OSError as error:
        module.fail_json(msg=f"{module.params['path']} cannot be packed: {error}")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
