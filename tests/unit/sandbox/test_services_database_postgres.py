"""The option file of a PostgreSQL, whom it lets in, and the SQL for its accounts."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac

import pytest

from sandbox.services.rds import postgres, versions
from sandbox.services.rds import postgres_accounts as accounts
from tests.unit.sandbox.database_pictures import DATABASE

POSTGRES = dataclasses.replace(DATABASE, engine="postgres", version="17.7", port=5432, master_user="postgres")


def rendered(**parameters: str) -> postgres.Rendered:
    given = tuple(sorted((name.replace("__", "."), value) for name, value in parameters.items()))
    return postgres.render(dataclasses.replace(POSTGRES, parameters=given))


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("log_min_duration_statement", "2000", "2000"),
        ("max_connections", "33", "33"),
        ("max_connections", "{LEAST(DBInstanceClassMemory/9531392,5000)}", "100"),
        ("timezone", "Asia/Tokyo", "Asia/Tokyo"),
        ("shared_preload_libraries", "pg_stat_statements,auto_explain", "pg_stat_statements,auto_explain"),
        ("work_mem", "4MB", None),
        ("shared_preload_libraries", "pg_tle", None),
        ("pgaudit__role", "rds_pgaudit", None),
    ],
)
def test_parameter_becomes_option_or_is_noted(name, value, expected):
    made = rendered(**{name: value})
    assert made.options.get(name) == expected
    followed = expected == value
    assert [note.split(":")[0] for note in made.notes] == ([] if followed else [name.replace("__", ".")])


@pytest.mark.parametrize(
    ("version", "parameters", "plain"),
    [
        ("17.7", {}, False),
        ("14.20", {}, True),
        ("14.20", {"rds__force_ssl": "1"}, False),
        ("17.7", {"rds__force_ssl": "0"}, True),
    ],
)
def test_connections_without_tls_are_let_in_where_the_parameter_says_so(version, parameters, plain):
    given = tuple((name.replace("__", "."), value) for name, value in parameters.items())
    made = postgres.render(dataclasses.replace(POSTGRES, version=version, parameters=given))
    assert ("hostnossl" in made.access) is plain
    assert "hostssl all all all scram-sha-256" in made.access


def test_value_cannot_end_its_line_or_its_quotes():
    text = rendered(search_path="x'\\").text
    assert "search_path = 'x''\\\\'\n" in text
    with pytest.raises(ValueError):
        postgres.quoted("a\nb")


def test_verifier_is_what_a_client_with_the_password_proves():
    salt = bytes(range(16))
    scheme, iterations, kept = accounts.verifier("a word", salt).split("$")
    stored, server = (base64.b64decode(part) for part in kept.split(":"))
    count, text = iterations.split(":")
    assert (scheme, base64.b64decode(text)) == ("SCRAM-SHA-256", salt)
    salted = hashlib.pbkdf2_hmac("sha256", b"a word", salt, int(count))
    assert hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest() == stored
    assert hmac.digest(salted, b"Server Key", "sha256") == server


def test_password_is_in_no_statement_and_the_master_is_no_superuser():
    made = accounts.master("o'neill", "canary-password")
    assert "canary" not in made and "NOSUPERUSER CREATEDB CREATEROLE" in made
    assert "quote_ident('o''neill')" in made and 'TO "o\'neill"' in made


@pytest.mark.parametrize(("family", "name"), [("mysql8.4", "long_query_time"), ("postgres17", "rds.force_ssl")])
def test_parameters_are_those_of_the_family(family, name):
    assert name in versions.parameters_of(family)
    assert versions.parameters_of("oracle-ee-19") is None
