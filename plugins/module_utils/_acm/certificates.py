# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Certificates of ACM: which one is meant, what validates it, what became of it. Pure."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError

#: AWS lists RSA keys up to 2048 bits only, unless all are named.
KEY_ALGORITHMS = ("RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1")
ISSUED, PENDING = "ISSUED", "PENDING_VALIDATION"
LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
NAME = re.compile(rf"(\*\.)?({LABEL}\.)+{LABEL}")
#: What AWS says in one word when it fails: what to do about it.
HELP = {
    "CAA_ERROR": "a CAA record of the domain forbids Amazon to issue it; allow amazon.com there or remove the record",
    "INVALID_PUBLIC_DOMAIN": "the domain is not one of the public DNS; check its spelling and that it is registered",
    "DOMAIN_NOT_ALLOWED": "Amazon issues no certificates for this domain; use one of your own",
    "ADDITIONAL_VERIFICATION_REQUIRED": "Amazon wants to look at this domain itself; open a case at AWS Support",
    "DOMAIN_VALIDATION_DENIED": "the owner of the domain refused the request",
}


def plain_name(name: str) -> str:
    """A name in the one spelling that AWS gives back: lower case, without the final dot."""
    return name.strip().lower().rstrip(".")


def check_names(domain_name: str, alternatives: list[str]) -> None:
    """Raise ResourceError unless a certificate can be requested for these names."""
    for name in (domain_name, *alternatives):
        if len(plain_name(name)) > 253 or not NAME.fullmatch(plain_name(name)):
            raise ResourceError(f"'{name}' cannot be a name of a certificate; write one like www.example.com or *.example.com.")
    if len(plain_name(domain_name)) > 64:
        raise ResourceError(
            f"domain_name '{domain_name}' has {len(plain_name(domain_name))} characters, and AWS takes 64 there;"
            " put a shorter name there and this one among subject_alternative_names."
        )


def wanted_names(domain_name: str, alternatives: list[str]) -> list[str]:
    """All names of the certificate that is asked for, each once, sorted."""
    return sorted({plain_name(name) for name in (domain_name, *alternatives)})


def names_of(certificate: dict[str, Any]) -> list[str]:
    """All names of a certificate as the API describes it, each once, sorted."""
    return wanted_names(certificate["DomainName"], certificate.get("SubjectAlternativeNames") or [])


def key_algorithm(certificate: dict[str, Any]) -> str:
    """Its key algorithm as requests write it: AWS describes RSA_2048 as RSA-2048."""
    return (certificate.get("KeyAlgorithm") or "").replace("-", "_")


def by_dns(certificate: dict[str, Any]) -> bool:
    """Whether DNS validates a certificate. The validation method may be missing in the seconds after the request."""
    methods = {option.get("ValidationMethod", "DNS") for option in certificate.get("DomainValidationOptions") or []}
    return methods <= {"DNS"}


def why_not(certificate: dict[str, Any], names: list[str], algorithm: str) -> str | None:
    """Why a certificate is not the one that is asked for, in words; None when it is."""
    status = certificate["Status"]
    if status not in (ISSUED, PENDING):
        return f"its status is {status}"
    if names_of(certificate) != names:
        return f"its names are {', '.join(names_of(certificate))}"
    if key_algorithm(certificate) != algorithm:
        return f"its key algorithm is {key_algorithm(certificate)}"
    if not by_dns(certificate):
        return "it is not validated through DNS"
    return None


def newest_issued_first(certificates: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Certificates with the one to use first: issued before pending, then the newest, then by ARN."""

    def age(certificate: dict[str, Any]) -> float:
        created = certificate.get("CreatedAt")
        return -created.timestamp() if created else 0.0

    return sorted(certificates, key=lambda one: (one["Status"] != ISSUED, age(one), one["CertificateArn"]))


def validation_records(certificate: dict[str, Any]) -> list[dict[str, str]]:
    """DNS records that prove the ownership of its names: ``name``, ``type``, ``value``; each once, by name.

    A wildcard and the name above it share one.
    """
    options = certificate.get("DomainValidationOptions") or []
    records = {option["ResourceRecord"]["Name"]: option["ResourceRecord"] for option in options if option.get("ResourceRecord")}
    return [{"name": name, "type": records[name]["Type"], "value": records[name]["Value"]} for name in sorted(records)]


def nameless(certificate: dict[str, Any]) -> list[str]:
    """Names whose validation record AWS has not told yet."""
    told = {plain_name(o["DomainName"]) for o in certificate.get("DomainValidationOptions") or [] if o.get("ResourceRecord")}
    return [name for name in names_of(certificate) if name not in told]


def placeholder_records(names: list[str]) -> list[dict[str, str]]:
    """Well-formed records for a certificate that is not requested yet, one per name that AWS will ask about."""
    bases = sorted({name.removeprefix("*.") for name in names})
    return [{"name": f"_{'0' * 32}.{base}.", "type": "CNAME", "value": f"_{'0' * 32}.acm-validations.aws."} for base in bases]


def _records_in_words(options: list[dict[str, Any]]) -> str:
    """Names whose validation is not done, each with the record that does it."""
    lines = []
    for option in options:
        record = option.get("ResourceRecord")
        what = f"{record['Name']} {record['Type']} {record['Value']}" if record else "a record that AWS has not told yet"
        lines.append(f"{option['DomainName']} needs {what}")
    return "; ".join(lines)


def unproved(certificate: dict[str, Any]) -> str:
    """Which names are not proved and the records that prove them, in words."""
    options = [o for o in certificate.get("DomainValidationOptions") or [] if o.get("ValidationStatus") != "SUCCESS"]
    return _records_in_words(options) or "AWS does not say which name it could not prove"


def failure(certificate: dict[str, Any]) -> str | None:
    """Why a certificate will never be issued, with what to do about it; None while it still may or is."""
    status, what = certificate["Status"], f"The certificate of {certificate['DomainName']} ({certificate['CertificateArn']})"
    if status in (ISSUED, PENDING):
        return None
    again = "Run this again once that is mended: a new certificate is requested then."
    if status == "FAILED":
        reason = certificate.get("FailureReason") or "OTHER"
        return f"{what} failed: {reason}, {HELP.get(reason, 'see the certificate in the console of ACM')}. {again}"
    if status == "VALIDATION_TIMED_OUT":
        return f"{what} was not validated within 72 hours: {unproved(certificate)}. {again}"
    return f"{what} is {status}. Run this again: a new certificate is requested then."


def summary(certificate: dict[str, Any], reason: str) -> dict[str, Any]:
    """What is told of a certificate that is not the one to use."""
    return {
        "arn": certificate["CertificateArn"],
        "status": certificate["Status"],
        "names": names_of(certificate),
        "in_use_by": sorted(certificate.get("InUseBy") or []),
        "reason": reason,
    }
