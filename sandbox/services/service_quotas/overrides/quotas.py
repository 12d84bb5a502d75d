"""Service Quotas: those that a stack meets, as an account has them that is in use for a while.

``RAILYARD_SANDBOX_QUOTAS`` sets others, as those of a new account: ``L-1216C47A=5,L-0263D0A3=1``.
"""

from __future__ import annotations

import os

from moto.servicequotas.models import ServiceQuotasBackend

from sandbox.core.settings import Settings

#: (service, code): value.
QUOTAS = {
    ("ec2", "L-1216C47A"): 256.0,
    ("ec2", "L-0263D0A3"): 20.0,
    ("vpc", "L-F678F1CE"): 20.0,
    ("vpc", "L-A4707A72"): 20.0,
    ("vpc", "L-FE5A380F"): 20.0,
    ("elasticloadbalancing", "L-53DA6B97"): 50.0,
    ("rds", "L-7B6409FD"): 40.0,
    ("elasticache", "L-DFE45DF3"): 300.0,
}


def chosen(text: str) -> dict[str, float]:
    """Values by code. Raises ``ValueError`` of what is written otherwise."""
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    try:
        return {code.strip(): float(value) for code, _unused, value in pairs}
    except ValueError:
        raise ValueError(f"RAILYARD_SANDBOX_QUOTAS is {text!r}; write it like L-1216C47A=5,L-0263D0A3=1") from None


def apply(settings: Settings) -> None:
    get = ServiceQuotasBackend.get_service_quota
    others = chosen(os.environ.get("RAILYARD_SANDBOX_QUOTAS", ""))

    def get_service_quota(self, service_code, quota_code):
        value = others.get(quota_code, QUOTAS.get((service_code, quota_code)))
        if value is None:
            return get(self, service_code, quota_code)
        return {"ServiceCode": service_code, "QuotaCode": quota_code, "Value": value, "Adjustable": True}

    ServiceQuotasBackend.get_service_quota = get_service_quota
