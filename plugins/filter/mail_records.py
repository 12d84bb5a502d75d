# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What to change of a zone so that mail works, or is gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

DOCUMENTATION = r"""
name: mail_records
short_description: What to change of a zone's records so that mail works, or is gone
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Compares the records of a public zone with those that sending and receiving through Amazon SES takes - DKIM, MAIL FROM
    domain, SPF, DMARC and, for receiving, MX - and returns the differences.
  - Other values of a TXT record, another SPF policy and other mail servers stay, and are told in C(remarks).
positional: _input
options:
  _input:
    description: Records of the zone, each with C(name), C(type) and C(values).
    type: list
    elements: dict
    required: true
  domain:
    description: The mail domain.
    type: str
    required: true
  tokens:
    description: DKIM tokens of its identity.
    type: list
    elements: str
    required: true
  mail_from_domain:
    description: MAIL FROM domain; empty for SES's own.
    type: str
    default: ""
  region:
    description: Region of SES.
    type: str
    required: true
  dmarc:
    description: Value of the DMARC record; empty leaves that record alone.
    type: str
    default: ""
  receiving:
    description: Whether SES receives the domain's mail.
    type: bool
    default: false
  dkim_domain:
    description: Domain that the DKIM records point into.
    type: str
    default: dkim.amazonses.com
  absent:
    description: Whether to take the records away instead.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Change the records
  amazon.aws.route53:
    zone: example.com
    record: "{{ item.name }}"
    type: "{{ item.type }}"
    value: "{{ item['values'] }}"
    ttl: "{{ item.ttl }}"
    state: "{{ item.state }}"
    overwrite: true
  loop: "{{ zone.records | railyard.aws.mail_records('example.com', tokens, region='eu-west-1').changes }}"
"""

RETURN = r"""
_value:
  description: What to do.
  type: dict
  contains:
    changes:
      description: Records to set or to remove, each with C(name), C(type), C(values), C(before), C(ttl) and C(state).
      type: list
      elements: dict
    remarks:
      description: Sentences on what was left alone.
      type: list
      elements: str
    receives:
      description: Whether the domain's mail comes to SES once the changes are made.
      type: bool
"""

from ansible_collections.railyard.aws.plugins.module_utils._ses import dns


def mail_records(
    existing: list[dict[str, Any]],
    domain: str,
    tokens: list[str],
    mail_from_domain: str = "",
    region: str = "",
    dmarc: str = "",
    receiving: bool = False,
    dkim_domain: str = "dkim.amazonses.com",
    absent: bool = False,
) -> dict[str, Any]:
    """Return what to change; see DOCUMENTATION."""
    if absent:
        return dns.leave(existing, domain, tokens, mail_from_domain, region, dmarc, dkim_domain)
    return dns.plan(existing, domain, tokens, mail_from_domain, region, dmarc, receiving, dkim_domain)


class FilterModule:
    """Filters on mail domains."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"mail_records": mail_records}
