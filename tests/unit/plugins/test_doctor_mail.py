"""The doctor on what leads elsewhere unless a variable says otherwise: mail, a cache, a disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.plugins.doctor_lab import PRODUCTION, WELL, Lab, gems


def settings(*lines: str) -> dict[str, str]:
    inner = "".join(f"    {line},\n" for line in lines)
    return {"config/initializers/mail.rb": f"ActionMailer::Base.smtp_settings = {{\n{inner}}}\n"}


@pytest.mark.parametrize(
    ("lines", "given"),
    [
        (
            ("address: ENV['SMTP_SERVER'] || 'smtp.example.com'", "user_name: ENV['SMTP_LOGIN'].presence"),
            {"SMTP_SERVER": {"from": "mail.host"}, "SMTP_LOGIN": {"from": "mail.user"}},
        ),
        (("address: ENV.fetch('MAIL_HOST', 'smtp.example.com')",), {"MAIL_HOST": {"from": "mail.host"}}),
        (("enabled: ENV.fetch('SMTP_ENABLED', false)",), {"SMTP_ENABLED": "true"}),
    ],
)
def test_mail_that_goes_elsewhere(tmp_path: Path, lines: tuple[str, ...], given: dict[str, Any]) -> None:
    lab = Lab(tmp_path)
    found = lab.findings(settings(*lines))["mail-elsewhere"]
    assert (found.weight, found.variables) == ("warns", {"app_environment": given})
    assert "mail-elsewhere" not in lab.findings(settings(*lines), environment=list(given))


@pytest.mark.parametrize(
    "lines",
    [
        ("address: ENV['SMTP_ADDRESS'] || 'smtp.example.com'",),
        ("address: 'smtp.example.com'", "user_name: ENV['SENDER_LOGIN'] || 'x'"),
        ("port: ENV.fetch('SMTP_SERVICE', 587)",),
    ],
)
def test_mail_that_goes_where_it_should(tmp_path: Path, lines: tuple[str, ...]) -> None:
    assert "mail-elsewhere" not in Lab(tmp_path).findings(settings(*lines))


def test_a_default_that_is_nothing_is_no_default(tmp_path: Path) -> None:
    found = Lab(tmp_path).findings(settings("user_name: ENV.fetch('SMTP_USER_NAME', nil)"))["environment-empty"]
    assert found.variables == {"app_environment": {"SMTP_USER_NAME": {"from": "mail.user"}}}


@pytest.mark.parametrize(
    "line", ["X = ENV.fetch('SMTP_USER_NAME', nil) || 'me'", "X = ENV.fetch('SMTP_USER_NAME', 'me')"]
)
def test_another_one_stands_in_for_it(tmp_path: Path, line: str) -> None:
    assert Lab(tmp_path).findings({"config/initializers/mail.rb": f"{line}\n"}) == {}


def test_the_next_line_has_another_name_for_it(tmp_path: Path) -> None:
    text = 'url = ENV["CLOUD_REDIS_URL"]\nurl ||= ENV["REDIS_URL"]\n'
    assert Lab(tmp_path).findings({"config/initializers/redis.rb": text}) == {}
    found = Lab(tmp_path).findings({"config/initializers/redis.rb": text.splitlines()[0] + "\n"})
    assert set(found) == {"environment-empty"}


def cached(line: str) -> dict[str, str]:
    return {**gems("dalli 3.2.8"), PRODUCTION: f"Rails.application.configure do\n  {line}\nend\n"}


def test_an_address_that_only_the_cache_wants_may_lead_to_nothing(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    files = cached('config.cache_store = :mem_cache_store, *ENV.fetch("MEMCACHE_SERVERS").split(",")')
    assert yaml.safe_load(lab.report(files)[1]) == {"app_environment": {"MEMCACHE_SERVERS": "127.0.0.1:11211"}}
    found = lab.findings(files, environment=["MEMCACHE_SERVERS"])
    assert "breaks" not in {one.weight for one in found.values()}
    speaks = cached('X = Dalli::Client.new(ENV.fetch("MEMCACHE_SERVERS"))')
    assert yaml.safe_load(lab.report(speaks)[1]) == {"app_environment": {"MEMCACHE_SERVERS": "FILL-IN"}}


def test_without_an_adapter_of_a_server_every_database_lies_on_the_disk(tmp_path: Path) -> None:
    text = (
        "production:\n  primary:\n    adapter: sqlite3\n    database: storage/db/main.sqlite3\n"
        "  queue:\n    adapter: sqlite3\n    database: storage/db/queue.sqlite3\n"
    )
    gem = gems("sqlite3 2.4.0", gemfile='gem "sqlite3"\n', without=("mysql2",))
    proposed = yaml.safe_load(Lab(tmp_path).report({**gem, "config/database.yml": text})[1])
    # A database beside none would be refused.
    assert "railyard_app_databases" not in proposed
    assert (proposed["railyard_app_database"], proposed["app_shared"]) == ("", ["log", "storage/db", "tmp/pids"])


def test_uploads_that_everybody_may_read_go_to_the_disk_where_a_variable_says_so(tmp_path: Path) -> None:
    files = {
        **gems("carrierwave 3.0.7", "fog-aws 3.30.0"),
        "config/initializers/carrierwave.rb": "CarrierWave.configure do |config|\n"
        '  if ENV["STORE"] == "disk"\n    config.storage = :file\n  else\n    config.storage = :fog\n  end\nend\n',
    }
    lab = Lab(tmp_path)
    found = lab.findings(files)["acl-public"]
    assert found.variables["app_environment"] == {"STORE": "disk"}
    assert found.variables["app_shared"][-1] == "public/uploads"
    assert "acl-public" not in lab.findings(files, environment=["STORE"])


def test_fog_that_nobody_chooses_carries_no_acl(tmp_path: Path) -> None:
    files = {
        **gems("carrierwave 3.0.7", "fog-aws 3.30.0"),
        "config/initializers/carrierwave.rb": "CarrierWave.configure do |config|\n  config.fog_directory = 'x'\nend\n",
    }
    assert not {"acl", "acl-public"} & set(Lab(tmp_path).findings(files))


def test_the_well_one_is_well(tmp_path: Path) -> None:
    assert Lab(tmp_path).findings(dict(WELL)) == {}
