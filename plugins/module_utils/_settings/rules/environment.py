# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with the environment that leads to AWS: profile, endpoint, certificates."""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Mapping
from pathlib import Path

from ansible_collections.railyard.aws.plugins.module_utils._settings.forms import did_you_mean, shown

_ENDPOINT = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+/?")
_CERTIFICATE = "-----BEGIN CERTIFICATE-----"


def certificates_problem(path: str) -> str:
    """Why a file of certificates is none; empty where it is one."""
    try:
        return _certificates_problem(Path(path))
    except OSError as error:
        return f"which cannot be looked at ({error.strerror})"


def _certificates_problem(file: Path) -> str:
    if not file.exists():
        return "where there is no file"
    if not file.is_file():
        # OpenSSL also takes directories of certificates, named by their hashes.
        return "" if any(re.fullmatch(r"[0-9a-f]{8}\.\d", one.name) for one in file.iterdir()) else "a directory without certificates named by `c_rehash`"
    if not os.access(file, os.R_OK):
        return "which this user may not read"
    text = file.read_bytes().decode("latin-1")
    if _CERTIFICATE not in text:
        return "in which there is no certificate in PEM (it has no BEGIN CERTIFICATE)"
    return "" if text.count(_CERTIFICATE) == text.count("-----END CERTIFICATE-----") else "whose last certificate is cut off"


def environment_problems(environment: Mapping[str, str]) -> list[str]:
    """Problems of the variables that boto3 reads; those that are not set are not looked at."""
    return [*_profile_problems(environment), *_endpoint_problems(environment), *_bundle_problems(environment)]


def profiles(environment: Mapping[str, str]) -> list[str]:
    """Names of the profiles that AWS's own programs know."""
    home = environment.get("HOME") or "~"
    found: list[str] = []
    for variable, default in (("AWS_CONFIG_FILE", f"{home}/.aws/config"), ("AWS_SHARED_CREDENTIALS_FILE", f"{home}/.aws/credentials")):
        parser = configparser.RawConfigParser(strict=False)
        try:
            parser.read(Path(environment.get(variable) or default).expanduser(), "utf-8")
        except (configparser.Error, OSError, UnicodeDecodeError):
            # botocore says what is wrong with its files better than this could.
            continue
        found += [section.removeprefix("profile ").strip() for section in parser.sections() if not section.startswith(("sso-session ", "services "))]
    return list(dict.fromkeys(found))


def _profile_problems(environment: Mapping[str, str]) -> list[str]:
    wanted = environment.get("AWS_PROFILE") or ""
    known = profiles(environment)
    if not wanted or wanted == "default" or wanted in known:
        return []
    listed = f" There are {', '.join(known)}." if known else ""
    return [
        f"AWS_PROFILE is '{shown(wanted)}', which is no profile of this machine{did_you_mean(wanted, known)}{listed} Make it with "
        f"`aws configure --profile {wanted}`, or take it out of the environment: unset AWS_PROFILE"
    ]


def _endpoint_problems(environment: Mapping[str, str]) -> list[str]:
    return [
        f"{name} is '{shown(environment[name])}', which is no address of an API; write one like http://127.0.0.1:5080, or for Amazon: unset {name}"
        for name in ("AWS_ENDPOINT_URL",)
        if environment.get(name) and not _ENDPOINT.fullmatch(environment[name])
    ]


def _bundle_problems(environment: Mapping[str, str]) -> list[str]:
    problems = []
    for name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        value = environment.get(name)
        if value is not None and not value.strip():
            problems.append(f"{name} is set, but empty, which boto3 refuses; write a file of certificates in PEM, or for this machine's own: unset {name}")
            continue
        why = certificates_problem(value) if value else ""
        if why:
            problems.append(f"{name} is '{shown(environment[name])}', {why}; write a file of certificates in PEM, or for this machine's own: unset {name}")
    return problems
