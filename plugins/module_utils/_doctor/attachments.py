# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The service that Active Storage keeps attachments in, and the gem that it speaks to it with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ansible_collections.railyard.aws.plugins.module_utils._doctor import buckets
from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import BREAKS, WARNS, Check, Finding, Stack, at
from ansible_collections.railyard.aws.plugins.module_utils._doctor.line import Line
from ansible_collections.railyard.aws.plugins.module_utils._doctor.outline import Outline, outline
from ansible_collections.railyard.aws.plugins.module_utils._doctor.ruby import Setting
from ansible_collections.railyard.aws.plugins.module_utils._doctor.settings import decided, settings_of

#: Service of config/storage.yml → gem that Active Storage loads for it.
_GEMS = {"S3": "aws-sdk-s3", "GCS": "google-cloud-storage", "AzureStorage": "azure-storage-blob"}


@dataclass(frozen=True)
class Service:
    """A section of config/storage.yml, the setting that names it, and where it begins."""

    name: str
    section: Outline
    setting: Setting
    line: Line


def attaching(app: Application) -> list[Line]:
    """Lines of the application that attach anything."""
    attached = re.compile(r"\bhas_(one|many)_attached\b|\bhas_rich_text\b|\bActiveStorage::Blob\b")
    return [line for line in app.lines_of("app/**/*.rb", "lib/**/*.rb") if attached.search(line.text)]


def chosen_setting(app: Application, stack: Stack) -> Setting | None:
    """What names the service; none where nothing does, or where a variable that is given decides."""
    places = ("config/application.rb", f"config/environments/{app.environment}.rb", "config/initializers/*.rb")
    return decided(settings_of(app, r"config\.active_storage\.service\s*=(?!=)", *places), stack)


def chosen_service(app: Application, stack: Stack) -> Service | None:
    """The service, the first one of a mirror; none where reading does not tell."""
    setting = chosen_setting(app, stack)
    if not setting or not setting.word:
        return None
    services, name = outline(app.read("config/storage.yml")), setting.word
    section = services.get(name)
    if isinstance(section, dict) and section.get("service") == "Mirror":
        name = str(section.get("primary", "")).lstrip(":")
        section = services.get(name)
    if not isinstance(section, dict):
        return None
    line = next((one for one in app.lines_of("config/storage.yml") if one.text.startswith(f"{name}:")), setting.line)
    return Service(name, section, setting, line)


def in_bucket(app: Application) -> str:
    """The first service of config/storage.yml that is S3, where the bundle has its gem; empty where there is none."""
    services = outline(app.read("config/storage.yml"))
    found = (name for name, section in services.items() if isinstance(section, dict) and section.get("service") == "S3")
    return next(found, "") if app.has(_GEMS["S3"]) else ""


def adapter(app: Application, stack: Stack) -> Iterator[Finding]:
    """Active Storage loads its service with all other code when a server starts, whether anything is attached or not."""
    service = chosen_service(app, stack)
    gem = _GEMS.get(str(service.section.get("service"))) if service else None
    if service and gem and app.locked and not app.has(gem) and service.setting.holds and not service.setting.variable:
        what = f"Active Storage does not start its service {service.name} without {gem}, which is not in the bundle that servers install"
        yield Finding("active-storage-gem", BREAKS, what, f"bundle add {gem}", at([service.setting.line, service.line]))


def bucket(app: Application, stack: Stack) -> Iterator[Finding]:
    """Its client wants a bucket and a region, and does not start with none; keys it does without, as servers have a role."""
    service = chosen_service(app, stack)
    if not service or service.section.get("service") != "S3" or not service.setting.holds:
        return
    found = buckets.lacking(service.section, stack)
    if not found:
        return
    given = {one.name: one.value for one in found}
    words = ", ".join(f"{name}: {buckets.shown(value)}" for name, value in given.items())
    # Newer clients take no address for the usual one.
    at_once = any(not one.default and one.key != "endpoint" for one in found)
    why = "does not start without what it reads there" if at_once else "may go elsewhere than to the stack's bucket"
    what = f"Active Storage's service {service.name} {why}: servers do not have {', '.join(given)}"
    where = at([service.setting.line, service.line])
    yield Finding("active-storage-bucket", BREAKS if at_once else WARNS, what, f"app_environment with {words}", where, variables={"app_environment": given})


CHECKS: tuple[Check, ...] = (adapter, bucket)
