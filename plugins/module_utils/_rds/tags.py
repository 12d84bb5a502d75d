# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tags of anything in RDS."""

from __future__ import annotations

from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.railyard.aws.plugins.module_utils._tags import tag_change


def read_tags(client, arn):
    """Return the tags of ``arn`` as a dictionary. Raises botocore's ClientError."""
    return boto3_tag_list_to_ansible_dict(client.list_tags_for_resource(ResourceName=arn, aws_retry=True)["TagList"])


def ensure_tags(client, arn, current, wanted, purge, check_mode):
    """Make the tags of ``arn`` those of ``wanted``.

    :arg current: its tags as a dictionary.
    :arg wanted: dictionary, or None to leave the tags alone.
    :arg purge: whether tags that are not in ``wanted`` go.
    :return: the TagChange.
    """
    change = tag_change(current, wanted, purge)
    if not check_mode:
        if change.to_remove:
            client.remove_tags_from_resource(ResourceName=arn, TagKeys=change.to_remove, aws_retry=True)
        if change.to_set:
            client.add_tags_to_resource(ResourceName=arn, Tags=ansible_dict_to_boto3_tag_list(change.to_set), aws_retry=True)
    return change
