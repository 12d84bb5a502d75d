# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with keeping something on a server's disk: gone with the next release, or on one server of several."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import BREAKS, WARNS, Finding, Stack, at
from ansible_collections.railyard.aws.plugins.module_utils._doctor.line import Line


def kept(path: str, stack: Stack) -> bool:
    """Whether all releases share the directory that a path from the application's root is in."""
    path = path.lstrip("./")
    return any(path == shared or path.startswith(f"{shared}/") for shared in (one.strip("/") for one in stack["shared"]))


#: Directories of a release's own files, which a shared one would hide.
_OF_THE_RELEASE = frozenset(("", ".", "app", "bin", "config", "db", "lib", "public", "vendor", "tmp", "log"))


def alone(directory: str, stack: Stack) -> dict[str, Any]:
    """The variables by which a directory outlives its release and no other server is asked; none where it cannot be shared."""
    directory = posixpath.normpath(directory)
    if directory in _OF_THE_RELEASE or directory.startswith(("/", "..")):
        return {}
    shared = [] if kept(directory, stack) else [directory]
    several = {"railyard_web_count": 1} if stack["servers"] - stack["workers"] > 1 else {}
    # They have disks of their own, too.
    several |= {"railyard_worker_count": 0} if stack["workers"] else {}
    return {**({"app_shared": [*stack["shared"], *shared]} if shared else {}), **several}


def on_disk(name: str, what: str, path: str | None, mend: str, lines: list[Line], stack: Stack) -> Iterator[Finding]:
    """What is wrong with files in ``path``: from the root of a release, absolute, or not known."""
    several = f"each of the {stack['servers']} servers has its own, and a request finds what another server took in by luck only"
    if path is None or path.startswith("/"):
        where = path or "a directory that the environment names"
        told = several if stack["servers"] > 1 else "they go with the server, and nothing keeps a copy"
        weight = BREAKS if path and stack["servers"] > 1 else WARNS
        yield Finding(name, weight, f"{what} in {where}: {told}", mend, at(lines))
    elif not kept(path, stack):
        told = "they go with each release" + (f", and {several}" if stack["servers"] > 1 else "")
        given = alone(path, stack)
        yield Finding(name, BREAKS, f"{what} in {path}, which a release has to itself: {told}", mend, at(lines), loses=True, variables=given)
    elif stack["servers"] > 1:
        yield Finding(name, BREAKS, f"{what} in {path}: {several}", mend, at(lines), variables=alone(path, stack))
    else:
        yield Finding(name, WARNS, f"{what} in {path}: they go with the server, and nothing keeps a copy", mend, at(lines))


def or_shared(mend: str, path: str) -> str:
    return f"{mend}; or app_shared with {path} and railyard_web_count: 1"
