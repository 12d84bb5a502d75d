# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tags, whatever the service that keeps them: what is to be done about them, and how each service wants to be asked."""

from __future__ import annotations

from typing import Any, NamedTuple

from ansible_collections.amazon.aws.plugins.module_utils.tagging import (
    ansible_dict_to_boto3_tag_list,
    boto3_tag_list_to_ansible_dict,
    compare_aws_tags,
)


class TagChange(NamedTuple):
    """Tags to set, keys to remove, the touched tags before and after for a diff, and all tags as they are now."""

    to_set: dict[str, str]
    to_remove: list[str]
    before: dict[str, str]
    after: dict[str, str]
    current: dict[str, str]

    def __bool__(self) -> bool:
        return bool(self.to_set or self.to_remove)

    @property
    def complete(self) -> dict[str, str]:
        """All tags as they are after the change."""
        return {**{key: value for key, value in self.current.items() if key not in self.to_remove}, **self.to_set}


def tag_change(current: dict[str, str], wanted: dict[str, Any] | None, purge: bool = True) -> TagChange:
    """What turns ``current`` tags into ``wanted`` ones; nothing when ``wanted`` is None."""
    if wanted is None:
        return TagChange({}, [], {}, {}, current)
    to_set, to_remove = compare_aws_tags(current, wanted, purge)
    to_set = {key: str(to_set[key]) for key in sorted(to_set)}
    touched = [*to_set, *to_remove]
    return TagChange(to_set, to_remove, {key: current[key] for key in touched if key in current}, to_set, current)


class TagApi(NamedTuple):
    """How a service is asked for tags.

    ``resource`` is the argument that names the resource, as a list of one where ``listed``; ``tags`` and ``keys`` are those
    for tags to set and keys to remove, the latter as tags without a value where ``keys_as_tags``. ``read`` is the operation
    that tells the tags and ``answer`` their key in its answer; empty where tags come with the resource.
    """

    resource: str
    add: str
    remove: str
    read: str = ""
    answer: str = "Tags"
    tags: str = "Tags"
    keys: str = "TagKeys"
    listed: bool = False
    keys_as_tags: bool = False

    def _request(self, name: str) -> dict[str, Any]:
        return {self.resource: [name] if self.listed else name, "aws_retry": True}

    def current(self, client: Any, name: str) -> dict[str, str]:
        """Tags of the resource. Raises botocore's ClientError."""
        return boto3_tag_list_to_ansible_dict(getattr(client, self.read)(**self._request(name))[self.answer])

    def apply(self, client: Any, name: str, change: TagChange) -> None:
        """Make the change. Raises botocore's ClientError."""
        if change.to_remove:
            keys = [{"Key": key} for key in change.to_remove] if self.keys_as_tags else change.to_remove
            getattr(client, self.remove)(**self._request(name), **{self.keys: keys})
        if change.to_set:
            getattr(client, self.add)(**self._request(name), **{self.tags: ansible_dict_to_boto3_tag_list(change.to_set)})


RDS = TagApi("ResourceName", "add_tags_to_resource", "remove_tags_from_resource", "list_tags_for_resource", "TagList")
ELASTICACHE = RDS
ELB = TagApi("ResourceArns", "add_tags", "remove_tags", listed=True)
EC2 = TagApi("Resources", "create_tags", "delete_tags", keys="Tags", listed=True, keys_as_tags=True)
ACM = TagApi("CertificateArn", "add_tags_to_certificate", "remove_tags_from_certificate", keys="Tags", keys_as_tags=True)
SES = TagApi("ResourceArn", "tag_resource", "untag_resource", "list_tags_for_resource")
CLOUDWATCH = TagApi("ResourceARN", "tag_resource", "untag_resource", "list_tags_for_resource")
BUDGETS = TagApi("ResourceARN", "tag_resource", "untag_resource", "list_tags_for_resource", "ResourceTags", "ResourceTags", "ResourceTagKeys")
SECRETS_MANAGER = TagApi("SecretId", "tag_resource", "untag_resource")
IAM_USER = TagApi("UserName", "tag_user", "untag_user")
IAM_OIDC_PROVIDER = TagApi("OpenIDConnectProviderArn", "tag_open_id_connect_provider", "untag_open_id_connect_provider")
DOMAINS = TagApi("DomainName", "update_tags_for_domain", "delete_tags_for_domain", "list_tags_for_domain", "TagList", "TagsToUpdate", "TagsToDelete")
