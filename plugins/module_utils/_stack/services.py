# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The services whose resources ``stack_info`` knows beside those of EC2, load balancing, IAM and S3, in the order of making."""

from __future__ import annotations

from ansible_collections.railyard.aws.plugins.module_utils._stack import (
    caches,
    certificates,
    databases,
    flow_logs,
    logs,
    mail,
    metrics,
    parameters,
    secrets,
    topics,
    zones,
)
from ansible_collections.railyard.aws.plugins.module_utils._stack.kind import Service

SERVICES: tuple[Service, ...] = (
    zones.SERVICE,
    certificates.SERVICE,
    secrets.SERVICE,
    databases.SERVICE,
    caches.SERVICE,
    topics.SERVICE,
    logs.SERVICE,
    parameters.SERVICE,
    flow_logs.SERVICE,
    metrics.SERVICE,
    mail.IDENTITIES,
    mail.RULE_SETS,
)
