# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""JSON documents in the Parameter Store. Clients come from the caller, with retries."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_code
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list


class ParameterError(Exception):
    """Something the person has to mend; the text says what and how."""


def read(client: Any, name: str) -> dict[str, Any] | None:
    """The document, or None when there is none. Raises ParameterError when it is no JSON object."""
    try:
        text = client.get_parameter(Name=name, aws_retry=True)["Parameter"]["Value"]
    except is_boto3_error_code("ParameterNotFound"):
        return None
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise ParameterError(
            f"The parameter {name} holds something that no playbook of this project wrote; look at it with"
            f" `aws ssm get-parameter --name {name}` and remove it with `aws ssm delete-parameter --name {name}`."
        )
    return document


def create(client: Any, name: str, document: dict[str, Any], description: str, tags: dict[str, str] | None) -> bool:
    """Write the document unless there is one: AWS decides who was first. Returns whether it was written.

    One that is there already may be this very document: AWS carried the request out and answered with an error, and the
    SDK asked again.
    """
    try:
        client.put_parameter(
            Name=name,
            Value=json.dumps(document),
            Description=description,
            Type="String",
            Overwrite=False,
            Tags=ansible_dict_to_boto3_tag_list(tags or {}),
            aws_retry=True,
        )
    except is_boto3_error_code("ParameterAlreadyExists"):
        return read(client, name) == document
    return True


def replace(client: Any, name: str, document: dict[str, Any]) -> None:
    """Write the document over the one that is there. AWS takes no tags with that."""
    client.put_parameter(Name=name, Value=json.dumps(document), Type="String", Overwrite=True, aws_retry=True)


def delete(client: Any, name: str) -> None:
    """Delete the document; one that is gone is no error."""
    try:
        client.delete_parameter(Name=name, aws_retry=True)
    except is_boto3_error_code("ParameterNotFound"):
        return
