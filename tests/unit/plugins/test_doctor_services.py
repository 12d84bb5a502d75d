"""The doctor on databases, processes, schedules and services: each illness with place and mend, and its like, well."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.plugins.doctor_lab import PRODUCTION, WELL, Lab, gems

YML = WELL["config/database.yml"]
POSTGRES = {
    **gems("pg 1.5.9-x86_64-linux", without=("mysql2",)),
    "config/database.yml": YML.replace("adapter: mysql2", "adapter: postgresql\n  encoding: unicode", 1),
}
RAILS8 = """default: &default
  adapter: mysql2
production:
  primary: &primary_production
    <<: *default
    database: shop
  queue:
    <<: *primary_production
    database: shop_queue
    migrations_paths: db/queue_migrate
"""


def production(*lines: str) -> dict[str, str]:
    return {PRODUCTION: WELL[PRODUCTION].replace("end\n", "".join(f"  {line}\n" for line in lines) + "end\n")}


SOLID = {**gems("solid_queue 1.1.0"), **production("config.active_job.queue_adapter = :solid_queue")}
IN_PUMA = {"config/puma.rb": 'plugin :solid_queue if ENV["SOLID_QUEUE_IN_PUMA"]\n'}
JOB = {"app/jobs/mail_job.rb": "class MailJob\n  include Sidekiq::Job\nend\n"}
EMBEDDED = {"config/puma.rb": "jobs = Sidekiq.configure_embed do |config|\n  config.concurrency = 2\nend\n"}
CHANNEL = {"app/views/a.html.erb": "<%= turbo_stream_from @room %>"}

#: Case: files, stack, id, weight, where, a word of the mend.
ILL: dict[str, tuple[dict[str, str | None], dict[str, Any], str, str, str, str]] = {
    "PostgreSQL": (
        POSTGRES,
        {},
        "database-gem",
        "breaks",
        "Gemfile.lock:5, config/database.yml:2",
        "bundle add mysql2",
    ),
    "SQLite alone": (
        {
            **gems(gemfile='gem "sqlite3"\n', without=("mysql2",)),
            "config/database.yml": YML.replace("mysql2", "sqlite3"),
        },
        {},
        *("database-gem", "breaks", "Gemfile.lock:8, config/database.yml:2", "bundle add mysql2"),
    ),
    "Trilogy": (
        gems("trilogy 2.9.0", without=("mysql2",)),
        {},
        *("database-adapter", "breaks", "Gemfile.lock:9, config/database.yml:2", "app_database_adapter: trilogy"),
    ),
    "an encoding of PostgreSQL": (
        {"config/database.yml": YML.replace("adapter: mysql2", "adapter: postgresql\n  encoding: unicode", 1)},
        {},
        *("database-encoding", "breaks", "config/database.yml:3", "utf8mb4"),
    ),
    "no file and no URL": (
        {"config/database.yml": None},
        {"database_url": False},
        *("database-file", "breaks", "config/database.yml", "railyard_app_database: NAME"),
    ),
    "no section production": (
        {"config/database.yml": YML.split("production:")[0]},
        {"database_url": False},
        *("database-file", "breaks", "config/database.yml:1", "railyard_app_database: NAME"),
    ),
    "several databases": (
        {"config/database.yml": RAILS8},
        {},
        "databases",
        "breaks",
        "config/database.yml:7",
        "railyard_app_databases: [queue]",
    ),
    "several databases of Rails 8": (
        {"config/database.yml": RAILS8, "db/queue_schema.rb": "x"},
        {},
        *("databases", "breaks", "config/database.yml:7", "or their tables in the first database"),
    ),
    "several databases, one of a name of its own": (
        {"config/database.yml": RAILS8.replace("  queue:", "  cable:\n    url: /x\n  queue:")},
        {"databases": {"cable": "shop_cables"}},
        *("databases", "breaks", "config/database.yml:9", 'railyard_app_databases: {cable: shop_cables, queue: ""}'),
    ),
    "a database that is found by a variable of another name": (
        {
            "config/database.yml": RAILS8.replace(
                "    migrations_paths", '    url: <%= ENV["JOBS_URL"] %>\n    migrations_paths'
            )
        },
        {},
        *("databases", "breaks", "config/database.yml:7", "JOBS_URL: {from: databases.queue.url}"),
    ),
    "a database that has to have its own variable": (
        {
            "config/database.yml": RAILS8.replace(
                "    migrations_paths", '    url: <%= ENV.fetch("QUEUE_DATABASE_URL") %>\n    migrations_paths'
            )
        },
        {},
        *("databases", "breaks", "config/database.yml:7", "railyard_app_databases: [queue]"),
    ),
    "a database of another engine beside the first": (
        {
            "config/database.yml": RAILS8.replace(
                "    migrations_paths", "    adapter: clickhouse\n    migrations_paths"
            )
        },
        {},
        *("database-adapter", "breaks", "config/database.yml:10", "QUEUE_DATABASE_URL of a database of your own"),
    ),
    "several databases and no URL": (
        {"config/database.yml": RAILS8 + "    sslca: x\n"},
        {"database_url": False},
        *(
            "databases",
            "breaks",
            "config/database.yml:7",
            "railyard_app_database: NAME, with railyard_app_databases: [queue]",
        ),
    ),
    "a replica": (
        {
            "config/database.yml": RAILS8.replace("  queue:", "  primary_replica:").replace(
                "migrations_paths: db/queue_migrate", "replica: true"
            )
        },
        {},
        *("databases", "breaks", "config/database.yml:7", "PRIMARY_REPLICA_DATABASE_URL: {from: database.url}"),
    ),
    "a replica of another database": (
        {"config/database.yml": RAILS8 + "  queue_replica:\n    <<: *primary_production\n    replica: true\n"},
        {"databases": ["queue"]},
        *("databases", "breaks", "config/database.yml:11", "QUEUE_REPLICA_DATABASE_URL: {from: databases.queue.url}"),
    ),
    "a first database of another name": (
        {"config/database.yml": RAILS8.replace("  primary:", "  shop:")},
        {"databases": ["queue"]},
        *("databases", "breaks", "config/database.yml:4", "SHOP_DATABASE_URL: {from: database.url}"),
    ),
    "a cache of SQLite beside the database": (
        {
            **gems(gemfile='gem "sqlite3"\n'),
            "config/database.yml": RAILS8.replace("  queue:", "  cache:\n    adapter: sqlite3").replace(
                "shop_queue", "storage/c.sqlite3"
            ),
        },
        {},
        *(
            "sqlite",
            "warns",
            "config/database.yml:8",
            "railyard_app_databases: [cache], which gives servers a CACHE_DATABASE_URL",
        ),
    ),
    "jobs in SQLite beside the database": (
        {
            "config/database.yml": RAILS8.replace("  queue:", "  queue:\n    adapter: sqlite3").replace(
                "shop_queue", "storage/q.sqlite3"
            )
        },
        {},
        *("sqlite", "breaks", "config/database.yml:8", "railyard_app_databases: [queue]"),
    ),
    "a database that Rails does not look for": (
        {},
        {"databases": ["queue"]},
        *("databases-unknown", "warns", "config/database.yml", "names that config/database.yml has beside primary"),
    ),
    "an encoding of PostgreSQL beside the first": (
        {"config/database.yml": RAILS8.replace("    database: shop_queue", "    encoding: unicode")},
        {"databases": ["queue"]},
        *("database-encoding", "breaks", "config/database.yml:9", "utf8mb4"),
    ),
    "Sidekiq": (
        {**gems("sidekiq 7.3.0"), **JOB, "Procfile": "web: bundle exec puma\nclock: bin/clock\n"},
        {},
        *("process", "breaks", "Gemfile.lock:9", "railyard_app_processes: {sidekiq: {command: bundle exec sidekiq}}"),
    ),
    "Sidekiq in a Procfile of which something else is declared": (
        {**gems("sidekiq 7.3.0"), **JOB, "Procfile": "web: bundle exec puma\nworker: bundle exec sidekiq\n"},
        {"processes": {"mailer": "bin/mailer"}},
        *("process", "breaks", "Gemfile.lock:9, Procfile:2", "railyard_app_processes: {sidekiq"),
    ),
    "Sidekiq and a cluster": (
        {**gems("sidekiq 7.3.0"), **EMBEDDED, PRODUCTION: "config.x = 1\n"},
        {"cluster_mode": True},
        *("queue-cluster", "breaks", "Gemfile.lock:9", "railyard_cache_cluster_mode: false"),
    ),
    "Sidekiq and eviction": (
        {**gems("sidekiq 7.3.0"), **EMBEDDED},
        {"eviction": "allkeys-lru"},
        *("queue-eviction", "warns", "Gemfile.lock:9", "noeviction"),
    ),
    "Solid Queue": (SOLID, {}, "process", "breaks", "Gemfile.lock:9", "plugin :solid_queue in config/puma.rb"),
    "Solid Queue in puma by a switch": (
        {**SOLID, **IN_PUMA},
        {},
        *("process", "breaks", "Gemfile.lock:9, config/puma.rb:1", 'SOLID_QUEUE_IN_PUMA: "true"'),
    ),
    "GoodJob": (
        {**gems("good_job 4.6.0"), **production("config.active_job.queue_adapter = :good_job")},
        {},
        *("process", "breaks", "Gemfile.lock:5", 'GOOD_JOB_EXECUTION_MODE: "async"'),
    ),
    "Delayed Job": (
        {**gems("delayed_job 4.1.0"), **production("config.active_job.queue_adapter = :delayed_job")},
        {},
        *("process", "breaks", "Gemfile.lock:5", "jobs:work"),
    ),
    "a process without a command": (
        {"Procfile": "web: bundle exec puma\nclock: ruby clock.rb\n"},
        {"processes": {"clock": {}, "mailer": {"count": 2}}},
        *("process", "breaks", "", "{mailer: {command: ...}}"),
    ),
    "clockwork": (
        {**gems("clockwork 3.0.0"), "clock.rb": "every(1.day, 'x')\n"},
        {},
        *("schedule", "breaks", "Gemfile.lock:4, clock.rb:1", "{clock: {command: bundle exec clockwork clock.rb}}"),
    ),
    "rufus-scheduler": (
        {**gems("rufus-scheduler 3.9.0"), "config/initializers/a.rb": "Rufus::Scheduler.new.every('1h') { A.b }\n"},
        {},
        *("schedule", "warns", "Gemfile.lock:9, config/initializers/a.rb:1", "a lock"),
    ),
    "Elasticsearch": (
        {**gems("searchkick 5.4.0"), "app/models/book.rb": "class Book\n  searchkick\nend\n"},
        {},
        *("service", "breaks", "Gemfile.lock:9, app/models/book.rb:2", "ELASTICSEARCH_URL"),
    ),
    "Elasticsearch behind a switch": (
        {**gems("chewy 7.6.0"), "config/initializers/chewy.rb": 'Chewy.enabled = ENV["ES_ENABLED"] == "true"\n'},
        {},
        *("service", "warns", "Gemfile.lock:4, config/initializers/chewy.rb:1", "ELASTICSEARCH_URL"),
    ),
    "MongoDB": (gems("mongoid 9.0.0"), {}, "service", "breaks", "Gemfile.lock:5", "MONGODB_URI"),
    "memcached": (
        {**gems("dalli 3.2.8"), **production("config.cache_store = :mem_cache_store")},
        {},
        *("service", "warns", f"Gemfile.lock:4, {PRODUCTION}:4", ":redis_cache_store"),
    ),
    "memcached that code speaks to": (
        {**gems("dalli 3.2.8"), **production("X = Dalli::Client.new(ENV['MEMCACHED_ENDPOINT'])")},
        {},
        *("service", "breaks", f"Gemfile.lock:4, {PRODUCTION}:4", "app_environment with MEMCACHED_ENDPOINT"),
    ),
    "RabbitMQ": (gems("bunny 2.23.0"), {}, "service", "breaks", "Gemfile.lock:4", "RABBITMQ_URL"),
    "Kafka": (gems("ruby-kafka 1.5.0"), {}, "service", "breaks", "Gemfile.lock:9", "KAFKA_BROKERS"),
    "Action Cable by async": (
        {**CHANNEL, "config/cable.yml": "production:\n  adapter: async\n"},
        {},
        *("cable", "warns", "config/cable.yml:2, app/views/a.html.erb:1", "REDIS_URL"),
    ),
}
FINE: dict[str, tuple[dict[str, str | None], dict[str, Any]]] = {
    "no config/database.yml in git": ({"config/database.yml": None}, {}),
    "PostgreSQL, and a URL of one": (POSTGRES, {"environment": ["DATABASE_URL"]}),
    "PostgreSQL of the stack": (POSTGRES, {"engine": "postgres", "database_adapter": "postgresql"}),
    "PostgreSQL and MySQL": (
        {
            **gems("pg 1.5.9-x86_64-linux"),
            "config/database.yml": YML.replace("adapter: mysql2", "adapter: postgresql", 1),
        },
        {},
    ),
    "Trilogy as it is said": (gems("trilogy 2.9.0", without=("mysql2",)), {"database_adapter": "trilogy"}),
    "SQLite for development": ({}, {}),
    "SQLite in a comment": ({"config/database.yml": YML + "#  adapter: sqlite3\n"}, {}),
    "several databases by URL": ({"config/database.yml": RAILS8}, {"environment": ["QUEUE_DATABASE_URL"]}),
    "several databases of the stack": ({"config/database.yml": RAILS8}, {"databases": ["queue"]}),
    "several databases of the stack by names of their own": (
        {"config/database.yml": RAILS8},
        {"databases": {"Queue": "jobs"}},
    ),
    "jobs in SQLite where the stack has a database for them": (
        {"config/database.yml": RAILS8.replace("  queue:", "  queue:\n    adapter: sqlite3")},
        {"databases": ["queue"]},
    ),
    "a database by its own variable in the file": (
        {
            "config/database.yml": RAILS8.replace(
                "    migrations_paths", '    url: <%= ENV.fetch("QUEUE_DATABASE_URL") %>\n    migrations_paths'
            )
        },
        {"databases": ["queue"]},
    ),
    "several databases of development": (
        {
            "config/database.yml": YML.replace(
                "development:\n", "development:\n  primary:\n    database: a\n  queue:\n    database: b\n"
            )
        },
        {},
    ),
    "Sidekiq in puma": ({**gems("sidekiq 7.3.0"), **JOB, **EMBEDDED}, {}),
    "Sidekiq for tests": (gems("sidekiq 7.3.0", gemfile='gem "sidekiq", group: :test\n'), {}),
    "Sidekiq beside another queue": (
        {**SOLID, **IN_PUMA, **gems("solid_queue 1.1.0", "sidekiq 7.3.0")},
        {"environment": ["SOLID_QUEUE_IN_PUMA"]},
    ),
    "Solid Queue in puma": ({**SOLID, **IN_PUMA}, {"environment": ["SOLID_QUEUE_IN_PUMA"]}),
    "Solid Queue in puma always": ({**SOLID, "config/puma.rb": "plugin :solid_queue\n"}, {}),
    "Solid Queue that nobody asks": (gems("solid_queue 1.1.0"), {}),
    "jobs in threads": ({**gems("delayed_job 4.1.0"), **production("config.active_job.queue_adapter = :async")}, {}),
    "GoodJob in puma": (
        {
            **gems("good_job 4.6.0"),
            **production("config.active_job.queue_adapter = :good_job", "config.good_job.execution_mode = :async"),
        },
        {},
    ),
    "a Procfile of one process": (
        {"Procfile": "web: bundle exec puma -C config/puma.rb\nrelease: rake db:migrate\n"},
        {},
    ),
    "Sidekiq of a Procfile": (
        {
            **gems("sidekiq 7.3.0", "sidekiq-cron 2.0.0"),
            **JOB,
            "Procfile": "web: puma\nworker: bundle exec sidekiq -t 25\n",
        },
        {},
    ),
    "Sidekiq behind a script": ({**gems("sidekiq 7.3.0"), **JOB, "Procfile": "worker: bin/start-jobs\n"}, {}),
    "Sidekiq by a variable": (
        {**gems("sidekiq 7.3.0"), **JOB},
        {"processes": {"mail": {"command": "bundle exec sidekiq -q mail", "count": 2}}},
    ),
    "Solid Queue by a variable": (
        {**SOLID, "config/recurring.yml": "production:\n  a:\n    command: x\n"},
        {"processes": {"jobs": "bin/jobs"}},
    ),
    "a process of its own": ({"Procfile": "web: bundle exec puma\nrelease: rake db:migrate\nmailer: ruby m.rb\n"}, {}),
    "clockwork of a Procfile": (
        {
            **gems("clockwork 3.0.0"),
            "clock.rb": "every(1.day, 'x')\n",
            "Procfile": "clock: bundle exec clockwork clock.rb\n",
        },
        {},
    ),
    "Procfile.dev": ({"Procfile.dev": "web: bin/rails server\ncss: yarn build --watch\nworker: sidekiq\n"}, {}),
    "rufus-scheduler in a process of its own": (gems("rufus-scheduler 3.9.0"), {}),
    "whenever without a schedule": (gems("whenever 1.0.0"), {}),
    "a schedule of Solid Queue in puma": (
        {
            **SOLID,
            "config/puma.rb": "plugin :solid_queue\n",
            "config/recurring.yml": "production:\n  clear:\n    command: x\n",
        },
        {},
    ),
    "Elasticsearch of one's own": (
        {**gems("searchkick 5.4.0"), "app/models/book.rb": "class Book\n  searchkick\nend\n"},
        {"environment": ["ELASTICSEARCH_URL"]},
    ),
    "a gem of memcached that nothing uses": (gems("dalli 3.2.8"), {}),
    "memcached in a comment": ({**gems("dalli 3.2.8"), **production("# config.cache_store = :mem_cache_store")}, {}),
    "memcached for development": (
        {**gems("dalli 3.2.8"), "config/environments/development.rb": "config.cache_store = :mem_cache_store\n"},
        {},
    ),
    "Action Cable by Redis": (
        {
            **CHANNEL,
            "config/cable.yml": "development:\n  adapter: async\nproduction:\n  adapter: redis\n",
        },
        {},
    ),
}


@pytest.mark.parametrize("case", ILL)
def test_an_illness_has_its_place_and_its_mend(tmp_path: Path, case: str) -> None:
    files, stack, name, weight, where, mend = ILL[case]
    found = Lab(tmp_path).findings(files, **stack)
    assert name in found, found
    assert (found[name].weight, found[name].where) == (weight, where)
    assert mend in found[name].mend
    assert set(found) == {name}


@pytest.mark.parametrize("case", FINE)
def test_what_can_start_alarms_nobody(tmp_path: Path, case: str) -> None:
    files, stack = FINE[case]
    assert Lab(tmp_path).findings(files, **stack) == {}


#: Of what variables can mend: the report's own file of them, given to the same application, leaves nothing that breaks.
BY_VARIABLES = (
    *("several databases", "several databases of Rails 8", "several databases, one of a name of its own"),
    *("a database that is found by a variable of another name", "a replica", "a replica of another database"),
    *("a first database of another name", "jobs in SQLite beside the database"),
    *("Trilogy", "Solid Queue in puma by a switch", "GoodJob"),
    *("Sidekiq and a cluster", "Sidekiq", "clockwork"),
)


@pytest.mark.parametrize("case", BY_VARIABLES)
def test_the_variables_that_are_proposed_make_it_well(tmp_path: Path, case: str) -> None:
    import yaml

    files, stack, name, *_rest = ILL[case]
    lab = Lab(tmp_path)
    file = yaml.safe_load(lab.report(files, **stack)[1])
    inputs = {
        "railyard_app_processes": "processes",
        "railyard_cache_cluster_mode": "cluster_mode",
        "app_database_adapter": "database_adapter",
        "railyard_app_databases": "databases",
    }
    mended = {inputs[one]: value for one, value in file.items() if one in inputs}
    assert mended or file["app_environment"]
    found = lab.findings(files, **{**stack, **mended, "environment": list(file.get("app_environment", {}))})
    assert name not in found


def test_a_schedule_of_a_queue_goes_with_the_process_of_the_queue(tmp_path: Path) -> None:
    found = Lab(tmp_path).findings(gems("sidekiq 7.3.0", "sidekiq-cron 2.0.0"))
    assert set(found) == {"process", "schedule"}
    assert found["schedule"].mend == "as for the jobs of sidekiq"


def test_the_report_says_what_runs_beside_puma_and_the_proposal_keeps_it(tmp_path: Path) -> None:
    files = {**gems("sidekiq 7.3.0"), **JOB, "Procfile": "web: puma\nclock: bin/clock\nmailer: bin/mail\n"}
    text, file = Lab(tmp_path).report(files)
    assert "Beside puma run: clock, mailer." in text
    proposed = [line.split("  #")[0] for line in file.splitlines()]
    assert proposed[-3:] == ["  clock: {}", "  mailer: {}", '  sidekiq: {"command": "bundle exec sidekiq"}']
    assert "Beside puma" not in Lab(tmp_path).report({**files, "Procfile": "web: puma\n"})[0]
