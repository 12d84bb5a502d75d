# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keys that fog wants for a bucket, unless it is told that the server has a role."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._doctor import names
from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import BREAKS, Check, Finding, Stack, at
from ansible_collections.railyard.aws.plugins.module_utils._doctor.settings import settings_of

_KEYS = re.compile(r"\baws_(?:access_key_id|secret_access_key)['\"]?\s*(?::|=>)\s*ENV\[\s*['\"](\w+)['\"]\s*\](?!\s*\|\|)")


def keys(app: Application, stack: Stack) -> Iterator[Finding]:
    """With neither keys nor a word of the role fog raises at the first upload."""
    storages = settings_of(app, r"\bstorage\s*\(?\s*=?\s*(?=:fog\b)", "app/uploaders/**/*.rb", "config/initializers/*.rb")
    if not app.any_of("fog-aws", "fog") or not any(one.holds for one in storages) or app.matching(r"\buse_iam_profile\b"):
        return
    there = names.there(stack)
    lines = [line for line in app.lines if any(name not in there for name in _KEYS.findall(line.text))]
    if lines:
        wanted = list(dict.fromkeys(name for line in lines for name in _KEYS.findall(line.text) if name not in there))
        given: dict[str, Any] = {name: names.value(name)[0] for name in wanted}
        what = f"fog is to take {' and '.join(wanted)} for its keys, which servers do not have: no upload comes through"
        mend = f"use_iam_profile: true in place of both, as servers have a role; or app_environment with {', '.join(wanted)} of a user of your own"
        yield Finding("fog-keys", BREAKS, what, mend, at(lines), variables={"app_environment": given})


CHECKS: tuple[Check, ...] = (keys,)
