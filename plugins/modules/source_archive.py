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
  - Of a work tree of git come the files that git tracks, submodules included, as they are now, committed or not. Of any other
    directory come all files.
  - What is made anew on a server is left out (C(.git), C(.bundle), C(node_modules), C(vendor/bundle), C(log), C(tmp),
    C(storage), C(public/assets), C(public/uploads)), and what carries a key, a password or people's data, by its name or its
    content (such as C(.env), C(config/master.key), C(*.sqlite3), private keys, C(.npmrc) with a token).
  - A link that leads out of the directory, a submodule that is not checked out, and a file that git LFS keeps elsewhere are
    refused.
options:
  path:
    description: The directory.
    type: path
    required: true
  exclude:
    description:
      - Shell patterns of what is left out beside that, by the path from the directory's root.
      - A pattern without a slash counts at any depth.
    type: list
    elements: str
    default: []
  include:
    description: Shell patterns of what comes along though git does not track it, or though it is called like a key.
    type: list
    elements: str
    default: []
  dest:
    description:
      - Directory for the archive, which is called as the revision. It is made when it is missing.
      - Only their owner may read either.
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
    exclude: [doc, '*.psd']
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
secrets:
  description: Files that were left out because they carry a key, a password or people's data.
  returned: success
  type: list
  elements: str
  sample: [config/master.key]
untracked:
  description: Files and directories that were left out because git neither tracks nor ignores them.
  returned: success
  type: list
  elements: str
  sample: [app/models/new.rb]
"""

import os
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.railyard.aws.plugins.module_utils._deploy.archives import ArchiveError, revision_of, write_archive
from ansible_collections.railyard.aws.plugins.module_utils._deploy.git import forget_elsewhere
from ansible_collections.railyard.aws.plugins.module_utils._deploy.selection import select
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded


def pack(params, git, check_mode):
    """Return the result for exit_json. Raises ArchiveError."""
    path, root = params["path"], Path(params["path"])
    if not root.is_dir():
        raise ArchiveError(f"There is no directory {path}; write the application's directory or a git URL in railyard_app_source.")
    chosen = select(root, params["exclude"], params["include"], git)
    if not chosen.paths:
        why = f"than {', '.join(chosen.secrets)}, which carry secrets" if chosen.secrets else "than what is made anew on a server"
        raise ArchiveError(f"The directory {path} has nothing else {why}; write the application's directory in railyard_app_source.")
    result = {
        "changed": False,
        "revision": revision_of(root, chosen.paths),
        "files": len(chosen.paths),
        "secrets": chosen.secrets,
        "untracked": chosen.untracked,
    }
    if params["dest"]:
        archive = Path(params["dest"]) / f"{result['revision']}.tar.gz"
        result.update(archive=str(archive), changed=not archive.exists())
        if result["changed"] and not check_mode:
            write_archive(root, chosen.paths, archive)
    return result


@guarded
def main():
    module = AnsibleModule(
        argument_spec=dict(
            path=dict(type="path", required=True),
            exclude=dict(type="list", elements="str", default=[]),
            include=dict(type="list", elements="str", default=[]),
            dest=dict(type="path"),
        ),
        supports_check_mode=True,
    )
    forget_elsewhere(os.environ)
    git = module.run_command if module.get_bin_path("git") else None
    try:
        result = pack(module.params, git, module.check_mode)
    except ArchiveError as error:
        module.fail_json(msg=str(error))
    except OSError as error:
        module.fail_json(msg=f"{module.params['path']} cannot be packed: {error}")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
