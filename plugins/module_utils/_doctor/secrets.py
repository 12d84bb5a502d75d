# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keys and passwords among an application's files, and those that it needs and servers do not get."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.railyard.aws.plugins.module_utils._deploy.selection import secret, walked
from ansible_collections.railyard.aws.plugins.module_utils._deploy.urls import secret_in
from ansible_collections.railyard.aws.plugins.module_utils._doctor import names
from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import BREAKS, WARNS, Check, Finding, Stack, at
from ansible_collections.railyard.aws.plugins.module_utils._doctor.line import Line
from ansible_collections.railyard.aws.plugins.module_utils._doctor.settings import rails

#: Files that name where code comes from.
_SOURCES = ("Gemfile", "Gemfile.lock", ".gitmodules", "package.json", "yarn.lock", "package-lock.json", ".git/config")
#: How many names a finding lists.
_LISTED = 6
#: ``credentials.aws[:key]``, ``credentials.aws.key``, ``credentials.fetch(:aws)``, ``credentials.key!``: nil has no such method.
_FATAL = re.compile(
    r"\bcredentials(?:\.(?!dig\b|secret_key_base\b|config\b|content_path\b|key_path\b)\w+"
    r"(?:\[|\.(?!presence|present|blank|nil|to_s|try|dup|then|freeze)\w+|!)|\.fetch\b|\[:\w+\](?:\[|\.\w))"
)


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
    files = app.there(f"config/credentials/{app.environment}.yml.enc", "config/credentials.yml.enc")
    if not files or "RAILS_MASTER_KEY" in stack["environment"]:
        return
    mend = "RAILS_MASTER_KEY in app_environment, as a secret of AWS Secrets Manager or encrypted with ansible-vault"
    value, _words = names.value("RAILS_MASTER_KEY")
    given = {"app_environment": {"RAILS_MASTER_KEY": value}}
    required = [one.line for one in rails(app, "require_master_key") if one.word == "true" and one.holds is not False]
    if required:
        what = f"the application does not start without the key of {files[0]}, which servers do not have"
        yield Finding("credentials", BREAKS, what, mend, at(required), variables=given)
        return
    # Without its key the file is empty: a second step into it fails while the application starts.
    started = [*app.lines, *_ruby_in_yaml(app)]
    fatal = [line for line in started if _FATAL.search(line.text)]
    if fatal:
        what = f"{files[0]} is read while the application starts, and servers do not have its key: what is looked for in it is nil, which fails"
        yield Finding("credentials", BREAKS, what, mend, at(fatal), variables=given)
        return
    used = [line for line in (*app.lines, *app.lines_of("app/**/*.rb")) if re.search(r"\bcredentials\b(\.|\[|&|\.dig)", line.text)]
    used = [line for line in used if not re.search(r"credentials\.(secret_key_base|content_path|key_path)\b|:\s*credentials\b", line.text)]
    if used:
        yield Finding("credentials", WARNS, f"{files[0]} is read, and servers do not have its key: every value is nil", mend, at(used), variables=given)


def _ruby_in_yaml(app: Application) -> Iterator[Line]:
    """Ruby in comments of YAML is run, too."""
    for name in app.files("config/*.yml"):
        counted = {line.number for line in app.yaml_lines(name)}
        for number, text in enumerate(app.read(name).splitlines(), 1):
            if number not in counted and re.search(r"<%(?![#%])", text):
                yield Line(name, number, text)


CHECKS: tuple[Check, ...] = (keys, urls, credentials)
