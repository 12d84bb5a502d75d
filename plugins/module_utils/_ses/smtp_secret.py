# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The secret in Secrets Manager that holds SMTP credentials. Its value stays with who reads it here."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_code
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.railyard.aws.plugins.module_utils._resource.tags import SECRETS_MANAGER, TagChange

DESCRIPTION = "SMTP service of the stack: host, port, username, password, from, domain"

Raw = dict[str, Any]


class Secret:
    """One secret by name. ``value`` is a dictionary, empty when there is none or it is no JSON object."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self.name = name
        self.arn: str | None = None
        self.tags: dict[str, str] = {}
        self.leaving = False
        self.value: dict[str, Any] = {}

    def read(self) -> Secret:
        try:
            described = self._client.describe_secret(SecretId=self.name, aws_retry=True)
        except is_boto3_error_code("ResourceNotFoundException"):
            return self
        self.arn = described["ARN"]
        self.tags = boto3_tag_list_to_ansible_dict(described.get("Tags") or [])
        self.leaving = "DeletedDate" in described
        if not self.leaving:
            try:
                text = self._client.get_secret_value(SecretId=self.name, aws_retry=True).get("SecretString", "")
            except is_boto3_error_code("ResourceNotFoundException"):
                # It never had a value.
                text = ""
            self.value = _parsed(text)
        return self

    @property
    def exists(self) -> bool:
        return self.arn is not None and not self.leaving

    def write(self, value: dict[str, Any], tags: dict[str, str]) -> None:
        """Make the secret, or give it a new value; one that is being deleted is taken back first."""
        text = json.dumps(value)
        if self.arn is None:
            made = self._client.create_secret(
                Name=self.name, Description=DESCRIPTION, SecretString=text, Tags=ansible_dict_to_boto3_tag_list(tags), aws_retry=True
            )
            self.arn, self.tags = made["ARN"], tags
        else:
            if self.leaving:
                self._client.restore_secret(SecretId=self.name, aws_retry=True)
                self.leaving = False
            self._client.put_secret_value(SecretId=self.name, SecretString=text, aws_retry=True)
        self.value = value

    def tag(self, change: TagChange) -> None:
        SECRETS_MANAGER.apply(self._client, self.name, change)

    def remove(self, recovery_days: int) -> None:
        """Delete the secret: for good at once with 0 days."""
        how = {"RecoveryWindowInDays": recovery_days} if recovery_days else {"ForceDeleteWithoutRecovery": True}
        self._client.delete_secret(SecretId=self.name, aws_retry=True, **how)


def _parsed(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
