# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One JSON document over several parameters: ``NAME/1``, ``NAME/2`` and so on. Clients come from the caller, with retries.

A standard parameter holds 4 KB and costs nothing; an advanced one holds 8 KB, is billed, and can be too small as well.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_code
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list
from ansible_collections.railyard.aws.plugins.module_utils._resource.pages import read_all

Document = dict[str, Any]

#: Below which the documents of all stacks are. Not below /<stack>/, which the stack's servers may read; no stack's name has a dot.
ROOT = "/railyard.settings"
DESCRIPTION = "Settings that a stack was built with"
#: Characters of a part, all of ASCII: a standard parameter holds 4,096.
LENGTH = 4000
#: What is no part of what is compared: the same settings may be recorded by another person at another time.
_ABOUT = ("at", "by", "digest")


class Torn(Exception):
    """The parts are not of one document: whoever wrote it was stopped half-way."""


def path(stack: str) -> str:
    """Name that the parts of a stack's document begin with."""
    return f"{ROOT}/{stack}"


def digest(document: Mapping[str, Any]) -> str:
    """Of what a document says, but not of who wrote it when."""
    said = {key: value for key, value in document.items() if key not in _ABOUT}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def text(document: Mapping[str, Any]) -> str:
    """A document as it is kept. AWS refuses values with two braces in a row, which in compact JSON only stand within a text."""
    return json.dumps(document, sort_keys=True, separators=(",", ":")).replace("{{", "{\\u007b")


def split(whole: str) -> list[str]:
    """The parts of a text."""
    return [whole[start : start + LENGTH] for start in range(0, len(whole), LENGTH)]


def read(client: Any, stack: str) -> tuple[Document | None, str]:
    """The document of a stack, None where there is none, and the account that has it, where there is one.

    Raises Torn, and botocore's errors.
    """
    found = {int(one["Name"].rpartition("/")[2]): one for one in _parts(client, stack)}
    if not found:
        return None, ""
    account = next(iter(found.values()))["ARN"].split(":")[4]
    try:
        document = json.loads("".join(found[number]["Value"] for number in sorted(found)))
    except ValueError:
        document = None
    if not isinstance(document, dict) or document.get("digest") != digest(document):
        raise Torn(account)
    return document, account


def _parts(client: Any, stack: str) -> list[dict[str, Any]]:
    listed = read_all(client, "get_parameters_by_path", "Parameters", Path=path(stack))
    return [one for one in listed if one["Name"].rpartition("/")[2].isdecimal()]


def write(client: Any, stack: str, document: Document, tags: Mapping[str, str]) -> None:
    """Keep the document in the place of the one that is there. The stack's lock lets one run do it."""
    name, parts = path(stack), split(text(document))
    for number, part in enumerate(parts, 1):
        _put(client, f"{name}/{number}", part, {**tags, "Name": f"{name}/{number}"})
    remove(client, stack, len(parts))


def _put(client: Any, name: str, value: str, tags: Mapping[str, str]) -> None:
    """AWS takes tags only with a new parameter, and only one that is written over may be there already."""
    given = {"Name": name, "Value": value, "Type": "String", "Tier": "Standard", "Description": DESCRIPTION, "aws_retry": True}
    try:
        client.put_parameter(**given, Overwrite=False, Tags=ansible_dict_to_boto3_tag_list(dict(tags)))
    except is_boto3_error_code("ParameterAlreadyExists"):
        client.put_parameter(**given, Overwrite=True)


def remove(client: Any, stack: str, after: int = 0, check_mode: bool = False) -> bool:
    """Delete the parts after that number; whether there were any."""
    names = [one["Name"] for one in _parts(client, stack) if int(one["Name"].rpartition("/")[2]) > after]
    for name in names if not check_mode else []:
        try:
            client.delete_parameter(Name=name, aws_retry=True)
        except is_boto3_error_code("ParameterNotFound"):
            continue
    return bool(names)
