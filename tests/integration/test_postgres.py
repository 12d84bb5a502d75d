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
import yaml

from sandbox.core.settings import PROJECT
from sandbox.services.rds import postgres_accounts
from tests.integration import suite_root
from tests.integration.sample_app.programs import Program, free_port

sys.path.insert(0, str(PROJECT / "collections"))
from ansible_collections.railyard.aws.plugins.filter.app_environment import app_environment

MIGRATE = PROJECT / "roles/app/tasks/migrate.yml"
PASSWORD = "a/long+one@with:odd%signs'and\"quotes"
SECOND = "another-one-of-the-test"
MASTER = "the-master-has-a-long-one-too"


def in_root(root: Path, *argv: str) -> list[str]:
    return suite_root.as_nobody(root, "sh", "-c", f"exec /usr/lib/postgresql/*/bin/{' '.join(argv)}")


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    packages = "postgresql,rake,ruby-activerecord,ruby-pg,ruby-railties"
    yield from suite_root.made(tmp_path_factory.mktemp("postgres") / "root", "trixie", packages)


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
    ((migrate,),) = (one["block"] for one in yaml.safe_load(MIGRATE.read_text("utf-8")) if "block" in one)
    tasks = [
        {"ansible.builtin.include_role": {"name": "railyard.aws.app", "tasks_from": "database_postgres"}},
        {
            "ansible.builtin.debug": {"msg": "migrations: {{ __app_versions | sort | join(', ') }}."},
            "vars": migrate["vars"],
        },
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
    assert "migrations: primary 0, primary 1, primary 2." in role()
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


#: As `rails new` writes it, with what Solid Queue brings: a schema, and no migrations.
APPLICATION = {
    "Rakefile": 'require_relative "config/application"\nRails.application.load_tasks\n',
    "config/environment.rb": 'require_relative "application"\nRails.application.initialize!\n',
    "config/application.rb": """require "rails"
require "active_record/railtie"
class Shop < Rails::Application
  config.load_defaults 7.2
  config.eager_load = false
  config.logger = Logger.new(nil)
  config.active_record.dump_schema_after_migration = false
end
""",
    "config/database.yml": """production:
  primary: &primary
    adapter: postgresql
    database: nowhere
  queue:
    <<: *primary
    migrations_paths: db/queue_migrate
  animals:
    <<: *primary
    migrations_paths: db/animals_migrate
""",
    "db/migrate/20240101000000_create_shops.rb": """class CreateShops < ActiveRecord::Migration[7.2]
  def change = create_table(:shops)
end
""",
    "db/animals_migrate/20240101000000_create_dogs.rb": """class CreateDogs < ActiveRecord::Migration[7.2]
  def change = create_table(:dogs)
end
""",
    "db/queue_schema.rb": """ActiveRecord::Schema[7.1].define(version: 1) do
  create_table :solid_queue_jobs, force: :cascade
end
""",
    # Bundler and Debian's own gems are another story.
    "bin/bundle": '#!/bin/sh\nshift\nexec "$@"\n',
}


@pytest.fixture
def migrated(root, certificates, administrator):
    """``migrated(release, versions)`` is what Rails, on the role's environment, said where the role would migrate."""
    for name, text in APPLICATION.items():
        file = root / "srv/app" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o755)
    database = {
        **{"host": "localhost", "port": administrator.port, "name": "shop", "user": "shop", "password": PASSWORD},
        **{"adapter": "postgresql", "ca": f"/srv/certificates/{certificates.ca.name}"},
    }
    beside = {"queue": "shop_queue", "animals": "of_animals"}
    urls = app_environment({"database": database, "databases": beside}, "rails", {})
    environment = {**urls, "RAILS_ENV": "production", "SECRET_KEY_BASE": "0" * 32, "HOME": "/srv", "LANG": "C.UTF-8"}
    environment["PATH"] = "/srv/app/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    script = (PROJECT / "roles/app/files/migrate.sh").read_text("utf-8")

    def run(release: str, said: str) -> str:
        # Ansible breaks long lines.
        versions = " ".join(said.partition("migrations: ")[2].partition(".")[0].split()).replace(", ", "\n")
        command = ["migrate", "bundle exec rake db:migrate", release, "production", " ".join(beside)]
        done = subprocess.run(
            suite_root.as_nobody(root, "sh", "-c", 'cd /srv/app; exec bash -c "$@"', "sh", script, *command),
            input=versions, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_rails_finds_several_databases_and_each_gets_its_tables(role, migrated, administrator):
    given = {
        **{"app_database": "shop", "app_database_user": "shop"},
        "app_databases": {"queue": "", "animals": "of_animals"},
    }
    tables = "SELECT string_agg(tablename, ' ' ORDER BY tablename) FROM pg_tables WHERE schemaname = 'public';"
    there = "ar_internal_metadata {}schema_migrations {}"

    def has(database: str) -> str:
        return administrator(f'\\connect "{database}"\n{tables}')

    said = role(**given)
    assert "changed=3" in said
    migrated("new", said)
    assert has("shop") == there.format("", "shops")
    assert has("shop_queue") == there.format("", "solid_queue_jobs")
    assert has("of_animals") == there.format("dogs ", "").strip()

    again = role(**given)
    assert "changed=0" in again
    assert migrated("recorded", again) == ""
    administrator("\\connect shop\nINSERT INTO shops DEFAULT VALUES;")
    administrator("DROP DATABASE shop_queue;")
    administrator("\\connect of_animals\nDROP TABLE dogs; DELETE FROM schema_migrations;")
    mended = role(**given)
    # The database, and that the master may give it away, which is said each time.
    assert "changed=2" in mended
    assert "CreateDogs: migrated" in migrated("recorded", mended)
    assert has("shop_queue") == there.format("", "solid_queue_jobs")
    assert administrator("\\connect shop\nSELECT count(*) FROM shops;") == "1", "what was there is untouched"
    assert migrated("recorded", role(**given)) == ""
