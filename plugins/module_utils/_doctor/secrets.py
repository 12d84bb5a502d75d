# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keys and passwords among an application's files, and those that it needs and servers do not get."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ansible_collections.railyard.aws.plugins.module_utils._deploy.selection import secret, walked
from ansible_collections.railyard.aws.plugins.module_utils._deploy.urls import secret_in
from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import BREAKS, WARNS, Finding, Stack, at

#: Files that name where code comes from.
_SOURCES = ("Gemfile", "Gemfile.lock", ".gitmodules", "package.json", "yarn.lock", "package-lock.json", ".git/config")
#: How many names a finding lists.
_LISTED = 6


def keys(app: Application, stack: Stack) -> Iterator[Finding]:
    found = sorted(path for path in walked(app.root) if secret(app.root, path))
    if found:
        shown = ", ".join(found[:_LISTED]) + (f" and {len(found) - _LISTED} more" if len(found) > _LISTED else "")
        what = "files carry keys, passwords or people's data; of a directory they are left out, and in a repository everybody has them who reads it"
        yield Finding("keys", WARNS, what, "values in app_environment (encrypted with ansible-vault), and the names in .gitignore", shown)


def urls(app: Application, stack: Stack) -> Iterator[Finding]:
    found = [line for line in app.lines_of(*_SOURCES) if any(secret_in(url) for url in re.findall(r"[a-z+]+://[^\s'\",]+", line.text))]
    if found:
        what = "URLs of code carry a password or token, which everybody has who reads these files"
        mend = "the URL without it, BUNDLE_<HOST> with it in app_environment for gems, a deploy key for repositories; then a new token"
        yield Finding("url-secret", WARNS, what, mend, at(found))


def credentials(app: Application, stack: Stack) -> Iterator[Finding]:
    """The key of Rails' encrypted credentials is in no repository, and is left out of archives."""
    files = [name for name in ("config/credentials/production.yml.enc", "config/credentials.yml.enc") if (app.root / name).is_file()]
    if not files or "RAILS_MASTER_KEY" in stack["environment"]:
        return
    required = app.matching(r"config\.require_master_key\s*=\s*true")
    mend = "RAILS_MASTER_KEY in app_environment, encrypted with ansible-vault"
    if required:
        yield Finding("credentials", BREAKS, "the application does not start without the key of its credentials, which servers do not have", mend, at(required))
        return
    used = [line for line in (*app.lines, *app.lines_of("app/**/*.rb")) if re.search(r"\bcredentials\b(\.|\[|&|\.dig)", line.text)]
    if used:
        yield Finding("credentials", WARNS, f"{files[0]} is read, and servers do not have its key: every value is nil", mend, at(used))


CHECKS: tuple[Callable[[Application, Stack], Iterator[Finding]], ...] = (keys, urls, credentials)
