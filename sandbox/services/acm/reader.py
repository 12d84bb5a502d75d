"""What ACM says of the account."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from sandbox.core.account import Account
from sandbox.services.acm.parsers import certificate_of
from sandbox.services.acm.picture import Certificate


def certificates(account: Account, arns: Iterable[str]) -> tuple[Certificate, ...]:
    """Those of the ARNs that are ACM's. Without one it is not asked: the client alone costs memory."""
    found = {
        arn: account.client("acm").describe_certificate(CertificateArn=arn)["Certificate"]
        for arn in arns
        if ":acm:" in arn
    }
    return account.wholes("certificate", {arn: partial(certificate_of, found[arn]) for arn in found})
