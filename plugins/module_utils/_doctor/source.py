# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What of an application is in no commit of its own: submodules, and files that git LFS keeps elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.railyard.aws.plugins.module_utils._deploy.completeness import dispensable, is_pointer
from ansible_collections.railyard.aws.plugins.module_utils._deploy.selection import walked
from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import BREAKS, Check, Finding, Stack, at

_GIT = re.compile(r"^(https?|ssh|git|file)://|^[^/]+@[^/]+:")


def is_git(source: str) -> bool:
    """Whether releases come from a git URL, and not from a directory."""
    return bool(_GIT.match(source))


_CLONE = "git clone --recurse-submodules URL DIRECTORY, there git lfs pull, and railyard_app_source: DIRECTORY"


def elsewhere(app: Application, stack: Stack) -> Iterator[Finding]:
    """A repository of several programs: Rails is below its root, and servers start what is at the root of a release."""
    if app.there("config/application.rb", "config/environment.rb", "config.ru"):
        return
    found = [name.removesuffix("/config/application.rb") for name in app.files("*/config/application.rb", "*/*/config/application.rb")]
    found = [name for name in found if not re.match(r"(test|spec|engines|vendor|node_modules)(/|$)|.*/dummy$", name)]
    if found:
        what = f"there is no config/application.rb, and Rails is in {', '.join(found[:3])}, where servers do not look for it"
        mend = f"railyard_app_source: the directory {found[0]} of a clone on this machine, with its own Gemfile and Gemfile.lock"
        yield Finding("source-directory", BREAKS, what, mend, f"{found[0]}/config/application.rb:1")


def submodules(app: Application, stack: Stack) -> Iterator[Finding]:
    lines = [line for line in app.lines_of(".gitmodules") if re.match(r"\s*path\s*=", line.text)]
    paths = [line.text.split("=", 1)[1].strip() for line in lines]
    if not lines:
        return
    if is_git(stack["source"]):
        what = f"{', '.join(paths[:3])} is a submodule, which is in no commit: a release of a git URL would lack it"
        yield Finding("submodules", BREAKS, what, _CLONE, at(lines))
        return
    empty = [path for path in paths if not (app.root / path).is_dir() or not any((app.root / path).iterdir())]
    if empty:
        what = f"{', '.join(empty[:3])} is a submodule that is not checked out"
        yield Finding("submodules", BREAKS, what, "git submodule update --init --recursive", at(lines))


def large_files(app: Application, stack: Stack) -> Iterator[Finding]:
    lines = [line for line in app.lines_of(".gitattributes") if re.search(r"\bfilter=lfs\b", line.text)]
    pointers = [path for path in walked(app.root) if not dispensable(path) and is_pointer(app.root / path)] if lines else []
    if pointers:
        mend = _CLONE if is_git(stack["source"]) else "git lfs pull"
        what = f"{', '.join(pointers[:3])} is kept elsewhere by git LFS: a release would have a few lines in its place"
        yield Finding("lfs", BREAKS, what, mend, at(lines))


CHECKS: tuple[Check, ...] = (elsewhere, submodules, large_files)
