"""SQL for the accounts of a PostgreSQL. Pure but for the salt: a password gets no further than its verifier."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

from sandbox.core.lines import one_line

#: What a master user of RDS is a member of. It is no superuser: it makes roles and databases, and ends sessions.
SUPERUSER = "rds_superuser"
_ITERATIONS = 4096


def verifier(password: str, salt: bytes) -> str:
    """What PostgreSQL keeps of a password for SCRAM-SHA-256 (RFC 5802 and 7677), which ASCII needs no SASLprep for."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    text = (base64.b64encode(part).decode() for part in (salt, stored, server))
    return "SCRAM-SHA-256${}:{}${}:{}".format(_ITERATIONS, *text)


def master(user: str, password: str) -> str:
    """Make the master user, or give it this password. Run as the server's administrator."""
    name, kept = _name(user), verifier(password, os.urandom(16))
    return (
        f"SELECT 'CREATE ROLE {SUPERUSER}' WHERE to_regrole('{SUPERUSER}') IS NULL\\gexec\n"
        f"SELECT 'CREATE ROLE ' || quote_ident({_text(user)}) WHERE NOT EXISTS "
        f"(SELECT FROM pg_roles WHERE rolname = {_text(user)})\\gexec\n"
        f"GRANT pg_monitor, pg_signal_backend, pg_checkpoint TO {SUPERUSER} WITH ADMIN OPTION;\n"
        f"ALTER ROLE {name} LOGIN NOSUPERUSER CREATEDB CREATEROLE PASSWORD '{kept}';\n"
        f"GRANT {SUPERUSER} TO {name};\n"
    )


def first_database(name: str, owner: str) -> str:
    """Make the database that the request names."""
    make = f"'CREATE DATABASE ' || quote_ident({_text(name)}) || ' OWNER ' || quote_ident({_text(owner)})"
    return f"SELECT {make} WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = {_text(name)})\\gexec\n"


def _text(value: str) -> str:
    # A backslash is none of an escape within quotes: standard_conforming_strings is on.
    return "'" + one_line(value).replace("'", "''") + "'"


def _name(value: str) -> str:
    return '"' + one_line(value).replace('"', '""') + '"'
