# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Variables by which services of config/storage.yml find their bucket, whatever an application calls them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._doctor import names
from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import Stack
from ansible_collections.railyard.aws.plugins.module_utils._doctor.outline import Outline, outline

FILE = "config/storage.yml"
#: Key of a service of S3 → what the stack knows. The client asks the server's role where both keys are empty.
_MEANS: dict[str, Any] = {
    "bucket": {"from": "bucket.name"},
    "region": {"from": "bucket.region"},
    "endpoint": {"text": "https://s3.{bucket.region}.amazonaws.com"},
    "access_key_id": "",
    "secret_access_key": "",
}
_ENV = re.compile(r"\bENV(?:\[|\.fetch\(?)\s*['\"](?P<name>\w+)['\"]\s*\]?(?P<rest>.*?)(?:%>|$)")
#: What leads nowhere in place of a variable.
_NOTHING = re.compile(r"^\s*\)?\s*(?:(?:,|\|\||\{)\s*(?:nil|['\"]{2})\s*[)}]?\s*)?(?:\.presence)?\s*$")


@dataclass(frozen=True)
class Wanted:
    """A variable, what it is to be, and whether something else stands there without it."""

    name: str
    key: str
    value: Any
    default: bool
    #: Read in a way that fails without it, which counts for all services of the file.
    insisted: bool = False


def wanted(section: Outline) -> list[Wanted]:
    """Variables that a service reads."""
    found = []
    for key, value in _MEANS.items():
        said = _ENV.search(str(section.get(key, "")))
        if said:
            insisted = "fetch" in said[0] and not re.search(r"[,{|]", said["rest"])
            found.append(Wanted(said["name"], key, value, not _NOTHING.match(said["rest"]), insisted))
    return found


def lacking(section: Outline, stack: Stack) -> list[Wanted]:
    """Those that servers do not have, of a bucket, its region and its address: a default leads to somebody else's bucket."""
    there = names.there(stack)
    absent = [one for one in wanted(section) if one.name not in there and not one.insisted]
    return [one for one in absent if one.key == "bucket" or (one.key in ("region", "endpoint") and not one.default)]


def meant(app: Application) -> dict[str, Any]:
    """What variables are that any service of S3 reads, by their names."""
    services = outline(app.read(FILE))
    sections = [one for one in services.values() if isinstance(one, dict) and one.get("service") == "S3"]
    return {one.name: one.value for section in sections for one in reversed(wanted(section))}


def shown(value: Any) -> str:
    """A value in words."""
    return "{" + ", ".join(f"{key}: {text}" for key, text in value.items()) + "}" if isinstance(value, dict) else f'"{value}"'
