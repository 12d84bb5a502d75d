#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: acm_dns_certificate
short_description: Keep a certificate of ACM that is validated through DNS
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Requests a certificate, tells the DNS records that validate it, waits for it and removes it.
  - A certificate is found by its domain and the tags in O(match_tags). One that is pending or issued with the same names
    and key algorithm is never requested again. Of several the newest issued one is taken.
  - AWS changes neither names nor key of a certificate. Where they differ a new one is requested, and the old one, which
    stays where it is used, is returned in RV(superseded).
options:
  domain_name:
    description: First name of the certificate, up to 64 characters, for example V(www.example.com) or V(*.example.com).
    type: str
    required: true
  subject_alternative_names:
    description: Its other names. Their order and spelling in capitals do not matter.
    type: list
    elements: str
    default: []
  match_tags:
    description:
      - Tags that a certificate of O(domain_name) must carry to be the one that is meant.
      - They are set on a new one, too. Without them every certificate that Amazon issued for the domain counts.
    type: dict
    default: {}
  state:
    description:
      - V(absent) removes all certificates that O(domain_name) and O(match_tags) find, whatever their other names, or the
        one among them that O(certificate_arn) names. One of these two options is needed then.
    type: str
    choices: [present, absent]
    default: present
  certificate_arn:
    description: With O(state=absent), the only certificate to remove, for example one of RV(superseded).
    type: str
  key_algorithm:
    description: Algorithm of its key.
    type: str
    choices: [RSA_2048, RSA_3072, RSA_4096, EC_prime256v1, EC_secp384r1, EC_secp521r1]
    default: RSA_2048
  transparency_logging:
    description:
      - Whether the certificate is recorded in public logs, without which browsers do not trust it.
      - When not given, new ones are recorded and others left as they are.
    type: bool
  wait:
    description:
      - Whether to wait until the certificate is issued, for which the records must be in the DNS; with O(state=absent),
        until those that use it have let go.
    type: bool
    default: false
  wait_timeout:
    description: Seconds to wait at most.
    type: int
    default: 1800
  records_timeout:
    description: Seconds to wait at most for AWS to tell the validation records of a new certificate.
    type: int
    default: 90
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
attributes:
  check_mode:
    description: Reports what would change without changing it, and waits for nothing.
    support: full
  diff_mode:
    description: Returns what differs, before and after. When it names C(arn) the certificate is replaced.
    support: full
seealso:
  - module: community.aws.acm_certificate
  - module: amazon.aws.route53
"""

EXAMPLES = r"""
- name: Request a certificate, or find the one that was requested
  railyard.aws.acm_dns_certificate:
    domain_name: www.example.com
    subject_alternative_names: [example.com]
    match_tags: {Stack: railyard, Name: railyard}
  register: __certificate

- name: Verify that the names are ours
  amazon.aws.route53:
    state: present
    zone: example.com
    record: "{{ item.name }}"
    type: "{{ item.type }}"
    value: "{{ item.value }}"
    ttl: 300
    overwrite: true
  loop: "{{ __certificate.validation_records }}"

- name: Wait until it is issued
  railyard.aws.acm_dns_certificate:
    domain_name: www.example.com
    subject_alternative_names: [example.com]
    match_tags: {Stack: railyard, Name: railyard}
    wait: true

- name: Remove the certificates whose place it took and that nobody uses any more
  railyard.aws.acm_dns_certificate:
    domain_name: www.example.com
    match_tags: {Stack: railyard, Name: railyard}
    certificate_arn: "{{ item.arn }}"
    state: absent
  loop: "{{ __certificate.superseded | selectattr('in_use_by', 'equalto', []) }}"
"""

RETURN = r"""
arn:
  description: ARN of the certificate; in check mode a placeholder when it is yet to be requested.
  returned: when O(state=present)
  type: str
  sample: arn:aws:acm:ap-northeast-1:123456789012:certificate/12345678-1234-1234-1234-123456789012
status:
  description: Its status as the API writes it; V(PENDING_VALIDATION) in check mode when it is yet to be requested.
  returned: when O(state=present)
  type: str
  sample: ISSUED
validation_records:
  description: DNS records that validate it, each once; placeholders in check mode when it is yet to be requested.
  returned: when O(state=present)
  type: list
  elements: dict
  contains:
    name:
      description: Full name, with a dot at its end.
      type: str
      sample: _d930b28be6c5927595552b219965053e.www.example.com.
    type:
      description: Type of the record.
      type: str
      sample: CNAME
    value:
      description: Value of the record.
      type: str
      sample: _c9edd76ee4a0e2a74388032f3861cc50.ykybfrwcxw.acm-validations.aws.
superseded:
  description: Other certificates of the same domain and tags, which can be removed once nobody uses them.
  returned: when O(state=present)
  type: list
  elements: dict
  contains:
    arn:
      description: ARN of the certificate.
      type: str
    status:
      description: Its status as the API writes it.
      type: str
    names:
      description: All its names.
      type: list
      elements: str
    in_use_by:
      description: ARNs of what uses it.
      type: list
      elements: str
    reason:
      description: Why it is not the one to use.
      type: str
      sample: its names are www.example.com
removed:
  description: ARNs of the certificates that were removed.
  returned: when O(state=absent)
  type: list
  elements: str
"""

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_code
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.railyard.aws.plugins.module_utils._acm import certificates
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._resource import arguments
from ansible_collections.railyard.aws.plugins.module_utils._resource.compare import Diff, replacement
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError
from ansible_collections.railyard.aws.plugins.module_utils._resource.module import run
from ansible_collections.railyard.aws.plugins.module_utils._resource.pages import read_all
from ansible_collections.railyard.aws.plugins.module_utils._resource.resource import Resource
from ansible_collections.railyard.aws.plugins.module_utils._resource.tags import ACM
from ansible_collections.railyard.aws.plugins.module_utils._resource.wait import TimeUp, wait_until

ARGUMENTS = {
    "domain_name": {"type": "str", "required": True},
    "subject_alternative_names": {"type": "list", "elements": "str", "default": []},
    "match_tags": {"type": "dict", "default": {}},
    **arguments.STATE,
    "certificate_arn": {"type": "str"},
    "key_algorithm": {"type": "str", "choices": list(certificates.KEY_ALGORITHMS), "default": "RSA_2048", "no_log": False},
    "transparency_logging": {"type": "bool"},
    "wait": {"type": "bool", "default": False},
    "wait_timeout": {"type": "int", "default": 1800},
    "records_timeout": {"type": "int", "default": 90},
    **arguments.TAGS,
}

PLACEHOLDER_ARN = "arn:aws:acm:{region}:000000000000:certificate/00000000-0000-0000-0000-000000000000"
#: Pauses between two looks at a certificate, in seconds: for its records, for its issue, for its release.
RECORDS_PAUSE = 2
ISSUE_PAUSE = 5
RELEASE_PAUSE = 10
LOGGING = "CertificateTransparencyLoggingPreference"

Raw = dict[str, Any]


def logging_text(value: bool) -> str:
    """The API's word for whether a certificate is recorded in public logs."""
    return "ENABLED" if value else "DISABLED"


def told(seen: Raw | None) -> bool:
    """Whether AWS tells all that it will of a certificate's validation records."""
    return seen is not None and (seen["Status"] != certificates.PENDING or not certificates.nameless(seen))


class Certificate(Resource):
    """A certificate of ACM that DNS validates. AWS changes neither its names nor its key: a new one is requested beside it."""

    service = "acm"
    retry = {"retries": 8}
    label = "The certificate"
    id_option = "domain_name"
    tag_api = ACM

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.names = certificates.wanted_names(self.name, self.params["subject_alternative_names"])
        #: Those of the domain that carry the tags, and why each is not the one that is asked for.
        self.all: list[Raw] = []
        self.reasons: dict[str, str | None] = {}

    @property
    def title(self) -> str:
        return f"{self.label} of {self.name}"

    def validate(self) -> None:
        certificates.check_names(self.name, self.params["subject_alternative_names"])

    def look(self, arn: str) -> Raw | None:
        """A certificate as the API describes it, with its ``Tags``; None when it is gone."""
        try:
            certificate = self.client.describe_certificate(CertificateArn=arn, aws_retry=True)["Certificate"]
            tags = self.client.list_tags_for_certificate(CertificateArn=arn, aws_retry=True)["Tags"]
        except is_boto3_error_code("ResourceNotFoundException"):
            return None
        return {**certificate, "Tags": boto3_tag_list_to_ansible_dict(tags)}

    def find_all(self) -> list[Raw]:
        """The certificates of the domain that carry the tags, whatever their status, the one to use first."""
        listed = read_all(self.client, "list_certificates", "CertificateSummaryList", Includes={"keyTypes": list(certificates.KEY_ALGORITHMS)})
        domain = certificates.plain_name(self.name)
        arns = [one["CertificateArn"] for one in listed if one["Type"] == "AMAZON_ISSUED" and certificates.plain_name(one["DomainName"]) == domain]
        marks = {key: str(value) for key, value in self.params["match_tags"].items()}
        return certificates.newest_issued_first([one for one in map(self.look, arns) if one and marks.items() <= one["Tags"].items()])

    def find(self) -> Raw | None:
        self.all = self.find_all()
        self.reasons = {one["CertificateArn"]: certificates.why_not(one, self.names, self.params["key_algorithm"]) for one in self.all}
        return next((one for one in self.all if self.reasons[one["CertificateArn"]] is None), None)

    def tag_target(self, found: Raw) -> str:
        return found["CertificateArn"]

    def tags_of(self, found: Raw) -> dict[str, str]:
        return found["Tags"]

    def wanted_tags(self) -> Raw | None:
        """Those it is found by always belong to them, else it would be lost."""
        return None if self.params["tags"] is None else {**self.params["tags"], **self.params["match_tags"]}

    def new(self) -> Raw:
        return {"names": self.names, "key_algorithm": self.params["key_algorithm"], "tags": self.tags or self.params["match_tags"]}

    def create(self, new: Raw) -> Raw:
        domain = certificates.plain_name(self.name)
        request: Raw = {"DomainName": domain, "ValidationMethod": "DNS", "KeyAlgorithm": new["key_algorithm"]}
        if len(self.names) > 1:
            request["SubjectAlternativeNames"] = [name for name in self.names if name != domain]
        if self.params["transparency_logging"] is not None:
            request["Options"] = {LOGGING: logging_text(self.params["transparency_logging"])}
        if new["tags"]:
            request["Tags"] = ansible_dict_to_boto3_tag_list(new["tags"])
        # One for each run of the module: the SDK's own repetitions get the certificate of the first, a later request a new one.
        made = self.client.request_certificate(aws_retry=True, IdempotencyToken=uuid.uuid4().hex, **request)
        return self.with_records(made["CertificateArn"])

    def planned(self, new: Raw) -> Raw:
        arn = PLACEHOLDER_ARN.format(region=self.client.meta.region_name)
        records = certificates.placeholder_records(self.names)
        return {"arn": arn, "status": certificates.PENDING, "validation_records": records, "superseded": self.superseded(arn)}

    def ensure_new(self) -> Raw:
        result = super().ensure_new()
        if not self.all:
            return result
        old = self.all[0]
        before = {"names": certificates.names_of(old), "key_algorithm": certificates.key_algorithm(old), "tags": old["Tags"]}
        diff = replacement(before, result["diff"]["after"])
        diff.add("arn", old["CertificateArn"], f"{result['arn']} (replaces {old['CertificateArn']})")
        diff.add("status", old["Status"], certificates.PENDING)
        return {**result, **diff.result()}

    def plan(self, found: Raw) -> Diff:
        wanted = self.params["transparency_logging"]
        current = (found.get("Options") or {}).get(LOGGING, "ENABLED") == "ENABLED"
        if wanted is None or wanted == current:
            return Diff()
        return Diff({"transparency_logging": current}, {"transparency_logging": wanted})

    def apply(self, found: Raw, diff: Diff) -> None:
        options = {LOGGING: logging_text(diff.after["transparency_logging"])}
        self.client.update_certificate_options(CertificateArn=self.tag_target(found), Options=options, aws_retry=True)

    def look_until(self, arn: str, done: Callable[[Raw | None], bool], timeout: int, pause: float) -> Raw:
        """A certificate once ``done`` says so, or as it is after ``timeout`` seconds. Raises ResourceError when it will never be issued."""
        try:
            seen = wait_until(lambda: self.look(arn), done, timeout, pause)
        except TimeUp as up:
            seen = up.seen
        if seen is None:
            raise ResourceError(f"Certificate {arn} is gone; somebody else removed it. Run this again.")
        problem = certificates.failure(seen)
        if problem:
            raise ResourceError(problem)
        return seen

    def with_records(self, arn: str) -> Raw:
        """A certificate once AWS tells all of its validation records, which takes seconds. Raises ResourceError if not."""
        timeout = self.params["records_timeout"]
        seen = self.look_until(arn, told, timeout, RECORDS_PAUSE)
        if not told(seen):
            raise ResourceError(
                f"AWS did not tell the validation records of {', '.join(certificates.nameless(seen))} within {timeout} seconds"
                f" ({arn}). Run this again: the certificate is not requested a second time."
            )
        return seen

    def until_issued(self, certificate: Raw) -> Raw:
        """A certificate once it is issued. Raises ResourceError with what is missing when it is not in time."""
        if certificate["Status"] == certificates.ISSUED:
            return certificate
        arn, timeout = certificate["CertificateArn"], self.params["wait_timeout"]
        seen = self.look_until(arn, lambda one: one is None or one["Status"] != certificates.PENDING, timeout, ISSUE_PAUSE)
        if seen["Status"] != certificates.ISSUED:
            raise ResourceError(
                f"The certificate of {seen['DomainName']} ({arn}) was not issued within {timeout} seconds: {certificates.unproved(seen)}."
                " Put what is missing into the public zone, see that the domain's name servers are that zone's, and run this again."
            )
        return seen

    def settled(self, found: Raw, diff: Diff) -> Raw:
        known = found["Status"] == certificates.ISSUED or not certificates.nameless(found)
        return found if known or self.check_mode else self.with_records(found["CertificateArn"])

    def results(self, found: Raw) -> Raw:
        if self.params["wait"] and not self.check_mode:
            found = self.until_issued(found)
        arn = found["CertificateArn"]
        records = certificates.validation_records(found)
        return {"arn": arn, "status": found["Status"], "validation_records": records, "superseded": self.superseded(arn)}

    def superseded(self, arn: str) -> list[Raw]:
        """The other certificates of the domain that carry the tags, and why they are not used."""
        others = [one for one in self.all if one["CertificateArn"] != arn]
        return [certificates.summary(one, self.reasons[one["CertificateArn"]] or f"{arn} is newer or issued already") for one in others]

    def removed(self, found: Raw) -> Raw:
        return {"certificates": [certificates.summary(one, "to be removed") for one in self.all]}

    def delete(self, found: Raw) -> None:
        """Remove all of them, trying for a while what something still uses. Raises ResourceError naming who does."""
        for certificate in self.all:
            arn, timeout = certificate["CertificateArn"], self.params["wait_timeout"] if self.params["wait"] else 0
            try:
                wait_until(partial(self.try_to_delete, arn), bool, timeout, RELEASE_PAUSE)
            except TimeUp:
                users = sorted((self.look(arn) or {}).get("InUseBy") or [])
                raise ResourceError(
                    f"The certificate of {certificate['DomainName']} ({arn}) is in use by {', '.join(users) or 'something AWS does not name'}."
                    " Take it from there first, or give wait: true if that is being removed."
                ) from None

    def try_to_delete(self, arn: str) -> bool:
        """Remove a certificate; False while something uses it."""
        try:
            self.client.delete_certificate(CertificateArn=arn, aws_retry=True)
        except is_boto3_error_code("ResourceInUseException"):
            return False
        except is_boto3_error_code("ResourceNotFoundException"):
            pass  # Somebody else was quicker.
        return True

    def ensure_absent(self) -> Raw:
        if not self.params["match_tags"] and not self.params["certificate_arn"]:
            raise ResourceError(
                f"Nothing says which certificates of {self.name} to remove; give the tags they carry in match_tags,"
                " for example {Stack: railyard}, or one's certificate_arn."
            )
        self.all = [one for one in self.find_all() if self.params["certificate_arn"] in (None, one["CertificateArn"])]
        diff = Diff(before=self.removed({}) if self.all else {})
        if not self.check_mode:
            self.delete({})
        return {**diff.result(), "removed": [one["CertificateArn"] for one in self.all]}


@guarded
def main() -> None:
    run(Certificate, ARGUMENTS)


if __name__ == "__main__":
    main()
