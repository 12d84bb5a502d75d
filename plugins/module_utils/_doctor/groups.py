# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Gems that the Gemfile has in groups that servers leave out, and the variable that lets them in."""

from __future__ import annotations

from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application


def let_in(app: Application, gem: str) -> tuple[str, dict[str, Any]]:
    """The variable that lets servers install a gem, in words and as such; nothing where no variable does."""
    groups = app.gemfile.groups.get(gem, set())
    optional = sorted(groups & app.gemfile.optional)
    if optional:
        return f"app_environment with BUNDLE_WITH: {optional[0]}", {"app_environment": {"BUNDLE_WITH": optional[0]}}
    candidates = sorted(groups & set(app.without), key=lambda group: (_coming(app, group), group))
    if not candidates:
        return "", {}
    rest = ":".join(group for group in app.without if group != candidates[0])
    # Rails loads the gems of its own environment only, whatever else is installed.
    return f"app_bundle_without: {rest or chr(34) * 2}, which installs the group {candidates[0]} as well", {"app_bundle_without": rest}


def _coming(app: Application, group: str) -> int:
    """How many gems would come along with a group."""
    without = {*app.without, *app.gemfile.optional}
    return len(app.gemfile.left_out(without)) - len(app.gemfile.left_out(without - {group}))
