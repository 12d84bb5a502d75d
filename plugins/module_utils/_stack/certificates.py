# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Certificates of a stack in ACM."""

from __future__ import annotations

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict
from ansible_collections.railyard.aws.plugins.module_utils._acm import certificates
from ansible_collections.railyard.aws.plugins.module_utils._stack.kind import Entry, Kind, Raw, Service
from ansible_collections.railyard.aws.plugins.module_utils._stack.vanishing import still_there


@AWSRetry.jittered_backoff(retries=8)
def _listed(client: Any) -> list[str]:
    pages = client.get_paginator("list_certificates").paginate(Includes={"keyTypes": list(certificates.KEY_ALGORITHMS)})
    return [one["CertificateArn"] for page in pages for one in page["CertificateSummaryList"]]


@AWSRetry.jittered_backoff(retries=8)
def _ask(client: Any, operation: str, arn: str) -> Raw:
    return getattr(client, operation)(CertificateArn=arn)


def read_certificates(client: Any, kind: str, stack: str, region: str) -> list[Raw]:
    """Certificates with the tag ``Stack=<stack>``: ACM's list has no tags, so each one's are asked."""

    def look(arn: str) -> Raw | None:
        tags = boto3_tag_list_to_ansible_dict(_ask(client, "list_tags_for_certificate", arn).get("Tags") or [])
        if tags.get("Stack") != stack:
            return None
        return {**_ask(client, "describe_certificate", arn)["Certificate"], "Tags": tags}

    return still_there(look, _listed(client))


def certificate(raw: Raw) -> Entry:
    return {
        "id": raw["CertificateArn"],
        "name": certificates.plain_name(raw["DomainName"]),
        "exists": True,
        "tags": raw["Tags"],
        "arn": raw["CertificateArn"],
        "state": raw["Status"],
        "names": certificates.names_of(raw),
        "key_algorithm": certificates.key_algorithm(raw),
        "in_use_by": sorted(raw.get("InUseBy") or []),
        "validation_records": certificates.validation_records(raw),
        "created": raw["CreatedAt"].isoformat() if raw.get("CreatedAt") else "",
    }


SERVICE = Service(
    client="acm",
    kinds={
        "certificates": Kind(
            "alb",
            "Certificate",
            "certificate",
            {"arn": None, "state": None, "names": [], "key_algorithm": None, "in_use_by": [], "validation_records": [], "created": ""},
            planned_id="arn:aws:acm:{region}:{account}:certificate/00000000-0000-0000-0000-{index:012x}",
            coming=frozenset({certificates.PENDING}),
            usual_seconds=105,
            failed=frozenset({"FAILED", "VALIDATION_TIMED_OUT"}),
        )
    },
    read=read_certificates,
    entry_of={"certificates": certificate},
)
