# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names that an application expects its environment to have: those of Rails and its gems, or the ten of the book."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._deploy import databases, references

#: In both contracts. Variable: reference.
COMMON = {
    "AWS_REGION": "stack.region",
    "DATABASE_CA": "database.ca",
    "DATABASE_URL": "database.url",
    "MAIL_FROM": "mail.sender",
    "SECRET_KEY_BASE": "rails.secret_key_base",
}
#: What applications of today, their gems and their hosters call it. HOST is missing on purpose: `rails server` listens there.
RAILS = {
    "APP_HOST": "site.host",
    "APPLICATION_HOST": "site.host",
    "RAILS_HOST": "site.host",
    "AWS_BUCKET": "bucket.name",
    "S3_BUCKET": "bucket.name",
    "S3_REGION": "bucket.region",
    "REDIS_URL": "cache.url",
    "SMTP_ADDRESS": "mail.host",
    # Rails begins with STARTTLS where it is offered, and speaks no TLS before.
    "SMTP_PORT": "mail.starttls_port",
    "SMTP_USERNAME": "mail.user",
    "SMTP_PASSWORD": "mail.password",
    "SMTP_DOMAIN": "mail.domain",
}
_RAILS_PLAIN = {"RAILS_LOG_TO_STDOUT": "true", "RAILS_SERVE_STATIC_FILES": "true"}
_RAILS_MAIL = {"SMTP_AUTHENTICATION": "plain", "SMTP_ENABLE_STARTTLS_AUTO": "true"}
#: The book's ten. Where a stack has nothing they are empty: its application reads them all.
BOOK = {
    "AWS_INTRO_SAMPLE_DATABASE_PASSWORD": "database.password",
    "AWS_INTRO_SAMPLE_HOST": "site.host",
    "AWS_INTRO_SAMPLE_REDIS_ADDRESS": "cache.url",
    "AWS_INTRO_SAMPLE_S3_BUCKET": "bucket.name",
    "AWS_INTRO_SAMPLE_S3_REGION": "bucket.region",
    "AWS_INTRO_SAMPLE_SMTP_ADDRESS": "mail.host",
    "AWS_INTRO_SAMPLE_SMTP_DOMAIN": "mail.domain",
    "AWS_INTRO_SAMPLE_SMTP_PASSWORD": "mail.password",
    "AWS_INTRO_SAMPLE_SMTP_PORT": "mail.port",
    "AWS_INTRO_SAMPLE_SMTP_USERNAME": "mail.user",
}
NAMES = ("rails", "book")


def variables(contract: str, known: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a contract.

    :param contract: one of ``NAMES``
    :param known: what ``references.values`` returned; of what is not in it Rails' variables are left out
    """
    found = {name: known[reference] for name, reference in COMMON.items() if reference in known}
    found |= {databases.variable(name): known[f"databases.{name}.url"] for name in references.databases_of(known)}
    if contract == "book":
        return found | {name: known.get(reference, "") for name, reference in BOOK.items()}
    found |= {name: known[reference] for name, reference in RAILS.items() if reference in known} | _RAILS_PLAIN
    return found | (_RAILS_MAIL if "mail.host" in known else {})


def environment(known: Mapping[str, Any], contract: str, given: Mapping[str, Any], secrets: Mapping[str, str]) -> dict[str, Any]:
    """Return a contract's variables and those that a person gives, which win.

    :param known: what the stack knows, as ``references.values`` takes it; empty without a stack
    :param given: names and values, or what a value refers to
    :param secrets: name of a secret: its text
    """
    there = references.values(known) if known else {}
    # Without a stack there is nothing that the book's names could hold.
    expected = variables(contract, there) if known or contract != "book" else {}
    own = {name: references.resolved(value, there, secrets) for name, value in given.items()}
    return {
        **expected,
        # Null was refused: what is None refers to something that the stack has not.
        **{name: value for name, value in own.items() if value is not None or not isinstance(given[name], Mapping)},
    }
