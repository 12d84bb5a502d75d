# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Variables that switch an application between the disk and a bucket, such as ``if ENV["S3_ENABLED"] == "true"``."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._doctor import names
from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application
from ansible_collections.railyard.aws.plugins.module_utils._doctor.ruby import walked

_VARIABLE = re.compile(r"\bENV(?:\[|\.fetch\(?|\.key\?\(?)\s*['\"](\w+)['\"]")
_EQUALS = re.compile(r"==\s*['\"](\w+)['\"]|['\"](\w+)['\"]\s*==")
_NOT = re.compile(r"!|\bnot\b|\b(?:blank|nil|empty)\?")


def chosen_by(app: Application, storage: str, *files: str) -> dict[str, Any]:
    """The variable, with its value, under which a line chooses a bucket or the disk; nothing where that takes more than one, or keys.

    :param storage: pattern of the lines that do
    """
    for file in app.files(*files):
        for one in walked(app.lines_of(file), app.environment):
            # A condition of several lines is none that one variable decides.
            if not re.search(storage, one.line.text) or len(one.conditions) != 1:
                continue
            condition = one.conditions[0]
            read = set(_VARIABLE.findall(condition))
            if len(read) != 1 or _NOT.search(condition) or "&&" in condition or any(f"unless{condition}" in line.text for line in app.lines_of(file)):
                continue
            name, equals = read.pop(), _EQUALS.search(condition)
            meaning = names.meaning(name)
            if equals:
                return {name: equals[1] or equals[2]}
            if meaning.startswith("bucket."):
                return {name: {"from": meaning}}
            if not names.secretive(name):
                return {name: "true"}
    return {}


#: Lines that choose a bucket, of CarrierWave and of Paperclip.
BUCKET = r"\bstorage['\"]?\]?\s*(?:[:=(]|=>)*\s*:?['\"]?(?:fog|aws|s3)\b"


def deciding(app: Application) -> set[str]:
    """Variables that lines which choose a bucket wait for."""
    files = app.files("app/uploaders/**/*.rb", "app/models/**/*.rb", "config/initializers/*.rb")
    counted = [one for file in files for one in walked(app.lines_of(file), app.environment) if re.search(BUCKET, one.line.text)]
    return {name for one in counted for condition in one.conditions for name in _VARIABLE.findall(condition)}


def by_role(app: Application) -> bool:
    """Whether uploads of fog ask the server's role: by its own word, or as nothing speaks of keys."""
    return bool(app.matching(r"\buse_iam_profile\b")) or not app.matching(r"\baws_access_key_id\b")
