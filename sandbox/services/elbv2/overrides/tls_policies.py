"""Elastic Load Balancing: the security policies that AWS documents, and a refusal of every other name.

moto has some of them, and takes any name for a new listener.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from moto.elbv2 import models, responses
from moto.elbv2.exceptions import ELBClientError

from sandbox.services.elbv2.tls_policies import POLICIES


def apply(settings: Any) -> None:
    """Override parts of moto in this process; a second call changes nothing."""
    backend, answers = models.ELBv2Backend, responses.ELBV2Response
    if getattr(backend, "_railyard_tls_policies", False):
        return
    backend._railyard_tls_policies = True
    responses.SSL_POLICIES.clear()
    responses.SSL_POLICIES.update(
        {
            name: {
                "name": name,
                "ciphers": [*policy.suites, *policy.ciphers],
                "ssl_protocols": list(reversed(policy.protocols)),
            }
            for name, policy in POLICIES.items()
        }
    )
    create, modify, describe = backend.create_listener, backend.modify_listener, answers.describe_ssl_policies

    @wraps(create)
    def create_listener(self: Any, load_balancer_arn, protocol, port, ssl_policy, *args: Any, **more: Any) -> Any:
        _require(ssl_policy)
        return create(self, load_balancer_arn, protocol, port, ssl_policy, *args, **more)

    @wraps(modify)
    def modify_listener(self: Any, arn, port=None, protocol=None, ssl_policy=None, *args: Any, **more: Any) -> Any:
        _require(ssl_policy)
        return modify(self, arn, port, protocol, ssl_policy, *args, **more)

    @wraps(describe)
    def describe_ssl_policies(self: Any) -> Any:
        for name in self._get_param("Names", []):
            _require(name)
        return describe(self)

    backend.create_listener = create_listener
    backend.modify_listener = modify_listener
    answers.describe_ssl_policies = describe_ssl_policies


def _require(name: str | None) -> None:
    if name and name not in POLICIES:
        raise ELBClientError("SSLPolicyNotFound", f"SSL policy '{name}' not found")
