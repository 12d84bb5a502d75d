"""The doctor on what `rails new` and its usual companions were, from Rails 5 on: what cannot start, and what can."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.plugins.doctor_lab import PRODUCTION, WELL, Lab, gems, lock

API = WELL["config/application.rb"].replace("  end\nend", "    config.api_only = true\n  end\nend")
#: Nothing but Rails says which Ruby it is.
NO_RUBY = "\nBUNDLED WITH\n   2.3.26\n"
TRILOGY = gems("trilogy 2.9.0", without=("mysql2",))
SOCKET = """default: &default
  adapter: trilogy
  socket: /tmp/mysql.sock
development:
  <<: *default
  database: shop_development
production:
  <<: *default
  database: shop_production
"""
S3 = "amazon:\n  service: S3\n  region: eu-central-1\n  bucket: shop\n"
AMAZON = WELL[PRODUCTION].replace("end\n", "  config.active_storage.service = :amazon\nend\n")
ATTACHES = {"app/models/post.rb": "class Post < ApplicationRecord\n  has_one_attached :image\nend\n"}
SDK = gems("aws-sdk-s3 1.150.0: aws-sdk-core", "+aws-sdk-core 3.191.0")
SHRINE = gems("shrine 3.6.0")


def rails(version: str) -> dict[str, str]:
    return {"Gemfile.lock": lock(tail=NO_RUBY).replace("rails (8.0.2)", f"rails ({version})")}


#: Files, the stack where it is another one, and what is found: id, where, and the variables that are proposed.
ILL: dict[str, tuple[Mapping[str, str | None], dict[str, Any], str, str, dict[str, Any]]] = {
    "Rails 8 on a Ruby that it does not run on": (
        rails("8.0.2"),
        {"ruby_version": "3.1.2"},
        *("ruby-version", "Gemfile.lock:7", {"railyard_ruby_version": "3.4.7", "railyard_rails_version": ""}),
    ),
    "Ruby in a Dockerfile alone": (
        {
            **rails("8.1.1"),
            "Dockerfile": "ARG RUBY_VERSION=3.4.5\nFROM docker.io/library/ruby:$RUBY_VERSION-slim AS base\n",
        },
        {"ruby_version": "2.6.6", "bundler_version": ""},
        *("ruby-version", "Gemfile.lock:7", {"railyard_ruby_version": "3.4.5", "railyard_rails_version": ""}),
    ),
    "Rails 5 on Ruby 3": (
        rails("5.2.3"),
        {"ruby_version": "3.1.7", "bundler_version": ""},
        *("ruby-version", "Gemfile.lock:7", {"railyard_ruby_version": "2.7.8", "railyard_rails_version": ""}),
    ),
    "JRuby": (
        {**rails("8.0.2"), ".ruby-version": "jruby-9.4.8.0\n"},
        {},
        *("ruby-engine", ".ruby-version:1", {}),
    ),
    "a further database by a variable that nobody gives": (
        {
            "config/database.yml": "production:\n  primary:\n    url: <%= ENV['DATABASE_URL'] %>\n"
            "  reports:\n    url: <%= ENV['REPORTS_URL'] %>\n"
        },
        {},
        *("databases", "config/database.yml:4"),
        {"railyard_app_databases": ["reports"], "app_environment": {"REPORTS_URL": {"from": "databases.reports.url"}}},
    ),
    "an API without assets": (
        {"config/application.rb": API},
        {},
        *("assets", "config/application.rb:4", {"app_assets_command": ""}),
    ),
    "a socket that trilogy prefers to DATABASE_URL": (
        {**TRILOGY, "config/database.yml": SOCKET},
        {"database_adapter": "trilogy"},
        *("database-socket", "config/database.yml:3", {}),
    ),
    "a second database whose gem servers leave out": (
        {
            "config/database.yml": "production:\n  primary:\n    adapter: mysql2\n  cache:\n    adapter: sqlite3\n"
            "    database: storage/cache.sqlite3\n"
        },
        {"shared": ["storage"]},
        *("sqlite", "config/database.yml:5", {"railyard_app_databases": ["cache"]}),
    ),
    "S3 without its gem": (
        {PRODUCTION: AMAZON, "config/storage.yml": S3},
        {},
        *("active-storage-gem", f"{PRODUCTION}:4, config/storage.yml:1", {}),
    ),
    "attachments that everybody may read": (
        {**SDK, **ATTACHES, PRODUCTION: AMAZON, "config/storage.yml": f"{S3}  public: true\n"},
        {},
        *("acl-public", "config/storage.yml:1", {}),
    ),
    "Shrine's files that everybody may read": (
        {
            **SHRINE,
            "config/initializers/shrine.rb": "store = Shrine::Storage::S3.new(public: true, bucket: 'x')\n",
        },
        {},
        *("acl-public", "config/initializers/shrine.rb:1", {}),
    ),
    "carrierwave-aws with an ACL": (
        {"config/initializers/c.rb": "CarrierWave.configure { |config|\n  config.aws_acl = 'public-read'\n}\n"},
        {},
        *("acl-public", "config/initializers/c.rb:2", {}),
    ),
    "Rails below the root of a repository": (
        {"config/application.rb": None, "backend/config/application.rb": WELL["config/application.rb"]},
        {},
        *("source-directory", "backend/config/application.rb:1", {}),
    ),
}
#: The same that starts well.
WELL_SO: dict[str, tuple[Mapping[str, str | None], dict[str, Any]]] = {
    "Rails 8 on its oldest Ruby": (rails("8.0.2"), {"ruby_version": "3.2.9"}),
    "an image of another Ruby than the servers'": (
        {**rails("8.1.1"), "Dockerfile": "FROM ruby:3.4.5-slim\n"},
        {"ruby_version": "3.3.1"},
    ),
    "a replica that is the first database": (
        {
            "config/database.yml": "production:\n  primary:\n    url: <%= ENV['DATABASE_URL'] %>\n"
            "  replica:\n    url: <%= ENV['DATABASE_URL'] %>\n    replica: true\n"
        },
        {},
    ),
    "an API whose assets are not asked for": ({"config/application.rb": API}, {"assets_command": ""}),
    "an API with Propshaft": ({**gems("propshaft 1.1.0"), "config/application.rb": API}, {}),
    "an API that loads Sprockets": (
        {
            **gems("importmap-rails 1.2.3: sprockets-rails", "+sprockets-rails 3.4.2"),
            "config/application.rb": f'require "rails/all"\n{API}',
        },
        {},
    ),
    "an API with a task of its own": (
        {"config/application.rb": API, "lib/tasks/a.rake": 'task "assets:precompile"\n'},
        {},
    ),
    "a socket that mysql2 leaves aside": ({"config/database.yml": SOCKET.replace("trilogy", "mysql2")}, {}),
    "a socket of the developer's alone": (
        {
            **TRILOGY,
            "config/database.yml": "development:\n  socket: /tmp/mysql.sock\nproduction:\n  adapter: trilogy\n",
        },
        {"database_adapter": "trilogy"},
    ),
    "S3 with its gem": ({**SDK, **ATTACHES, PRODUCTION: AMAZON, "config/storage.yml": S3}, {}),
    "S3 that a variable asks for": (
        {PRODUCTION: AMAZON.replace(":amazon", 'ENV.fetch("STORAGE", "local").to_sym'), "config/storage.yml": S3},
        {},
    ),
    "files of S3 that nobody may read": (
        {**SHRINE, "config/initializers/shrine.rb": "Shrine.storages[:store] = Shrine::Storage::S3.new(bucket: 'x')\n"},
        {},
    ),
    "an engine's dummy application": ({"test/dummy/config/application.rb": "x"}, {}),
    "lines that end as Windows has them": (
        {name: text.replace("\n", "\r\n") for name, text in {**WELL, "Gemfile.lock": lock()}.items()},
        {},
    ),
}


@pytest.mark.parametrize("case", ILL)
def test_what_cannot_start_is_found_with_its_place_and_its_mend(tmp_path: Path, case: str) -> None:
    files, stack, name, where, variables = ILL[case]
    found = {
        one: finding for one, finding in Lab(tmp_path).findings(files, **stack).items() if not one.endswith("-ended")
    }
    assert {one: (finding.weight, finding.where, finding.variables) for one, finding in found.items()} == {
        name: ("breaks", where, variables)
    }
    assert found[name].mend


@pytest.mark.parametrize("case", WELL_SO)
def test_what_starts_alarms_nobody(tmp_path: Path, case: str) -> None:
    files, stack = WELL_SO[case]
    assert [one for one in Lab(tmp_path).findings(files, **stack).values() if one.weight == "breaks"] == []


def test_the_proposal_of_several_illnesses_is_one_file_that_mends_them(tmp_path: Path) -> None:
    files = {**rails("8.1.1"), "config/application.rb": API}
    _text, file = Lab(tmp_path).report(files, ruby_version="2.6.6", bundler_version="")
    proposed = yaml.safe_load(file)
    assert proposed == {"railyard_ruby_version": "3.4.7", "railyard_rails_version": "", "app_assets_command": ""}
    assert Lab(tmp_path).findings(files, ruby_version="3.4.7", bundler_version="", assets_command="") == {}
