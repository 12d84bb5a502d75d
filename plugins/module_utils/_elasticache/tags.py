# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tags of anything in ElastiCache."""

from __future__ import annotations

from ansible_collections.amazon.aws.plugins.module_utils.tagging import (
    ansible_dict_to_boto3_tag_list,
    boto3_tag_list_to_ansible_dict,
    compare_aws_tags,
)


def read_tags(client, arn):
    """Return the tags of ``arn`` as a dictionary. Raises botocore's ClientError."""
    return boto3_tag_list_to_ansible_dict(client.list_tags_for_resource(ResourceName=arn, aws_retry=True)["TagList"])


def ensure_tags(client, arn, wanted, purge, check_mode):
    """Make the tags of ``arn`` those of ``wanted``.

    :arg wanted: dictionary, or None to leave the tags alone.
    :arg purge: whether tags that are not in ``wanted`` go.
    :return: all tags before and after, as two dictionaries; both empty when nothing differs.
    """
    if wanted is None:
        return {}, {}
    current = read_tags(client, arn)
    to_set, to_remove = compare_aws_tags(current, wanted, purge_tags=purge)
    if not to_set and not to_remove:
        return {}, {}
    if not check_mode:
        if to_remove:
            client.remove_tags_from_resource(ResourceName=arn, TagKeys=to_remove, aws_retry=True)
        if to_set:
            client.add_tags_to_resource(ResourceName=arn, Tags=ansible_dict_to_boto3_tag_list(to_set), aws_retry=True)
    kept = {key: value for key, value in current.items() if key not in to_remove}
    return current, {**kept, **to_set}
