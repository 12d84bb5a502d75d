"""Certificates of ACM: issued once DNS proves their names, kept while something uses them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from moto.acm import models
from moto.core.exceptions import ServiceException
from moto.elbv2.models import elbv2_backends
from moto.route53.models import route53_backends
from moto.utilities.utils import get_partition

from sandbox.core.settings import Settings

PENDING, ISSUED = "PENDING_VALIDATION", "ISSUED"


class InUse(ServiceException):
    """AWS deletes no certificate that something uses."""

    code = "ResourceInUseException"


def apply(settings: Settings) -> None:
    """The emulator issues by a timer, gives every name one record, and deletes what listeners use."""
    describe = models.CertBundle.describe
    delete = models.AWSCertificateManagerBackend.delete_certificate

    def check(self: Any) -> None:
        if self._not_valid_after(self._cert) <= models.utcnow():
            self.status = "EXPIRED"
        elif self.type == "AMAZON_ISSUED" and self.status == PENDING and all(map(_proved(self), _names(self))):
            self.status = ISSUED

    def described(self: Any) -> dict[str, Any]:
        answer = describe(self)
        certificate = answer["Certificate"]
        certificate["InUseBy"] = sorted(set(_users(self.arn)))
        if self.type == "AMAZON_ISSUED":
            proved = _proved(self)
            certificate["DomainValidationOptions"] = [
                option
                | {
                    "ResourceRecord": validation_record(_account(self), option["DomainName"]),
                    "ValidationStatus": "SUCCESS" if self.status == ISSUED or proved(option["DomainName"]) else PENDING,
                }
                for option in certificate["DomainValidationOptions"]
            ]
            if self.status == PENDING:
                # What is not issued yet has neither.
                for key in ("IssuedAt", "NotAfter", "NotBefore", "Serial"):
                    certificate.pop(key, None)
        return answer

    def delete_certificate(self: Any, arn: str) -> None:
        if arn in self._certificates and any(_users(arn)):
            raise InUse(f"Certificate {arn} in account {self.account_id} is in use.")
        delete(self, arn)

    models.CertBundle.check = check
    models.CertBundle.describe = described
    models.AWSCertificateManagerBackend.delete_certificate = delete_certificate


def validation_record(account_id: str, name: str) -> dict[str, str]:
    """The record that proves a name; a wildcard and the name below it share one, as on AWS."""
    base = name.removeprefix("*.")
    digest = hashlib.sha256(f"{account_id}/{base}".encode()).hexdigest()
    return {"Name": f"_{digest[:32]}.{base}.", "Type": "CNAME", "Value": f"_{digest[32:]}.sandbox.acm-validations.aws."}


def _account(certificate: Any) -> str:
    return certificate.arn.split(":")[4]


def _region(arn: str) -> str:
    return arn.split(":")[3]


def _names(certificate: Any) -> set[str]:
    return {certificate.common_name, *certificate.sans}


def _proved(certificate: Any) -> Any:
    """Tells of a name whether its record is in a public zone of the account that would be asked for it."""
    account_id = _account(certificate)
    zones = [
        zone
        for zone in route53_backends[account_id][get_partition(_region(certificate.arn))].zones.values()
        if not zone.private_zone
    ]

    def proved(name: str) -> bool:
        record = validation_record(account_id, name)
        return any(
            _plain(entry.name) == _plain(record["Name"])
            and entry.type == record["Type"]
            and _plain(record["Value"]) in {_plain(_text(value)) for value in entry.records}
            for zone in zones
            for entry in zone.rrsets
        )

    return proved


def _text(value: Any) -> str:
    return value["Value"] if isinstance(value, dict) else value


def _plain(name: str) -> str:
    return name.rstrip(".").lower()


def _users(arn: str) -> Iterator[str]:
    """ARNs of the load balancers with a listener that uses a certificate."""
    for balancer in list(elbv2_backends[arn.split(":")[4]][_region(arn)].load_balancers.values()):
        if any(arn in listener.certificates for listener in list(balancer.listeners.values())):
            yield balancer.arn
