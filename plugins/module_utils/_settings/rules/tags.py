# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with tags: some service of the stack refuses them half-way, or the stack would no longer find its own."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._inventory.stack_tags import OWN, tags_problems
from ansible_collections.railyard.aws.plugins.module_utils._settings.forms import shown

Inputs = dict[str, Any]

NAME = "railyard_tags"
#: AWS takes 50 of a resource; the roles add some.
MOST = 50 - len(OWN)
#: Shown in instance metadata a key has no blank and no slash; of the rest these are what EC2 leaves.
_KEY = re.compile(r"[A-Za-z0-9_.:=+@-]{1,127}")
#: What Systems Manager, CloudWatch Logs and IAM take of values; EC2 would take more.
_VALUE = re.compile(r"[\w .:/=+@-]{0,256}")
_ALLOWED = "letters, digits, blanks and _.:/=+-@"


def tag_problems(inputs: Inputs) -> list[str]:
    tags = inputs.get(NAME)
    if not isinstance(tags, dict):
        return tags_problems(inputs)
    problems = [problem for key, value in tags.items() for problem in _value_problems(key, value)]
    if len(tags) > MOST:
        problems.append(f"{NAME} has '{len(tags)}' tags, but AWS takes {MOST} beside those of the roles; leave some out.")
    lower = [str(key).lower() for key in tags]
    problems += [
        f"{NAME} has '{key}' in small and large letters, which IAM takes for one; write it once." for key in dict.fromkeys(lower) if lower.count(key) > 1
    ]
    return [*tags_problems(inputs), *problems]


def _value_problems(key: Any, value: Any) -> list[str]:
    text = str(key)
    if text in OWN:
        # own_tags says it.
        return []
    if text.lower().startswith("aws:"):
        return [f"{NAME} has '{shown(text)}', but AWS keeps names that begin with aws: to itself; choose another."]
    if not _KEY.fullmatch(text) or text in (".", "..", "_index"):
        return [f"{NAME} has '{shown(text)}', a name that instance metadata or IAM refuses; write letters, digits and _.:=+-@, such as CostCenter."]
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return [f"{NAME}.{text} is '{shown(value)}', which is no text; put it in quotes: \"{shown(value)}\"."]
    if not _VALUE.fullmatch(str(value)):
        return [f"{NAME}.{text} is '{shown(value)}', which Systems Manager and IAM refuse; write at most 256 {_ALLOWED}."]
    return []
