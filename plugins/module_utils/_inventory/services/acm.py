# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Certificates of a stack in ACM."""

from __future__ import annotations

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict
from ansible_collections.railyard.aws.plugins.module_utils._acm import certificates
from ansible_collections.railyard.aws.plugins.module_utils._inventory.calls import ask, still_there
from ansible_collections.railyard.aws.plugins.module_utils._inventory.entries import entry_of, moment
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kind import Entry, Kind, ModuleSpec, Raw, Scope
from ansible_collections.railyard.aws.plugins.module_utils._resource.pages import read_all


def _read_certificates(client: Any, scope: Scope) -> list[Raw]:
    """Certificates with the tag ``Stack=<stack>``: ACM's list has no tags, so each one's are asked."""

    def look(arn: str) -> Raw | None:
        tags = boto3_tag_list_to_ansible_dict(ask(client, "list_tags_for_certificate", CertificateArn=arn).get("Tags") or [])
        if tags.get("Stack") != scope.stack:
            return None
        return {**ask(client, "describe_certificate", CertificateArn=arn)["Certificate"], "Tags": tags}

    # Without these ACM lists certificates with short RSA keys only.
    key_types = {"keyTypes": list(certificates.KEY_ALGORITHMS)}
    listed = read_all(client, "list_certificates", "CertificateSummaryList", Includes=key_types)
    return still_there(look, [one["CertificateArn"] for one in listed])


def _certificate(raw: Raw) -> Entry:
    return entry_of(
        raw["CertificateArn"],
        certificates.plain_name(raw["DomainName"]),
        raw["Tags"],
        arn=raw["CertificateArn"],
        state=raw["Status"],
        names=certificates.names_of(raw),
        key_algorithm=certificates.key_algorithm(raw),
        in_use_by=sorted(raw.get("InUseBy") or []),
        validation_records=certificates.validation_records(raw),
        created=raw["CreatedAt"].isoformat() if raw.get("CreatedAt") else "",
        expires=moment(raw.get("NotAfter")),
    )


KINDS: dict[str, Kind] = {
    "certificates": Kind(
        label="Certificate",
        role="alb",
        made_by={"railyard.aws.acm_dns_certificate": ModuleSpec(("certificate_arn", "domain_name"))},
        client="acm",
        read=_read_certificates,
        entry=_certificate,
        fields={"arn": None, "state": None, "names": [], "key_algorithm": None, "in_use_by": [], "validation_records": [], "created": "", "expires": None},
        planned_id="arn:aws:acm:{region}:{account}:certificate/00000000-0000-0000-0000-{index:012x}",
        keyed_by_id=True,
        pending=frozenset({certificates.PENDING}),
        usual_seconds=105,
        failed=frozenset({"FAILED", "VALIDATION_TIMED_OUT"}),
        about="Validation records have `name`, `type` and `value`.",
    ),
}
