"""The role app's database on a PostgreSQL as new as RDS's: since version 16 who makes a role may not act for it.

The server is Debian 13's, in a directory of its own and as nobody. Its master is made as the sandbox makes RDS's: it is
no superuser.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.core.settings import PROJECT
from sandbox.services.rds import postgres_accounts
from tests.integration import suite_root
from tests.integration.sample_app.programs import Program, free_port

PASSWORD = "a/long+one@with:odd%signs'and\"quotes"
SECOND = "another-one-of-the-test"
MASTER = "the-master-has-a-long-one-too"


def in_root(root: Path, *argv: str) -> list[str]:
    return suite_root.as_nobody(root, "sh", "-c", f"exec /usr/lib/postgresql/*/bin/{' '.join(argv)}")


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    yield from suite_root.made(tmp_path_factory.mktemp("postgres") / "root", "trixie", "postgresql")


@pytest.fixture(scope="module")
def certificates(root):
    return suite_root.certificates(root)


@pytest.fixture(scope="module")
def administrator(root, certificates):
    """``administrator(sql)`` runs SQL as the superuser, whom RDS keeps to itself; others come to ``.port`` over TLS."""
    subprocess.run(
        in_root(root, "initdb -D /srv/data -U rdsadmin -E UTF8 --locale=C.UTF-8 -A trust"),
        check=True,
        capture_output=True,
    )
    access = root / "srv" / "access"
    access.write_text("local all rdsadmin trust\nhostssl all all all scram-sha-256\n")
    files = {
        kind: f"/srv/certificates/{getattr(certificates, name).name}"
        for kind, name in (("cert", "certificate"), ("key", "key"))
    }
    options = [
        "listen_addresses=localhost",
        f"port={free_port()}",
        "unix_socket_directories=/srv",
        "hba_file=/srv/access",
        "dynamic_shared_memory_type=mmap",
        "ssl=on",
        *(f"ssl_{kind}_file={file}" for kind, file in files.items()),
    ]
    port = int(options[1].partition("=")[2])
    server = Program(root / "srv" / "log", *in_root(root, "postgres -D /srv/data", *(f"-c {one}" for one in options)))

    def run(sql: str) -> str:
        client = in_root(root, f"psql -X -q -A -t -v ON_ERROR_STOP=1 -h /srv -p {port} -U rdsadmin postgres")
        return subprocess.run(client, input=sql, check=True, capture_output=True, text=True).stdout.strip()

    run.port = port
    try:
        server.ready(lambda: "ready to accept connections" in server.log())
        run(postgres_accounts.master("postgres", MASTER))
        yield run
    finally:
        server.stop()


@pytest.fixture(scope="module")
def python(tmp_path_factory) -> Path:
    """A Python like the servers', which have psycopg2 of their distribution."""
    made = tmp_path_factory.mktemp("python")
    subprocess.run([sys.executable, "-m", "venv", str(made)], check=True)
    subprocess.run([str(made / "bin" / "pip"), "install", "--quiet", "psycopg2-binary==2.9.10"], check=True)
    return made / "bin" / "python"


@pytest.fixture
def role(certificates, administrator, python, tmp_path):
    """``role(**variables)`` runs the role's database tasks on this machine; what Ansible said."""
    shown = "{{ __app_grants.query_all_results | default([[]], true) | last | map(attribute='version') | join(' ') }}"
    tasks = [
        {"ansible.builtin.include_role": {"name": "railyard.aws.app", "tasks_from": "database_postgres"}},
        {"ansible.builtin.debug": {"msg": f"migrations: {shown}."}},
    ]
    play = tmp_path / "play.yml"
    play.write_text(json.dumps([{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}]))

    def run(fails: bool = False, **more: object) -> str:
        given = {
            "__app_rds": {"address": "localhost", "port": administrator.port},
            "__app_ca_file": str(certificates.ca),
            "__app_master": {"username": "postgres", "password": MASTER},
            "__app_secret_of_database": PASSWORD,
            "__app_postgres_python": str(python),
            "app_database": "sample-app",
            "app_database_user": "sample_app",
            "app_database_engine": "postgres",
        } | more
        variables = tmp_path / "variables.json"
        variables.write_text(json.dumps(given))
        done = subprocess.run(
            [Path(sys.executable).parent / "ansible-playbook", str(play), "-i", "localhost,", "-e", f"@{variables}"],
            cwd=PROJECT, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        said = done.stdout + done.stderr
        assert (done.returncode != 0) is fails, said
        assert not any(secret in said for secret in (PASSWORD, SECOND, MASTER))
        return said

    return run


def test_user_owns_its_database_and_migrations_may_do_everything(role, administrator):
    assert "changed=3" in role()
    assert "changed=0" in role(), "it finds what it made"
    as_user = '\\connect "sample-app"\nSET ROLE sample_app;\n'
    administrator(
        f"{as_user}CREATE TABLE schema_migrations (version varchar); INSERT INTO schema_migrations VALUES ('1'), ('2');"
        "CREATE EXTENSION pgcrypto; CREATE VIEW one AS SELECT 1; CREATE SCHEMA beside;"
        "CREATE FUNCTION two() RETURNS int LANGUAGE sql AS 'SELECT 2';"
    )
    assert "migrations: 1 2." in role()
    assert (
        administrator("SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = 'sample_app';")
        == "f|f|f"
    )


def test_new_password_and_lost_database_are_mended(role, administrator):
    role()
    assert "changed=2" in role(__app_secret_of_database=SECOND), "the database is the user's, and stays so"
    assert "changed=0" in role(__app_secret_of_database=SECOND)
    administrator('ALTER DATABASE "sample-app" OWNER TO postgres;')
    assert "changed=3" in role(__app_secret_of_database=SECOND)
    assert "changed=0" in role(__app_secret_of_database=SECOND)


def test_what_is_wrong_is_said_without_a_password(role):
    said = role(fails=True, __app_master={"username": "postgres", "password": MASTER + "!"}, app_database_user="other")
    assert "password authentication failed" in said and "--tags security" in said
