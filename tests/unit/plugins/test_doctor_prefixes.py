"""The doctor on variables that share a prefix, and on clients of Redis that are told host and port."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.railyard.aws.plugins.module_utils._doctor import dotenv

from tests.unit.plugins.doctor_lab import PRODUCTION, Lab, gems

READER = 'class Setting\n  def self.lookup(key)\n    ENV["SHOP_" + key.to_s.upcase]\n  end\nend\n'
DEFAULTS = """# where the rows are
db_host =
db_port =
hostname = "shop.example.com"
smtp_address =
redis_host = localhost
redis_port = 6379
redis_use_ssl = false
max_users = 5
"""
WANTED = {
    "SHOP_HOSTNAME": {"from": "site.host"},
    "SHOP_SMTP_ADDRESS": {"from": "mail.host"},
    "SHOP_REDIS_HOST": {"from": "cache.host"},
    "SHOP_REDIS_PORT": {"from": "cache.port"},
    "SHOP_REDIS_USE_SSL": "true",
}


@pytest.mark.parametrize("reader", [READER, READER.replace('"SHOP_" + key.to_s.upcase', '"SHOP_#{key.to_s.upcase}"')])
def test_settings_with_a_prefix_are_filled_in(tmp_path: Path, reader: str) -> None:
    lab = Lab(tmp_path)
    files = {"app/models/setting.rb": reader, "config/shop_defaults.conf": DEFAULTS}
    found = lab.findings(files)["prefix"]
    assert (found.weight, found.variables) == ("breaks", {"app_environment": WANTED})
    assert "redis_host = localhost" in found.what
    assert "prefix" not in lab.findings(files, environment=list(WANTED))


def test_parts_of_the_database_count_where_no_url_wins_over_them(tmp_path: Path) -> None:
    files = {"app/models/setting.rb": READER, "config/shop_defaults.conf": "db_host =\n"}
    lab = Lab(tmp_path)
    assert "prefix" not in lab.findings(files)
    found = lab.findings({**files, "config/database.yml": None}, database_url=False)["prefix"]
    assert (found.weight, found.variables) == (
        "warns",
        {"app_environment": {"SHOP_DB_HOST": {"from": "database.host"}}},
    )


def test_a_prefix_without_a_file_of_defaults_is_only_told_of(tmp_path: Path) -> None:
    text, _file = Lab(tmp_path).report({"app/models/setting.rb": READER})
    assert "names are computed" in text and "Nothing of it breaks" in text


def cache(line: str) -> dict[str, str]:
    return {PRODUCTION: f"Rails.application.configure do\n  X = {line}\n  config.force_ssl = true\nend\n"}


@pytest.mark.parametrize(
    ("line", "plain"),
    [
        ("Redis.new(host: ENV['REDIS_HOST'], port: ENV['REDIS_PORT'])", True),
        ('Redis.new(url: "redis://#{ENV["REDIS_HOST"]}:6379/1")', True),
        ("Redis.new(host: ENV['REDIS_HOST'], ssl: true)", False),
        ("Redis.new(url: ENV['REDIS_URL'] || \"redis://#{ENV['REDIS_HOST']}\")", False),
        ("Redis.new(url: ENV['REDIS_URL'])", False),
    ],
)
def test_a_client_without_tls(tmp_path: Path, line: str, plain: bool) -> None:
    lab = Lab(tmp_path)
    found = lab.findings(cache(line), environment=["REDIS_HOST", "REDIS_PORT"])
    assert ("cache-tls" in found) == plain
    if plain:
        assert found["cache-tls"].variables == {"elasticache_transit_encryption": "preferred"}
        again = lab.findings(cache(line), environment=["REDIS_HOST", "REDIS_PORT"], cache_tls="preferred")
        assert "cache-tls" not in again


@pytest.mark.parametrize(
    "line",
    ["Redis.new(host: ENV.fetch('REDIS_HOST', 'localhost'))", "Redis.new(host: ENV['REDIS_HOST'] || '127.0.0.1')"],
)
def test_a_cache_that_is_looked_for_on_the_server_itself(tmp_path: Path, line: str) -> None:
    lab = Lab(tmp_path)
    found = lab.findings(cache(line))
    assert found["local-service"].variables == {"app_environment": {"REDIS_HOST": {"from": "cache.host"}}}
    assert found["cache-tls"].weight == "breaks"
    assert lab.findings(cache(line), environment=["REDIS_HOST"], cache_tls="preferred") == {}


def test_host_and_port_for_who_has_no_address(tmp_path: Path) -> None:
    text = "if ENV['REDIS_URL']\n  X = Redis.new(url: ENV['REDIS_URL'])\nelse\n"
    text += "  X = Redis.new(host: ENV.fetch('REDIS_HOST', 'localhost'))\nend\n"
    assert Lab(tmp_path).findings({"config/initializers/redis.rb": text}) == {}


def test_variables_of_a_file_that_the_application_loads_by_itself(tmp_path: Path) -> None:
    files = {
        **gems("dotenv 3.1.7"),
        ".env.default": "SHOP_NAME=corner\n",
        "config/load.rb": 'Dotenv.load(".env.default")\nX = ENV.fetch("SHOP_NAME")\n',
    }
    app = Lab(tmp_path).application(files)
    assert dotenv.names(app, "https://github.com/me/shop.git") == ["SHOP_NAME"]
