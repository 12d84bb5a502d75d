"""What the sandbox is put together from beside its core: the one place that names every layer and every verb.

The module itself is the ``Assembly`` (core/layers.py) of the command line.
"""

from __future__ import annotations

import importlib
from typing import Any

from sandbox.core.layers import Layer
from sandbox.core.settings import Settings
from sandbox.services.iam import command as iam_command
from sandbox.services.ses import command as ses_command
from sandbox.services.status import tables

__all__ = ["COMMANDS", "HOME_NAMES", "LAYERS", "load_layers", "tables"]

#: Module and class of each layer, in the order in which they converge; the last is removed first. Imported when
#: needed: the API alone needs none of them.
LAYERS = (
    ("sandbox.network.layer", "NetworkLayer"),
    ("sandbox.hosts.layer", "HostLayer"),
    ("sandbox.services.route53.layer", "ResolverLayer"),
    ("sandbox.services.ec2.metadata.layer", "MetadataLayer"),
    ("sandbox.api.endpoints.layer", "EndpointLayer"),
    ("sandbox.services.ses.layer", "MailLayer"),
    ("sandbox.services.elbv2.layer", "BalancerLayer"),
    ("sandbox.services.rds.layer", "DatabaseLayer"),
    ("sandbox.publish.layer", "PublishLayer"),
    ("sandbox.services.elasticache.layer", "CacheLayer"),
)

#: What layers write into a sandbox's home.
HOME_NAMES = ("log", "balancers", "databases", "caches", "endpoints", "mail", "public-dns.off", "cache", "seccomp.json")

COMMANDS = (ses_command.add_to, iam_command.add_to)


def load_layers(settings: Settings) -> list[Layer[Any]]:
    """Construct every layer for one sandbox."""
    return [getattr(importlib.import_module(module), name)(settings) for module, name in LAYERS]
