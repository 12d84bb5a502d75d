"""The role app's database on a real MySQL, which has no ``mysql_native_password``: RDS for MySQL 8.4 has it off.

The server is the newest that Debian has, from its unstable suite, in a directory of its own and as nobody. The client
is this machine's ruby-mysql2 0.5.3, which is the book's.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from sandbox.core.settings import PROJECT
from tests.integration import suite_root
from tests.integration.sample_app.programs import Program, free_port

MIGRATE = PROJECT / "roles/app/tasks/migrate.yml"
PASSWORD = "a/long+one@with:odd%signs'and\"quotes"
MASTER = "the-master-has-a-long-one-too"
OPTIONS = ["--no-defaults", "--datadir=/srv/data", "--secure-file-priv=NULL", "--mysqlx=OFF"]
CONNECT = """
require "active_record"
ActiveRecord::Base.configurations = {
  "production" => {"adapter" => "mysql2", "host" => "db.home", "database" => "sample_app", "username" => "sample_app"},
}
ActiveRecord::Base.establish_connection(:production)
connection = ActiveRecord::Base.connection
puts Mysql2::VERSION, connection.select_rows("SHOW STATUS LIKE 'Ssl_cipher'")[0][1]
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    yield from suite_root.made(tmp_path_factory.mktemp("mysql") / "root", "sid", "mysql-server-core,mysql-client-core")


@pytest.fixture(scope="module")
def certificates(root):
    """MySQL's own have no names."""
    return suite_root.certificates(root)


@pytest.fixture(scope="module")
def port(root, certificates):
    """MySQL answers here, on loopback, over TLS only, and has a master like RDS's."""
    subprocess.run(
        suite_root.as_nobody(root, "mysqld", *OPTIONS, "--initialize-insecure"), check=True, capture_output=True
    )
    first = root / "srv" / "first.sql"
    first.write_text(
        f"CREATE USER admin@'%' IDENTIFIED BY '{MASTER}' REQUIRE SSL; GRANT ALL ON *.* TO admin@'%' WITH GRANT OPTION;"
    )
    port = free_port()
    server = Program(
        root / "srv" / "log",
        *suite_root.as_nobody(
            root, "mysqld", *OPTIONS, "--bind-address=127.0.0.1", f"--port={port}", "--socket=/srv/socket"
        ),
        "--require-secure-transport=ON",
        *(
            f"--ssl-{kind}=/srv/certificates/{file.name}"
            for kind, file in (
                ("ca", certificates.ca),
                ("cert", certificates.certificate),
                ("key", certificates.key),
            )
        ),
        "--init-file=/srv/first.sql",
    )
    try:
        server.ready(lambda: f"port: {port}" in server.log())
        yield port
    finally:
        server.stop()


@pytest.fixture
def master(root, certificates, port):
    """``master(sql)`` runs SQL as the master; what the server said."""

    def run(sql: str) -> str:
        file = root / "srv" / "master.cnf"
        file.write_text(f"[client]\nuser=admin\npassword={MASTER}\n")
        client = f"mysql --defaults-extra-file=/srv/master.cnf -h 127.0.0.1 -P {port} --ssl-mode=REQUIRED -N"
        done = subprocess.run(
            suite_root.as_nobody(root, *client.split()), input=sql, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    return run


@pytest.fixture
def role(certificates, port, tmp_path):
    """``role(**variables)`` runs the role's database tasks on this machine; what Ansible said."""
    python = tmp_path / "python"
    subprocess.run([sys.executable, "-m", "venv", str(python)], check=True)
    subprocess.run([str(python / "bin" / "pip"), "install", "--quiet", "PyMySQL==1.1.2"], check=True)
    ((migrate,),) = (one["block"] for one in yaml.safe_load(MIGRATE.read_text("utf-8")) if "block" in one)
    tasks = [
        {"ansible.builtin.include_role": {"name": "railyard.aws.app", "tasks_from": "database_mysql"}},
        {
            "ansible.builtin.debug": {"msg": "migrations: {{ __app_versions | sort | join(', ') }}."},
            "vars": migrate["vars"],
        },
    ]
    play = tmp_path / "play.yml"
    play.write_text(json.dumps([{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}]))

    def run(**more: object) -> str:
        given = {
            "__app_rds": {"address": "localhost", "port": port},
            "__app_ca_file": str(certificates.ca),
            "__app_master": {"username": "admin", "password": MASTER},
            "__app_secret_of_database": PASSWORD,
            "__app_mysql_environment": "",
            "__app_mysql_python": str(python / "bin" / "python"),
            "app_database": "sample_app",
            "app_database_user": "sample_app",
        } | more
        variables = tmp_path / "variables.json"
        variables.write_text(json.dumps(given))
        done = subprocess.run(
            [Path(sys.executable).parent / "ansible-playbook", str(play), "-i", "localhost,", "-e", f"@{variables}"],
            cwd=PROJECT, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert PASSWORD not in done.stdout and MASTER not in done.stdout
        # Ansible breaks long lines.
        return " ".join(done.stdout.split())

    return run


def test_the_books_client_logs_in_to_what_the_role_made(role, certificates, port):
    assert "changed=2" in role()
    assert "changed=0" in role(), "it finds what it made"
    url = f"mysql2://sample_app:a%2Flong%2Bone%40with%3Aodd%25signs%27and%22quotes@127.0.0.1:{port}/sample_app"
    done = subprocess.run(
        ["ruby", "-e", CONNECT],
        env={**os.environ, "RAILS_ENV": "production", "DATABASE_URL": f"{url}?sslca={certificates.ca}&sslverify=true"},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    version, cipher = done.stdout.split()
    assert version.startswith("0.5.") and cipher.startswith("TLS_")


def test_each_database_is_made_and_its_user_has_rights_on_all(role, master):
    given = {
        "app_database": "shop",
        "app_database_user": "shop",
        "app_databases": {"queue": "", "animals": "of_animals"},
    }
    rights = "SELECT DISTINCT db FROM mysql.db WHERE user = 'shop' ORDER BY 1"
    assert "migrations: ." in role(**{**given, "app_databases": []})
    assert master(rights) == "shop"
    assert "changed=2" in role(**given)
    assert "changed=0" in role(**given)
    assert master(rights).split() == ["of\\\\_animals", "shop", "shop\\\\_queue"]

    master(
        "CREATE TABLE shop.schema_migrations (version varchar(255));"
        "INSERT INTO shop.schema_migrations VALUES ('1'), ('2');"
        "CREATE TABLE shop_queue.schema_migrations (version varchar(255) COLLATE utf8mb4_bin);"
        "INSERT INTO shop_queue.schema_migrations VALUES ('7');"
    )
    assert "migrations: primary 0, primary 1, primary 2, queue 0, queue 7." in role(**given)

    # One that somebody dropped comes back, though its user still has rights on it; the others stay as they are.
    master("DROP DATABASE shop_queue")
    assert "changed=2" in role(**given)
    said = role(**given)
    assert "changed=0" in said and "migrations: primary 0, primary 1, primary 2." in said
    # A right that is asked for no longer is taken away on each.
    assert "changed=1" in role(**given, app_database_rights="SELECT,INSERT")
    assert master("SELECT DISTINCT update_priv, insert_priv FROM mysql.db WHERE user = 'shop'").split() == ["N", "Y"]
