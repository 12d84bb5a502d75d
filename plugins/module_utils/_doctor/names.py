# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the environment of a server has, and what a variable of an application's own most likely means.

The names that a stack gives, and what it knows, are those of ``_deploy.contracts`` and ``_deploy.references``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._deploy import contracts, references

#: What systemd, bash, Ruby and the collection set for every application.
OF_SYSTEM = frozenset(
    (
        *("APP_ROOT", "BUNDLE_GEMFILE", "BUNDLE_WITHOUT", "BUNDLE_PATH", "BUNDLE_FROZEN", "LANG", "PATH", "RACK_ENV", "RAILS_ENV", "RBENV_ROOT"),
        *("WEB_CONCURRENCY", "RAILS_MAX_THREADS"),
        *("HOME", "USER", "LOGNAME", "SHELL", "PWD", "TMPDIR", "GEM_HOME", "INVOCATION_ID", "LISTEN_FDS", "LISTEN_PID", "NOTIFY_SOCKET"),
    )
)

#: A variable that a line of Ruby reads, or of ERB.
READ = re.compile(r"\bENV(?:\[|\.fetch\(?)\s*['\"](\w+)['\"]")

#: What a value is filled in with that only people know; the text says where it has to be.
UNKNOWN = "FILL-IN"

#: Names of an application's own → what the stack knows of that kind.
_MEANINGS = tuple(
    (re.compile(pattern), reference)
    for pattern, reference in (
        (r"(.*_)?DATABASE_URL|(DB|MYSQL|RDS)_URL", "database.url"),
        (r"(.*_)?(DB|DATABASE|MYSQL|RDS)_?(HOST|HOSTNAME|ADDRESS|SERVER|ENDPOINT)", "database.host"),
        (r"(.*_)?(DB|DATABASE|MYSQL|RDS)_?PORT", "database.port"),
        (r"(.*_)?(DB|DATABASE|MYSQL|RDS)_?(USER|USERNAME|LOGIN)", "database.user"),
        (r"(.*_)?(DB|DATABASE|MYSQL|RDS)_?(PASS|PASSWORD|PWD)", "database.password"),
        (r"(.*_)?(DB|DATABASE|MYSQL|RDS)_?(NAME|DATABASE|SCHEMA|DB_NAME)|DATABASE", "database.name"),
        (r"(.*_)?(REDIS|SIDEKIQ|RESQUE|CABLE|CACHE)\w*_?(URL|URI|ADDRESS|SERVERS?)", "cache.url"),
        (r"(.*_)?REDIS_?(HOST|HOSTNAME)", "cache.host"),
        (r"(.*_)?REDIS_?PORT", "cache.port"),
        (r"(.*_)?(SMTP|MAIL|MAILER|EMAIL)_?(ADDRESS|HOST|HOSTNAME|SERVER)", "mail.host"),
        (r"(.*_)?(SMTP|MAIL|MAILER|EMAIL)_?PORT", "mail.starttls_port"),
        (r"(.*_)?(SMTP|MAIL|MAILER|EMAIL)_?(USER|USERNAME|USER_NAME|LOGIN)", "mail.user"),
        (r"(.*_)?(SMTP|MAIL|MAILER|EMAIL)_?(PASS|PASSWORD)", "mail.password"),
        (r"(.*_)?(SMTP|MAIL|MAILER|EMAIL)_?DOMAIN", "mail.domain"),
        (r"(.*_)?(SMTP|MAIL|MAILER|EMAIL)_?(FROM|SENDER|DEFAULT_FROM|FROM_ADDRESS)(_\w+)?", "mail.sender"),
        (r"(.*_)?BUCKET(_NAME)?|S3_BUCKET_\w+", "bucket.name"),
        (r"((.*_)?(S3|FOG|BUCKET)_)REGION|AWS_DEFAULT_REGION", "bucket.region"),
        (
            r"((APP|APPLICATION|RAILS|SITE|WEB|SERVER|PUBLIC|CANONICAL|LOCAL|DEFAULT|MAILER|ACTION_MAILER)_)?(HOST|HOSTNAME|DOMAIN|DOMAIN_NAME|HOST_NAME)",
            "site.host",
        ),
        (r"(APP|APPLICATION|SITE|BASE|ROOT|PUBLIC|WEB|HOST|FRONTEND)_URL", "site.url"),
        (r"SECRET_(KEY_BASE|TOKEN)", "rails.secret_key_base"),
    )
)
#: Names of what nobody but its owner should see.
_SECRET = re.compile(r"SECRET|KEY|TOKEN|PASS|SALT|DSN|CREDENTIAL|PRIVATE|LICENSE|CERT|AUTH")


def there(stack: Mapping[str, Any]) -> frozenset[str]:
    """Variables that servers have of a stack, and those that a person gives them."""
    return frozenset((*stack["environment"], *stack["provided"]))


def given_by(contract: str, beside: Iterable[str] = ()) -> frozenset[str]:
    """Names that a contract gives the environment, where the stack makes the databases ``beside`` the first one."""
    return frozenset(contracts.variables(contract, dict.fromkeys(references.references_of(list(beside)), "")))


def meaning(name: str, service: str = "") -> str:
    """What the stack knows that a variable most likely means, as a reference; empty when nothing."""
    found = next((reference for pattern, reference in _MEANINGS if pattern.fullmatch(name)), "")
    return "cache.url" if service.startswith("redis") and not found.startswith("cache") else found


def secretive(name: str) -> bool:
    """Whether a variable holds what nobody but its owner should see, by its name."""
    return bool(_SECRET.search(name))


def value(name: str, service: str = "") -> tuple[Any, str]:
    """What to set a variable to in app_environment, and the same in words."""
    known = meaning(name, service)
    if known:
        return {"from": known}, f"{{from: {known}}}"
    if _SECRET.search(name):
        secret = f"/{{{{ railyard_stack }}}}/app/{name.lower().replace('_', '-')}"
        return {"secret": secret}, f'{{secret: {secret}}} once Secrets Manager has it; or make secret ARGS="set {name}" instead'
    return UNKNOWN, "its value"
