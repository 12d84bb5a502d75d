#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: release_link
short_description: Make a release on a server the current one, and remove those that nobody goes back to
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - The link is renamed into its place, so that there is no moment without a release.
  - Who made what current is written down in a log before the link changes; a release that is current already leaves no line.
  - When another release becomes current, releases that are to be kept stay, and so do the newest of the others, up to O(keep)
    in all. The one that was current before stays in any case, as what runs is still of it, and may have to come back.
options:
  path:
    description: The link.
    type: path
    required: true
  releases:
    description: Directory of the releases, which is root's.
    type: path
    required: true
  name:
    description: Name of the release's directory in O(releases).
    type: str
    required: true
  log:
    description: File that gets a line for each change.
    type: path
    required: true
  entry:
    description: What that line says after the time.
    type: str
    required: true
  remembered:
    description: Names of releases that are kept, whatever their age.
    type: list
    elements: str
    default: []
  keep:
    description: Number of releases that are kept.
    type: int
    default: 5
attributes:
  check_mode:
    description: Says what would be done. The release itself need not be there yet.
    support: full
  diff_mode:
    description: Shows where the link leads.
    support: full
seealso:
  - module: railyard.aws.release_record
"""

EXAMPLES = r"""
- name: Make the release current
  railyard.aws.release_link:
    path: /var/www/shop
    releases: /var/www/shop.d/releases
    name: 3f2a91c07d55
    log: /var/www/shop.d/revisions.log
    entry: kim release 3f2a91c07d55 of https://github.com/me/shop.git
    remembered: [3f2a91c07d55, 9c1d2b3a4c5d]
"""

RETURN = r"""
before:
  description: Where the link led.
  returned: when it was there
  type: str
  sample: /var/www/shop.d/releases/9c1d2b3a4c5d
removed:
  description: Names of the releases that were removed, or would be.
  returned: success
  type: list
  elements: str
"""

import os
import shutil
import time

from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._host.module import named, run
from ansible_collections.railyard.aws.plugins.module_utils._host.paths import trusted_directory
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError

ARGUMENTS = dict(
    path=dict(type="path", required=True),
    releases=dict(type="path", required=True),
    name=dict(type="str", required=True),
    log=dict(type="path", required=True),
    entry=dict(type="str", required=True),
    remembered=dict(type="list", elements="str", default=[]),
    keep=dict(type="int", default=5),
)


def surplus(releases, kept, keep):
    """Names of the releases to remove: of those that need not be kept the oldest, until ``keep`` are left. Raises OSError."""
    with os.scandir(releases) as entries:
        others = [entry for entry in entries if entry.is_dir(follow_symlinks=False) and entry.name not in kept]
        others.sort(key=lambda entry: entry.stat(follow_symlinks=False).st_mtime, reverse=True)
    return [entry.name for entry in others[max(keep - len(kept), 0) :]]


def write_down(log, entry):
    """Add a line to a log of root's. Raises ResourceError and OSError."""
    place = os.path.join(trusted_directory(os.path.dirname(log)), os.path.basename(log))
    file = os.open(place, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    with os.fdopen(file, "a", encoding="utf-8") as opened:
        opened.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {' '.join(entry.split())}\n")


def lead(path, target):
    """Rename a link to the target into its place. Raises ResourceError and OSError."""
    place = os.path.join(trusted_directory(os.path.dirname(path)), os.path.basename(path))
    new = f"{place}.new"
    if os.path.lexists(new):
        os.unlink(new)
    os.symlink(target, new)
    os.replace(new, place)


def is_led(path, target):
    """Whether it is a link of root's to the target."""
    return os.path.islink(path) and os.readlink(path) == target and os.lstat(path).st_uid == 0


def make_current(module):
    """Return the result for exit_json. Raises ResourceError."""
    params = module.params
    path, target = params["path"], os.path.join(params["releases"], params["name"])
    before = os.path.realpath(path) if os.path.islink(path) else None
    if before is None and os.path.lexists(path):
        raise ResourceError(
            f"{path} is no link to the current release but a directory or file that somebody else made; move it away "
            f"(`mv {path} {path}.old`) and run the same again."
        )
    with named(f"{path} cannot lead to {target}"):
        changed = not is_led(path, target)
        if changed and not module.check_mode:
            if not os.path.isdir(target):
                raise ResourceError(f"{target} is missing; bring the release to this server before it is made current.")
            write_down(params["log"], params["entry"])
            lead(path, target)
        # Only then: what the record forgets meanwhile is no reason for a run to change a server.
        prunes = changed and os.path.isdir(params["releases"])
        kept = {params["name"], os.path.basename(before or ""), *params["remembered"]} - {""}
        removed = surplus(params["releases"], kept, params["keep"]) if prunes else []
        for name in [] if module.check_mode else removed:
            shutil.rmtree(os.path.join(trusted_directory(params["releases"]), name))
    old, new = (f"{path} -> {one}\n" if one else "" for one in (before, target if changed else before))
    return {
        "changed": changed,
        "removed": removed,
        "diff": {
            "before": old + "".join(f"{name}\n" for name in removed),
            "after": new,
        },
        **({"before": before} if before else {}),
    }


@guarded
def main():
    run(ARGUMENTS, make_current)


if __name__ == "__main__":
    main()
