# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a stack knows that an application may want to have in its environment, by names that stay the same.

``database.host`` is such a name. A value of ``app_environment`` refers to one, to several within a text, or to a secret of
AWS Secrets Manager: ``{from: database.host}``, ``{text: "{cache.url}/1"}``, ``{secret: /shop/stripe, key: token}``.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

#: Reference: what it is. Those of a tier that a stack has not are left out of the environment.
REFERENCES: dict[str, str] = {
    "database.host": "name of the database server, as its certificate has it",
    "database.port": "its port",
    "database.name": "the application's database",
    "database.user": "the application's user in it",
    "database.password": "that user's password",
    "database.url": "all of it as Rails takes it in DATABASE_URL, with TLS",
    "database.adapter": "the scheme of that URL: mysql2 or trilogy, postgresql or postgis",
    "database.ca": "file of the authorities that the database's certificate is signed by",
    "databases.NAME.name": "another database of the application, which it calls NAME (`app_databases`)",
    "databases.NAME.url": "all of it as Rails takes it in NAME_DATABASE_URL, with TLS",
    "cache.host": "name of the cache; of a cluster the one that tells its nodes",
    "cache.port": "its port",
    "cache.url": "both as Redis' clients take them, rediss:// where the cache speaks TLS",
    "mail.host": "server that takes mail",
    "mail.port": "port that speaks TLS from the first byte, or what the secret of mail says",
    "mail.starttls_port": "port that speaks TLS after STARTTLS, which Rails does by itself",
    "mail.user": "who logs in there",
    "mail.password": "that user's password",
    "mail.domain": "domain that mail is sent for",
    "mail.sender": "address that mail is from",
    "bucket.name": "bucket for uploads",
    "bucket.region": "its region",
    "site.host": "name under which people open the site",
    "site.url": "the same with https://, or http:// where there is no domain",
    "stack.name": "name of the stack",
    "stack.region": "its region",
    "rails.secret_key_base": "what the application signs with",
}
#: Ports of mail servers: TLS from the first byte, and after STARTTLS. Who offers the one offers the other.
_IMPLICIT_TLS, _STARTTLS = 465, 587
#: TLS in DATABASE_URL, as each adapter is told of it.
_POSTGRES = "sslmode=verify-full&sslrootcert={ca}"
_TLS = {
    "mysql2": "sslca={ca}&sslverify=true",
    "trilogy": "ssl_ca={ca}&ssl_mode=VERIFY_IDENTITY",
    "postgresql": _POSTGRES,
    "postgis": _POSTGRES,
}
ADAPTERS = tuple(_TLS)


def adapters_of(engine: str) -> tuple[str, ...]:
    """Adapters that speak to an engine of RDS, the usual one first."""
    return tuple(name for name in ADAPTERS if name.startswith("post") == (engine == "postgres"))


#: What nobody should see, whatever the variable is called.
_SECRETIVE = ("database.password", "database.url", "mail.password", "rails.secret_key_base")
_OF_DATABASES = re.compile(r"databases\.(?P<name>\w+)\.(?P<what>name|url)")
_SHAPES = {"from": {"from"}, "text": {"text"}, "secret": {"secret", "key"}}
_IN_TEXT = re.compile(r"\{([^{}]*)\}")
#: Name or ARN of a secret.
_SECRET = re.compile(r"[A-Za-z0-9/_+=.@:-]{1,2048}")


def _database(known: Mapping[str, Any], name: str = "") -> dict[str, Any]:
    """The first database, or the one called ``name`` on its server."""
    found = dict(known.get("database") or {})
    if found:
        found["name"] = name or found["name"]
        way = _TLS[found["adapter"]].format(ca=quote(str(found["ca"])))
        who = f"{quote(str(found['user']), safe='')}:{quote(str(found['password']), safe='')}"
        found["url"] = f"{found['adapter']}://{who}@{found['host']}:{found['port']}/{quote(str(found['name']), safe='')}?{way}"
    return found


def _cache(known: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(known.get("cache") or {})
    if not found.get("host"):
        return {}
    return {**found, "url": f"{'rediss' if found.pop('tls') else 'redis'}://{found['host']}:{found['port']}"}


def _mail(known: Mapping[str, Any]) -> dict[str, Any]:
    """Of the secret of mail, which has host, port, username, password and from."""
    secret = dict(known.get("mail") or {})
    sender = known.get("sender") or secret.get("from")
    port = secret.get("port")
    return {
        **{name: secret.get(key) for name, key in (("host", "host"), ("port", "port"), ("user", "username"), ("password", "password"))},
        "starttls_port": _STARTTLS if str(port) == str(_IMPLICIT_TLS) else port,
        "domain": str(secret.get("from") or "").partition("@")[2],
        "sender": sender,
    }


def values(known: Mapping[str, Any]) -> dict[str, str]:
    """Return the text that each reference stands for; those of what a stack has not are left out.

    :param known: ``database`` (host, port, name, user, password, adapter, ca; or nothing), ``databases`` beside it (what the
        application calls each, and its name; or nothing), ``cache`` (host, port, tls; or nothing), ``mail`` (what its secret
        holds; or nothing), ``sender``, ``bucket``, ``host``, ``tls`` (of the site), ``stack``, ``region``, ``secret_key_base``
    """
    host, region = known.get("host"), known.get("region")
    tiers: dict[str, dict[str, Any]] = {
        "database": _database(known),
        "cache": _cache(known),
        "mail": _mail(known),
        "bucket": {"name": known.get("bucket"), "region": region if known.get("bucket") else None},
        "site": {"host": host, "url": f"{'https' if known.get('tls') else 'http'}://{host}" if host else None},
        "stack": {"name": known.get("stack"), "region": region},
        "rails": {"secret_key_base": known.get("secret_key_base")},
    }
    every = {f"{tier}.{name}": value for tier, entries in tiers.items() for name, value in entries.items()}
    beside = known.get("databases") or {} if known.get("database") else {}
    for called, name in beside.items():
        every |= {f"databases.{called}.{what}": value for what, value in _database(known, name).items() if what in ("name", "url")}
    return {name: str(every[name]) for name in references_of(beside) if every.get(name) not in (None, "")}


def references_of(beside: Iterable[str] = ()) -> list[str]:
    """Return every reference that there is where the application has the databases ``beside`` its first one."""
    return [one.replace("NAME", name) for one in REFERENCES for name in (beside if "NAME" in one else ("",))]


def databases_of(known: Iterable[str]) -> list[str]:
    """Return the names of the databases beside the first one that references tell of."""
    found = map(_OF_DATABASES.fullmatch, known)
    return list(dict.fromkeys(one["name"] for one in found if one))


def references_in(value: Mapping[str, Any]) -> list[str]:
    """Return the references of a value that refers to something."""
    return [str(value["from"])] if "from" in value else _IN_TEXT.findall(str(value.get("text", "")))


def secretive(given: Mapping[str, Any]) -> list[str]:
    """Return the variables that refer to what nobody should see."""
    return [name for name, value in given.items() if isinstance(value, Mapping) and ("secret" in value or any(map(_secretive, references_in(value))))]


def _secretive(reference: str) -> bool:
    of_another = _OF_DATABASES.fullmatch(reference)
    return reference in _SECRETIVE or bool(of_another and of_another["what"] == "url")


def secret_names(given: Mapping[str, Any]) -> list[str]:
    """Return the names of the secrets that an environment refers to, each once."""
    return list(dict.fromkeys(str(value["secret"]) for value in given.values() if isinstance(value, Mapping) and "secret" in value))


def problem(name: str, value: Mapping[str, Any], beside: Iterable[str] = ()) -> str | None:
    """Return what is wrong with a value of the variable ``name`` that refers to something; values are not shown.

    :param beside: names of the databases beside the first one
    """
    shape = next((shape for shape in _SHAPES if shape in value), None)
    if shape is None or set(value) - _SHAPES[shape]:
        return (
            f"{name} is a dictionary; write a text in quotes (lists and dictionaries: `| to_json`), or a reference: "
            f'{{from: database.host}}, {{text: "{{cache.url}}/1"}} or {{secret: NAME}}, of a JSON secret {{secret: NAME, key: KEY}}.'
        )
    if not all(isinstance(one, str) and one for one in value.values()):
        return f"{name} has an empty '{shape}', or one that is no text; write it in quotes."
    if shape == "secret" and not _SECRET.fullmatch(value["secret"]):
        return f"{name} refers to a secret of a name that Secrets Manager has not; write letters, digits and /_+=.@-, such as /shop/stripe."
    used = references_in(value)
    if shape == "text" and not used:
        return f"{name} is a text without a reference; write it plainly, or refer to something in braces, such as {{cache.url}}/1."
    known = references_of(beside)
    unknown = [one for one in used if one not in known]
    of_another = _OF_DATABASES.fullmatch(unknown[0]) if unknown else None
    if of_another:
        return f"{name} refers to '{unknown[0]}', and the stack makes no database '{of_another['name']}' for it; name it in railyard_app_databases."
    if unknown:
        near = difflib.get_close_matches(unknown[0], known, n=1)
        return f"{name} refers to '{unknown[0]}', which is none{f'; did you mean {near[0]}?' if near else '.'} There are {', '.join(known)}."
    return None


def absent(given: Mapping[str, Any], tier: str) -> list[str]:
    """Return the variables that refer to a tier."""
    return [name for name, value in given.items() if isinstance(value, Mapping) and any(re.match(rf"{tier}s?\.", one) for one in references_in(value))]


def secret_problem(name: str, key: str | None, value: str, region: str) -> str:
    """Return why a secret is not what the environment wants; empty where it is. ``value`` is empty where there is none."""
    if not value:
        return (
            f"Secret '{name}', which app_environment refers to, is not in {region}, or nobody here may read it; make it: "
            f"aws secretsmanager create-secret --region {region} --name {name} --secret-string file:///dev/stdin"
        )
    return "" if key is None or _of_json(value, key) is not None else f"Secret '{name}' has no '{key}'; write JSON with it into the secret, or leave key out."


def _of_json(value: str, key: str) -> str | None:
    try:
        found = json.loads(value)
    except ValueError:
        return None
    one = found.get(key) if isinstance(found, dict) else None
    return None if one is None or isinstance(one, (dict, list)) else str(one).lower() if isinstance(one, bool) else str(one)


def resolved(value: Any, known: Mapping[str, str], secrets: Mapping[str, str]) -> Any:
    """Return what a variable is set to, or None where what it refers to is not there.

    :param known: what ``values`` returned
    :param secrets: name of a secret: its text
    """
    if not isinstance(value, Mapping):
        return value
    if "secret" in value:
        text = secrets.get(str(value["secret"]))
        found = _of_json(text, str(value["key"])) if text is not None and "key" in value else text
        # The end of the last line belongs to the file that a person gave it in, and no key of Rails may have one.
        return None if found is None else found.rstrip("\r\n")
    if any(one not in known for one in references_in(value)):
        return None
    return known[str(value["from"])] if "from" in value else _IN_TEXT.sub(lambda found: known[found[1]], str(value["text"]))
