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

- name: Prove that the names are ours
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

import time
import uuid
from collections.abc import Callable
from typing import Any

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says which libraries are missing.

from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_code
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.amazon.aws.plugins.module_utils.tagging import (
    ansible_dict_to_boto3_tag_list,
    boto3_tag_list_to_ansible_dict,
)
from ansible_collections.railyard.aws.plugins.module_utils._acm import certificates
from ansible_collections.railyard.aws.plugins.module_utils._acm.certificates import CertificateError
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._resource.tags import TagChange, tag_change

PLACEHOLDER_ARN = "arn:aws:acm:{region}:000000000000:certificate/00000000-0000-0000-0000-000000000000"
#: Pauses between two looks at a certificate, in seconds: for its records, for its issue, for its release.
RECORDS_PAUSE = 2
ISSUE_PAUSE = 5
RELEASE_PAUSE = 10
LOGGING = "CertificateTransparencyLoggingPreference"

Certificate = dict[str, Any]
Params = dict[str, Any]


@AWSRetry.jittered_backoff(retries=8)
def listed(client: Any, domain_name: str) -> list[str]:
    """ARNs of the certificates that Amazon issues for a domain, whatever their status, over all pages."""
    pages = client.get_paginator("list_certificates").paginate(Includes={"keyTypes": list(certificates.KEY_ALGORITHMS)})
    return [
        one["CertificateArn"]
        for one in pages.build_full_result()["CertificateSummaryList"]
        if one["Type"] == "AMAZON_ISSUED" and certificates.plain_name(one["DomainName"]) == domain_name
    ]


def describe(client: Any, arn: str) -> Certificate | None:
    """A certificate as the API describes it, with its ``Tags``; None when it is gone."""
    try:
        certificate = client.describe_certificate(CertificateArn=arn, aws_retry=True)["Certificate"]
        tags = client.list_tags_for_certificate(CertificateArn=arn, aws_retry=True)["Tags"]
    except is_boto3_error_code("ResourceNotFoundException"):
        return None
    return {**certificate, "Tags": boto3_tag_list_to_ansible_dict(tags)}


def find(client: Any, params: Params) -> list[Certificate]:
    """The certificates of the domain that carry the tags, the one to use first."""
    described = [describe(client, arn) for arn in listed(client, certificates.plain_name(params["domain_name"]))]
    marks = {key: str(value) for key, value in params["match_tags"].items()}
    return certificates.newest_issued_first([one for one in described if one and marks.items() <= one["Tags"].items()])


def wanted_tags(params: Params) -> dict[str, Any] | None:
    """Tags to set. Those it is found by always belong to them, else it would be lost."""
    if params["tags"] is None:
        return None
    return {**params["tags"], **params["match_tags"]}


def request(client: Any, params: Params, names: list[str]) -> str:
    """Request a certificate and return its ARN."""
    domain_name = certificates.plain_name(params["domain_name"])
    arguments: dict[str, Any] = {"DomainName": domain_name, "ValidationMethod": "DNS", "KeyAlgorithm": params["key_algorithm"]}
    if len(names) > 1:
        arguments["SubjectAlternativeNames"] = [name for name in names if name != domain_name]
    if params["transparency_logging"] is not None:
        arguments["Options"] = {LOGGING: logging_text(params["transparency_logging"])}
    tags = wanted_tags(params) or params["match_tags"]
    if tags:
        arguments["Tags"] = ansible_dict_to_boto3_tag_list(tags)
    # One for each run of the module: the SDK's own repetitions get the certificate of the first, a later request a new one.
    return client.request_certificate(aws_retry=True, IdempotencyToken=uuid.uuid4().hex, **arguments)["CertificateArn"]


def logging_text(value: bool) -> str:
    """The API's word for whether a certificate is recorded in public logs."""
    return "ENABLED" if value else "DISABLED"


def look_until(client: Any, arn: str, done: Callable[[Certificate | None], bool], timeout: int, pause: float) -> Certificate | None:
    """Describe a certificate until ``done`` says so, at most for ``timeout`` seconds; return what was seen last."""
    end = time.monotonic() + timeout
    while True:
        seen = describe(client, arn)
        if done(seen) or time.monotonic() + pause > end:
            return seen
        time.sleep(pause)


def with_records(client: Any, arn: str, timeout: int) -> Certificate:
    """A certificate once AWS tells all of its validation records, which takes seconds. Raises CertificateError if not."""

    def told(seen: Certificate | None) -> bool:
        return seen is not None and (seen["Status"] != certificates.PENDING or not certificates.nameless(seen))

    seen = look_until(client, arn, told, timeout, RECORDS_PAUSE)
    if seen is None:
        raise CertificateError(f"Certificate {arn} is gone; somebody else removed it. Run this again.")
    problem = certificates.failure(seen)
    if problem:
        raise CertificateError(problem)
    if not told(seen):
        raise CertificateError(
            f"AWS did not tell the validation records of {', '.join(certificates.nameless(seen))} within {timeout} seconds"
            f" ({arn}). Run this again: the certificate is not requested a second time."
        )
    return seen


def until_issued(client: Any, certificate: Certificate, timeout: int) -> Certificate:
    """A certificate once it is issued. Raises CertificateError with what is missing when it is not within ``timeout``."""
    if certificate["Status"] == certificates.ISSUED:
        return certificate
    arn = certificate["CertificateArn"]
    seen = look_until(client, arn, lambda one: one is None or one["Status"] != certificates.PENDING, timeout, ISSUE_PAUSE)
    if seen is None:
        raise CertificateError(f"Certificate {arn} is gone; somebody else removed it. Run this again.")
    problem = certificates.failure(seen)
    if problem:
        raise CertificateError(problem)
    if seen["Status"] != certificates.ISSUED:
        raise CertificateError(
            f"The certificate of {seen['DomainName']} ({arn}) was not issued within {timeout} seconds: {certificates.unproved(seen)}."
            " Put what is missing into the public zone, see that the domain's name servers are that zone's, and run this again."
        )
    return seen


def ensure_tags(client: Any, params: Params, certificate: Certificate, check_mode: bool) -> TagChange:
    """Mend the tags that differ; return what was to be done."""
    change = tag_change(certificate["Tags"], wanted_tags(params), params["purge_tags"])
    if not check_mode:
        arn = certificate["CertificateArn"]
        if change.to_remove:
            client.remove_tags_from_certificate(CertificateArn=arn, Tags=[{"Key": key} for key in change.to_remove], aws_retry=True)
        if change.to_set:
            client.add_tags_to_certificate(CertificateArn=arn, Tags=ansible_dict_to_boto3_tag_list(change.to_set), aws_retry=True)
    return change


def ensure_logging(client: Any, params: Params, certificate: Certificate, check_mode: bool) -> tuple[dict[str, bool], dict[str, bool]]:
    """Mend whether it is recorded in public logs; return that before and after."""
    wanted = params["transparency_logging"]
    current = (certificate.get("Options") or {}).get(LOGGING, "ENABLED") == "ENABLED"
    if wanted is None or wanted == current:
        return {}, {}
    if not check_mode:
        options = {LOGGING: logging_text(wanted)}
        client.update_certificate_options(CertificateArn=certificate["CertificateArn"], Options=options, aws_retry=True)
    return {"transparency_logging": current}, {"transparency_logging": wanted}


def ensure_new(client: Any, params: Params, names: list[str], old: list[Certificate], check_mode: bool) -> dict[str, Any]:
    """Request the certificate; return ``arn``, ``status``, ``validation_records`` and ``diff``."""
    after = {"names": names, "key_algorithm": params["key_algorithm"], "tags": wanted_tags(params) or params["match_tags"]}
    before: dict[str, Any] = {}
    result = {"arn": PLACEHOLDER_ARN.format(region=client.meta.region_name), "status": certificates.PENDING}
    if check_mode:
        result["validation_records"] = certificates.placeholder_records(names)
    else:
        result["arn"] = request(client, params, names)
        result["validation_records"] = []
    if old:
        before = {"names": certificates.names_of(old[0]), "key_algorithm": certificates.key_algorithm(old[0]), "tags": old[0]["Tags"]}
        shared = {key for key in after if before[key] == after[key]}
        before, after = ({key: value for key, value in side.items() if key not in shared} for side in (before, after))
        before.update(arn=old[0]["CertificateArn"], status=old[0]["Status"])
        after.update(arn=f"{result['arn']} (replaces {old[0]['CertificateArn']})", status=certificates.PENDING)
    return {**result, "diff": {"before": before, "after": after}}


def ensure_present(client: Any, params: Params, check_mode: bool) -> dict[str, Any]:
    """Request, mend and await the certificate; return the result for exit_json. Raises CertificateError."""
    certificates.check_names(params["domain_name"], params["subject_alternative_names"])
    names = certificates.wanted_names(params["domain_name"], params["subject_alternative_names"])
    found = find(client, params)
    reasons = {one["CertificateArn"]: certificates.why_not(one, names, params["key_algorithm"]) for one in found}
    certificate = next((one for one in found if reasons[one["CertificateArn"]] is None), None)
    others = [one for one in found if one is not certificate]
    if certificate:
        change = ensure_tags(client, params, certificate, check_mode)
        before, after = ensure_logging(client, params, certificate, check_mode)
        if change.before or change.after:
            before, after = {**before, "tags": change.before}, {**after, "tags": change.after}
        result = {
            "changed": bool(before or after),
            "arn": certificate["CertificateArn"],
            "status": certificate["Status"],
            "validation_records": certificates.validation_records(certificate),
            "diff": {"before": before, "after": after},
        }
    else:
        result = {"changed": True, **ensure_new(client, params, names, others, check_mode)}
    if not check_mode:
        known = certificate and (certificate["Status"] == certificates.ISSUED or not certificates.nameless(certificate))
        seen = certificate if known else with_records(client, result["arn"], params["records_timeout"])
        if params["wait"]:
            seen = until_issued(client, seen, params["wait_timeout"])
        result.update(status=seen["Status"], validation_records=certificates.validation_records(seen))
    result["superseded"] = [certificates.summary(one, reasons[one["CertificateArn"]] or f"{result['arn']} is newer or issued already") for one in others]
    return result


def delete(client: Any, certificate: Certificate, timeout: int) -> None:
    """Remove a certificate, trying for ``timeout`` seconds while something still uses it.

    Raises CertificateError naming who uses it.
    """
    arn, end = certificate["CertificateArn"], time.monotonic() + timeout
    while True:
        try:
            client.delete_certificate(CertificateArn=arn, aws_retry=True)
            return
        except is_boto3_error_code("ResourceNotFoundException"):
            return
        except is_boto3_error_code("ResourceInUseException") as error:
            if time.monotonic() + RELEASE_PAUSE > end:
                users = sorted((describe(client, arn) or {}).get("InUseBy") or [])
                raise CertificateError(
                    f"The certificate of {certificate['DomainName']} ({arn}) is in use by {', '.join(users) or 'something AWS does not name'}."
                    " Take it from there first, or give wait: true if that is being removed."
                ) from error
        time.sleep(RELEASE_PAUSE)


def ensure_absent(client: Any, params: Params, check_mode: bool) -> dict[str, Any]:
    """Remove the certificates; return the result for exit_json. Raises CertificateError."""
    if not params["match_tags"] and not params["certificate_arn"]:
        raise CertificateError(
            f"Nothing says which certificates of {params['domain_name']} to remove; give the tags they carry in match_tags,"
            " for example {Stack: railyard}, or one's certificate_arn."
        )
    found = [one for one in find(client, params) if params["certificate_arn"] in (None, one["CertificateArn"])]
    if not check_mode:
        for certificate in found:
            delete(client, certificate, params["wait_timeout"] if params["wait"] else 0)
    arns = [one["CertificateArn"] for one in found]
    before = {"certificates": [certificates.summary(one, "to be removed") for one in found]} if found else {}
    return {"changed": bool(arns), "removed": arns, "diff": {"before": before, "after": {}}}


@guarded
def main() -> None:
    module = AnsibleAWSModule(
        argument_spec={
            "domain_name": {"type": "str", "required": True},
            "subject_alternative_names": {"type": "list", "elements": "str", "default": []},
            "match_tags": {"type": "dict", "default": {}},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "certificate_arn": {"type": "str"},
            "key_algorithm": {"type": "str", "choices": list(certificates.KEY_ALGORITHMS), "default": "RSA_2048", "no_log": False},
            "transparency_logging": {"type": "bool"},
            "wait": {"type": "bool", "default": False},
            "wait_timeout": {"type": "int", "default": 1800},
            "records_timeout": {"type": "int", "default": 90},
            "tags": {"type": "dict", "aliases": ["resource_tags"]},
            "purge_tags": {"type": "bool", "default": True},
        },
        supports_check_mode=True,
    )
    client = module.client("acm", retry_decorator=AWSRetry.jittered_backoff(retries=8))
    ensure = ensure_absent if module.params["state"] == "absent" else ensure_present
    try:
        result = ensure(client, module.params, module.check_mode)
    except CertificateError as error:
        module.fail_json(msg=str(error))
    except (BotoCoreError, ClientError) as error:
        module.fail_json_aws(error, msg=f"The certificate of {module.params['domain_name']} could not be kept")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
