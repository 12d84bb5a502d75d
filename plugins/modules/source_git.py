#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: source_git
short_description: Say which commit a revision of a repository is, and bring its files
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - A name is a branch, a tag, C(HEAD), a ref in full or the id of a commit, and is asked for exactly. One that is a branch
    and a tag, of different commits, is refused.
  - The id of a commit may be shortened as long as it is at the tip of a branch or a tag.
  - A commit that is not the whole application, because it has submodules or files that git LFS keeps elsewhere, is refused.
    Attributes C(export-ignore) keep nothing out.
  - Without O(dest) and O(archive) it only says which commit it is.
options:
  repository:
    description: URL without a password or token in it.
    type: str
    required: true
  revision:
    description: What is wanted of it.
    type: str
    default: HEAD
  copy:
    description: Directory for a bare copy of the repository, which makes the next release quick. Required with O(dest) and O(archive).
    type: path
  dest:
    description: Directory for the files; it is made when it is missing.
    type: path
  archive:
    description:
      - File for the files, packed; its directory is made when it is missing. One that is there is left as it is.
      - Only their owner may read either.
    type: path
  depth:
    description: How much history the copy gets; V(0) is all of it.
    type: int
    default: 0
requirements:
  - git
attributes:
  check_mode:
    description: Says which commit it is and brings nothing.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
"""

EXAMPLES = r"""
- name: Ask which commit main is
  railyard.aws.source_git:
    repository: https://github.com/me/shop.git
    revision: main
  register: main

- name: Bring its files
  railyard.aws.source_git:
    repository: https://github.com/me/shop.git
    revision: "{{ main.revision }}"
    copy: /var/www/shop.d/repository
    dest: /var/www/shop.d/releases/{{ main.revision[:12] }}

- name: Pack them
  railyard.aws.source_git:
    repository: https://github.com/me/shop.git
    revision: "{{ main.revision }}"
    copy: .cache/repository
    archive: .cache/releases/{{ main.revision }}.tar.gz
"""

RETURN = r"""
revision:
  description: Full id of the commit.
  returned: success
  type: str
  sample: 3f2a91c07d5544b8a3a1f0e8c1d2b3a4c5d6e7f8
ref:
  description: The branch or tag that led to it; empty for the id of a commit.
  returned: success
  type: str
  sample: refs/heads/main
"""

import os
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.railyard.aws.plugins.module_utils._deploy.archives import ArchiveError
from ansible_collections.railyard.aws.plugins.module_utils._deploy.git import Repository, forget_elsewhere
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.source import revision_problems, source_problems

#: Who has no right to read it is told so, and not asked for a password; answers in one language. A machine's attributes are not
#: the repository's.
ENVIRONMENT = {"GIT_ATTR_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}


def run(module):
    """Return the result for exit_json and its warnings. Raises ArchiveError."""
    params = module.params
    problems = [*source_problems(params["repository"], False), *revision_problems(params["revision"], "revision")]
    if problems:
        raise ArchiveError(" ".join(problems))

    def git(command):
        return module.run_command(command, environ_update=ENVIRONMENT)

    repository = Repository(git, params["repository"], Path(params["copy"] or "copy"))
    found = repository.resolve(params["revision"])
    result = {"changed": False, "revision": found.commit, "ref": found.ref}
    dest, archive = (Path(params[name]) if params[name] else None for name in ("dest", "archive"))
    wanted = bool(dest) or bool(archive and not archive.exists())
    if not wanted or module.check_mode:
        return {**result, "changed": wanted}, []
    if archive:
        # Before the copy, which may be beside it: its files are nobody else's to read either.
        archive.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    repository.bring(found, params["depth"])
    lacking = []
    if dest:
        dest.mkdir(mode=0o755, exist_ok=True)
        lacking = repository.unpack(found.commit, dest)
    if archive:
        lacking = repository.pack(found.commit, archive)
    return {**result, "changed": True}, lacking


@guarded
def main():
    module = AnsibleModule(
        argument_spec=dict(
            repository=dict(type="str", required=True),
            revision=dict(type="str", default="HEAD"),
            copy=dict(type="path"),
            dest=dict(type="path"),
            archive=dict(type="path"),
            depth=dict(type="int", default=0),
        ),
        required_by={"dest": ["copy"], "archive": ["copy"]},
        supports_check_mode=True,
    )
    module.get_bin_path("git", required=True)
    forget_elsewhere(os.environ)
    try:
        result, lacking = run(module)
    except (ArchiveError, OSError) as error:
        module.fail_json(msg=str(error))
    for text in lacking:
        module.warn(f"The release is without a file that only tests or documents use: {text}.")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
