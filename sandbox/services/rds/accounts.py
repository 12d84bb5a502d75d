"""SQL for the accounts of a database. Pure: a password gets no further than its hash."""

from __future__ import annotations

import hashlib

from sandbox.core.lines import one_line

#: What the master user of RDS for MySQL may do: everything but to administer the server itself.
MASTER_PRIVILEGES = (
    "ALTER",
    "ALTER ROUTINE",
    "CREATE",
    "CREATE ROUTINE",
    "CREATE TEMPORARY TABLES",
    "CREATE USER",
    "CREATE VIEW",
    "DELETE",
    "DROP",
    "EVENT",
    "EXECUTE",
    "INDEX",
    "INSERT",
    "LOCK TABLES",
    "PROCESS",
    "REFERENCES",
    "RELOAD",
    "REPLICATION CLIENT",
    "REPLICATION SLAVE",
    "SELECT",
    "SHOW DATABASES",
    "SHOW VIEW",
    "TRIGGER",
    "UPDATE",
)


def native_hash(password: str) -> str:
    """What ``mysql_native_password`` keeps of a password: an asterisk and SHA-1 of its SHA-1 in hex."""
    inner = hashlib.sha1(password.encode(), usedforsecurity=False).digest()
    return "*" + hashlib.sha1(inner, usedforsecurity=False).hexdigest().upper()


def master(user: str, password: str) -> str:
    """Make the master user, or give it this password. Run as the server's administrator."""
    name = f"{_text(user)}@'%'"
    how = f"IDENTIFIED VIA mysql_native_password USING '{native_hash(password)}'"
    return (
        f"CREATE USER IF NOT EXISTS {name} {how};\n"
        f"ALTER USER {name} {how};\n"
        f"GRANT {', '.join(MASTER_PRIVILEGES)} ON *.* TO {name} WITH GRANT OPTION;\n"
    )


def first_database(name: str) -> str:
    """Make the schema that the request names."""
    return f"CREATE DATABASE IF NOT EXISTS `{one_line(name).replace('`', '``')}`;\n"


#: The administrator gets in through the socket alone; nobody else made by the installation stays.
TIDY = "DROP USER IF EXISTS 'root'@'localhost';\n"


def _text(value: str) -> str:
    return "'" + one_line(value).replace("\\", "\\\\").replace("'", "''") + "'"
