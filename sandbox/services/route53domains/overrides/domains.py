"""Domain registration: availability and prices, one-year registrations, auto-renewal, transfer lock and tags."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from moto.route53.models import route53_backends
from moto.route53domains.exceptions import InvalidInputException
from moto.route53domains.models import Route53DomainsBackend
from moto.route53domains.responses import Route53DomainsResponse
from moto.route53domains.validators import NameServer, Route53Domain, Route53DomainsOperation

from sandbox.core.settings import Settings

#: US dollars for a year.
PRICES = {"click": 3.0, "com": 15.0, "dev": 17.0, "io": 71.0, "net": 17.0, "org": 15.0}

#: Registered by others, wherever this runs.
TAKEN = {"amazon.com", "example.com", "example.net", "example.org", "google.com"}


def apply(settings: Settings) -> None:
    _registration()
    for action in (
        check_domain_availability,
        delete_tags_for_domain,
        disable_domain_auto_renew,
        disable_domain_transfer_lock,
        enable_domain_auto_renew,
        enable_domain_transfer_lock,
        list_domains,
        list_prices,
        list_tags_for_domain,
        update_tags_for_domain,
    ):
        setattr(Route53DomainsResponse, action.__name__, action)


def _registration() -> None:
    register = Route53DomainsBackend.register_domain

    def register_domain(self, domain_name, duration_in_years, *args: Any, **given: Any) -> Any:
        # The emulator takes a whole year to be less than one: make it two, then take one off again.
        operation = register(self, domain_name, max(duration_in_years, 2), *args, **given)
        domain = self.get_domain(domain_name)
        if duration_in_years == 1:
            domain.expiration_date -= timedelta(days=365)
        # The zone that comes with it is named without the final dot, which no lookup expects.
        zones = route53_backends[self.account_id][self.partition].zones.values()
        (zone,) = (zone for zone in zones if zone.name == domain_name)
        zone.name = f"{domain_name}."
        if zone.delegation_set:
            domain.nameservers = [NameServer(name, []) for name in zone.delegation_set.name_servers]
        return operation

    def validate_duplicate_operations(self, operation) -> None:
        """All operations are done at once, so none stands in another's way."""

    Route53DomainsBackend.register_domain = register_domain
    Route53DomainsBackend._Route53DomainsBackend__validate_duplicate_operations = validate_duplicate_operations


def _domains(backend: Any) -> dict[str, Route53Domain]:
    return backend._Route53DomainsBackend__domains


def _domain(self) -> Route53Domain:
    return self.route53domains_backend.get_domain(self._get_param("DomainName"))


def check_domain_availability(self) -> str:
    name = self._get_param("DomainName")
    if name.rpartition(".")[2] not in PRICES:
        return json.dumps({"Availability": "INVALID_NAME_FOR_TLD"})
    taken = name in TAKEN or name in _domains(self.route53domains_backend)
    return json.dumps({"Availability": "UNAVAILABLE" if taken else "AVAILABLE"})


def list_prices(self) -> str:
    wanted = self._get_param("Tld")
    if wanted and wanted not in PRICES:
        raise InvalidInputException([f"TLD {wanted} is not supported"])
    entries = [
        {"Name": tld, **{f"{kind}Price": {"Price": price, "Currency": "USD"} for kind in ("Registration", "Renewal")}}
        for tld, price in PRICES.items()
        if wanted in (None, tld)
    ]
    return json.dumps({"Prices": entries})


def list_domains(self) -> str:
    prefixes = [
        value
        for condition in self._get_param("FilterConditions") or []
        if condition["Name"] == "DomainName"
        for value in condition["Values"]
    ]
    found = [
        {
            "DomainName": domain.domain_name,
            "AutoRenew": domain.auto_renew,
            "TransferLock": getattr(domain, "transfer_lock", True),
            "Expiry": domain.expiration_date.timestamp(),
        }
        for domain in _domains(self.route53domains_backend).values()
        if all(domain.domain_name.startswith(prefix) for prefix in prefixes)
    ]
    return json.dumps({"Domains": found})


def enable_domain_auto_renew(self) -> str:
    _domain(self).auto_renew = True
    return "{}"


def disable_domain_auto_renew(self) -> str:
    _domain(self).auto_renew = False
    return "{}"


def _lock(self, locked: bool) -> str:
    domain = _domain(self)
    domain.transfer_lock = locked
    name = domain.domain_name
    operation = Route53DomainsOperation.validate(domain_name=name, status="SUCCESSFUL", type_="DOMAIN_LOCK")
    operation.type = "DOMAIN_LOCK" if locked else "REMOVE_TRANSFER_LOCK"
    self.route53domains_backend._Route53DomainsBackend__operations[operation.id] = operation
    return json.dumps({"OperationId": operation.id})


def enable_domain_transfer_lock(self) -> str:
    return _lock(self, True)


def disable_domain_transfer_lock(self) -> str:
    return _lock(self, False)


def _tags(self) -> dict[str, str]:
    return vars(_domain(self)).setdefault("railyard_tags", {})


def list_tags_for_domain(self) -> str:
    return json.dumps({"TagList": [{"Key": key, "Value": value} for key, value in _tags(self).items()]})


def update_tags_for_domain(self) -> str:
    _tags(self).update({tag["Key"]: tag.get("Value", "") for tag in self._get_param("TagsToUpdate") or []})
    return "{}"


def delete_tags_for_domain(self) -> str:
    for key in self._get_param("TagsToDelete") or []:
        _tags(self).pop(key, None)
    return "{}"
