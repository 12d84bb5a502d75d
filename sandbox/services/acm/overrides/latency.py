"""Certificates that ACM issues take their time from the moment at which their names are proved."""

from __future__ import annotations

from moto.acm.models import CertBundle

from sandbox.api.latency import latency
from sandbox.core.settings import Settings


def apply(settings: Settings) -> None:
    def status(self):
        kept = self.__dict__["status"]
        return "PENDING_VALIDATION" if kept == "ISSUED" and latency.pending(self) else kept

    def keep(self, value):
        if value == "ISSUED" and self.__dict__.get("status") == "PENDING_VALIDATION":
            latency.began(self, "certificate")
        self.__dict__["status"] = value

    CertBundle.status = property(status, keep)
