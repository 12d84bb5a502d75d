"""The doctor on variables that share a prefix, and on clients of Redis that are told host and port."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.plugins.doctor_lab import PRODUCTION, Lab

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
