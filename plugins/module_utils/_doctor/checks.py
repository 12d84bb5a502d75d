# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Everything that is looked at, one file for each concern, what breaks first."""

from __future__ import annotations

from ansible_collections.railyard.aws.plugins.module_utils._doctor import (
    absent,
    acls,
    attachments,
    aws,
    brought,
    bundle,
    connections,
    database,
    environment,
    files,
    fog,
    mail,
    network,
    node,
    packages,
    prefixes,
    processes,
    puma,
    recordless,
    redis_tls,
    rubies,
    schedules,
    secrets,
    services,
    source,
    web,
)
from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import BREAKS, Check, Finding, Stack
from ansible_collections.railyard.aws.plugins.module_utils._doctor.names import OF_SYSTEM, there

CHECKS: tuple[Check, ...] = (
    *source.CHECKS,
    *bundle.CHECKS,
    *rubies.CHECKS,
    *packages.CHECKS,
    *node.CHECKS,
    *absent.CHECKS,
    *brought.CHECKS,
    *database.CHECKS,
    *connections.CHECKS,
    *recordless.CHECKS,
    *environment.CHECKS,
    *prefixes.CHECKS,
    *secrets.CHECKS,
    *services.CHECKS,
    *attachments.CHECKS,
    *processes.CHECKS,
    *schedules.CHECKS,
    *aws.CHECKS,
    *acls.CHECKS,
    *redis_tls.CHECKS,
    *mail.CHECKS,
    *network.CHECKS,
    *web.CHECKS,
    *puma.CHECKS,
    *files.CHECKS,
    *fog.CHECKS,
)


def examine(app: Application, stack: Stack) -> list[Finding]:
    """Everything that was found, what breaks first."""
    app.given = there(stack) | OF_SYSTEM
    found = [finding for check in CHECKS for finding in check(app, stack)]
    return sorted(found, key=lambda finding: finding.weight != BREAKS)
