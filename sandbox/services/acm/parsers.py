"""Answers of ACM → parts of a ``Picture``: pure functions, no calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.services.acm.picture import Certificate


def certificate_of(certificate: Mapping[str, Any]) -> Certificate:
    """Its names, the one it is called by first."""
    first = certificate["DomainName"]
    others = sorted(set(certificate.get("SubjectAlternativeNames", ())) - {first})
    return Certificate(arn=certificate["CertificateArn"], names=(first, *others))
