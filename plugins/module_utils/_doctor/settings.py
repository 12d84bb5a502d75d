# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an application sets in its files, as far as reading alone can tell."""

from __future__ import annotations

from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import Stack
from ansible_collections.railyard.aws.plugins.module_utils._doctor.ruby import Setting, setting


def settings_of(app: Application, pattern: str, *files: str) -> list[Setting]:
    """What lines that may count set, file after file; ``pattern`` ends just before the value."""
    found = []
    for file in files:
        found += [one for line, certain in app.effective(file) if (one := setting(line, pattern, certain, app.environment))]
    return found


def rails(app: Application, name: str) -> list[Setting]:
    """What ``config.<name>`` is set to, in the order in which Rails reads it."""
    places = ("config/application.rb", f"config/environments/{app.environment}.rb", "config/initializers/**/*.rb")
    return settings_of(app, rf"\bconfig\.{name}\s*=(?!=)", *places)


def decided(settings: list[Setting], stack: Stack) -> Setting | None:
    """The setting that wins: the last one. One whose variable the stack's environment sets is the person's own choice."""
    last = settings[-1] if settings else None
    if last and last.variable in stack["environment"]:
        return None
    return last
