"""app_doctor on files, databases and secrets: shapes of real applications that lose data, and that do not."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.railyard.aws.plugins.modules import app_doctor

PRODUCTION = "config/environments/production.rb"
LOCK = "GEM\n  specs:\n    aws-sdk-core (3.220.1)\n    puma (6.4.0)\n    rails (8.0.2)\n"
WELL = {
    "Gemfile": 'source "https://rubygems.org"\n',
    "Gemfile.lock": LOCK,
    "config/database.yml": 'production:\n  adapter: mysql2\n  sslca: <%= ENV["DATABASE_CA"] %>\n',
}
MODEL = {"app/models/user.rb": "class User < ApplicationRecord\n  has_one_attached :avatar\nend\n"}
STORAGE = """
local:
  service: Disk
  root: <%= Rails.root.join("storage") %>
amazon:
  service: S3
  bucket: <%= ENV["AWS_INTRO_SAMPLE_S3_BUCKET"] %>
elsewhere:
  service: Disk
  root: /mnt/shared
mirror:
  service: Mirror
  primary: local
  mirrors: [ amazon ]
backed_up:
  service: Mirror
  primary: amazon
  mirrors: [ local ]
"""


def gems(*names: str) -> dict[str, str]:
    return {"Gemfile.lock": LOCK + "".join(f"    {name} (9.0.0)\n" for name in names)}


@pytest.fixture
def examine(run_module, tmp_path: Path):
    """``examine(files, **stack)`` returns the findings of these files, and of nothing else, by id."""

    def examine(files: dict[str, str], **stack) -> dict[str, dict]:
        for name, text in {**WELL, **files}.items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        usual = {"path": str(tmp_path), "ruby_version": "3.4.1", "cluster_mode": False}
        findings = run_module(app_doctor, **{**usual, **stack})["findings"]
        # What is worst comes first.
        return {one["id"]: one for one in reversed(findings)}

    return examine


def attached(service: str, *more: str) -> dict[str, str]:
    lines = [f"  config.active_storage.service = {service}", *more]
    text = "\n".join(["Rails.application.configure do", *lines, "end"])
    return {**MODEL, "config/storage.yml": STORAGE, PRODUCTION: text}


def verdict(found: dict[str, dict], name: str) -> str:
    """``loses``, or the weight, or nothing."""
    one = found.get(name)
    return "" if not one else "loses" if one["loses"] else one["weight"]


@pytest.mark.parametrize(
    ("service", "says"),
    [
        (":local", "loses"),
        ('"local"', "loses"),
        (":mirror", "loses"),
        ('ENV.fetch("STORAGE_SERVICE", "local").to_sym', "loses"),
        ('ENV.fetch("STORAGE_SERVICE") { :local }', "loses"),
        ('(ENV["STORAGE_SERVICE"] || "local").to_sym', "loses"),
        ('ENV["STORAGE_SERVICE"].presence || :local', "loses"),
        (":elsewhere", "breaks"),
        (":amazon", ""),
        (":backed_up", ""),
        ('ENV.fetch("STORAGE_SERVICE", "amazon").to_sym', ""),
        ('ENV.fetch("STORAGE_SERVICE").to_sym', ""),
        ("Rails.env.production? ? :amazon : :local", ""),
        ("Rails.env.development? ? :amazon : :local", "loses"),
        (":local if Rails.env.test?", ""),
        (":local unless Rails.env.production?", ""),
        (":local if ENV['SINGLE']", ""),
    ],
)
def test_active_storage(examine, service: str, says: str) -> None:
    found = examine(attached(service))
    assert verdict(found, "active-storage") == says
    if says:
        assert f"{PRODUCTION}:2" in found["active-storage"]["where"]
        assert "AWS_INTRO_SAMPLE_S3_BUCKET" in found["active-storage"]["mend"]


def test_active_storage_s_last_word_counts(examine) -> None:
    assert verdict(examine(attached(":local", "  config.active_storage.service = :amazon")), "active-storage") == ""


def test_a_switch_that_the_environment_sets_is_the_person_s_choice(examine) -> None:
    files = attached('ENV.fetch("STORAGE_SERVICE", "local").to_sym')
    assert verdict(examine(files, environment=["STORAGE_SERVICE"]), "active-storage") == ""


def test_a_switch_that_is_given_may_be_either(examine) -> None:
    files = {**attached(":local if ENV['SINGLE']")}
    assert verdict(examine(files, environment=["SINGLE"]), "active-storage") == "warns"


def test_what_every_new_application_has_and_does_not_use_is_fine(examine) -> None:
    # `rails new` writes :local into production.rb.
    files = {**attached(":local"), "app/models/user.rb": "class User < ApplicationRecord\nend\n"}
    assert examine(files) == {}


def test_an_engine_that_attaches_is_warned_of(examine) -> None:
    files = {**attached(":local"), "app/models/user.rb": "# has_one_attached\n"}
    found = examine({**files, "db/schema.rb": 'create_table "active_storage_attachments" do\n'})
    assert verdict(found, "active-storage") == "warns"


@pytest.mark.parametrize(
    ("shared", "servers", "says", "word"),
    [
        (["log"], 2, "loses", "each release"),
        (["log"], 1, "loses", "each release"),
        (["log", "storage"], 2, "breaks", "by luck"),
        (["log", "storage"], 1, "warns", "nothing keeps a copy"),
        (["storage-old"], 1, "loses", "each release"),
    ],
)
def test_what_is_shared_by_releases_is_still_one_server_s(
    examine, shared: list[str], servers: int, says: str, word: str
) -> None:
    found = examine(attached(":local"), shared=shared, servers=servers)
    assert verdict(found, "active-storage") == says
    assert word in found["active-storage"]["what"]


def uploader(text: str) -> dict[str, str]:
    head = "class PictureUploader < CarrierWave::Uploader::Base\n"
    return {**gems("carrierwave", "fog-aws"), "app/uploaders/picture_uploader.rb": f"{head}{text}\nend\n"}


BOOK = "  if Rails.env.production?\n    storage :fog\n  else\n    storage :file\n  end"
ACL = {"config/initializers/acl.rb": "fog_attributes = {'x-amz-acl' => 'bucket-owner-full-control'}\n"}


@pytest.mark.parametrize(
    ("text", "everywhere", "says"),
    [
        ("  storage :file", "", "loses"),
        ("  storage(:file)", "", "loses"),
        ("  # storage :fog", "", "loses"),
        ("", "config.storage = :file", "loses"),
        ("  storage :file", "config.storage = :fog", "loses"),
        ("  storage :fog", "config.fog_credentials = { provider: 'Local', local_root: '/x' }", "loses"),
        (BOOK.replace("if", "unless", 1), "", "loses"),
        ("  storage :fog", "", ""),
        ("  storage :aws", "", ""),
        (BOOK, "", ""),
        ("  storage Rails.env.production? ? :fog : :file", "", ""),
        ("", "config.storage = :fog", ""),
        ("", "config.storage :aws", ""),
        ("", "if Rails.env.production?\n  config.storage = :fog\nelse\n  config.storage = :file\nend", ""),
        ("", "case Rails.env\nwhen 'production'\n  config.storage = :fog\nelse\n  config.storage = :file\nend", ""),
        ("  storage ENV['S3'] ? :fog : :file", "", "warns"),
        ("  if ENV['S3']\n    storage :fog\n  else\n    storage :file\n  end", "", "loses"),
        ("  if ENV['S3'] != 'no'\n    storage :fog\n  else\n    storage :file\n  end", "", ""),
    ],
)
def test_carrierwave(examine, text: str, everywhere: str, says: str) -> None:
    setup = f"CarrierWave.configure do |config|\n{everywhere}\nend\n"
    found = examine({**uploader(text), **ACL, "config/initializers/carrierwave.rb": setup})
    assert verdict(found, "carrierwave") == says


PAPERCLIP = {"app/models/user.rb": "class User\n  has_attached_file :avatar, styles: {}\nend\n"}
S3_DEFAULTS = {PRODUCTION: "config.paperclip_defaults = {\n  storage: :s3\n}\n"}


@pytest.mark.parametrize(
    ("files", "name", "says"),
    [
        ({**gems("kt-paperclip"), **PAPERCLIP}, "paperclip", "loses"),
        ({**gems("kt-paperclip"), **PAPERCLIP, **S3_DEFAULTS}, "paperclip", ""),
        (
            {
                **gems("shrine"),
                "config/initializers/shrine.rb": 'store: Shrine::Storage::FileSystem.new("public", prefix: "u"),',
            },
            "shrine",
            "loses",
        ),
        (
            {
                **gems("shrine"),
                "config/initializers/shrine.rb": 'cache: Shrine::Storage::FileSystem.new("public"),\nstore: S3.new',
            },
            "shrine",
            "warns",
        ),
        (
            {
                **gems("shrine"),
                "config/initializers/shrine.rb": "if Rails.env.production?\n  store: S3.new\nelse\n"
                "  store: Shrine::Storage::FileSystem.new('public')\nend\n",
            },
            "shrine",
            "",
        ),
        ({**gems("dragonfly"), "config/initializers/dragonfly.rb": "datastore :file,\n"}, "dragonfly", "loses"),
        ({**gems("dragonfly"), "config/initializers/dragonfly.rb": "datastore :s3,\n"}, "dragonfly", ""),
        ({"app/models/a.rb": 'File.binwrite(Rails.root.join("public/a.png"), data)\n'}, "own-files", "warns"),
        ({"app/models/a.rb": 'File.binwrite(Rails.root.join("tmp/a.png"), data)\n'}, "own-files", ""),
        ({"app/models/a.rb": '@@storage_path = S["x"] || File.join(Redmine.root, "files")\n'}, "own-storage", "breaks"),
        ({"lib/a.rb": 'upload_dir = Rails.root.join("public", "uploads")\n'}, "own-storage", "breaks"),
        (
            {"app/models/a.rb": '@@thumbnails_storage_path = File.join(Redmine.root, "tmp", "thumbnails")\n'},
            "own-storage",
            "",
        ),
        ({"app/models/a.rb": 'return if storage_path == Rails.root.join("files")\n'}, "own-storage", ""),
        ({"app/models/a.rb": 'File.read(Rails.root.join("config/a.yml"))\n'}, "own-files", ""),
    ],
)
def test_other_libraries(examine, files: dict[str, str], name: str, says: str) -> None:
    assert verdict(examine(files), name) == says


SQLITE = """
default: &default
  adapter: sqlite3
  pool: <%= ENV.fetch("RAILS_MAX_THREADS") { 5 } %>
production:
  <<: *default
  database: {path}
"""
RAILS8 = """
default: &default
  adapter: sqlite3
production:
  primary:
    adapter: mysql2
    sslca: /etc/ca.pem
    database: shop
  cache:
    <<: *default
    database: storage/cache.sqlite3
  queue:
    <<: *default
    database: storage/queue.sqlite3
    migrations_paths: db/queue_migrate
"""


@pytest.mark.parametrize(
    ("text", "stack", "name", "says"),
    [
        (SQLITE.replace("{path}", "db/production.sqlite3"), {}, "sqlite", "loses"),
        (SQLITE.replace("{path}", "storage/production.sqlite3"), {}, "sqlite", "loses"),
        (SQLITE.replace("{path}", "storage/p.sqlite3"), {"shared": ["storage"]}, "sqlite", "breaks"),
        (SQLITE.replace("{path}", "storage/p.sqlite3"), {"shared": ["storage"], "servers": 1}, "sqlite", "warns"),
        (SQLITE.replace("{path}", "/var/lib/shop/p.sqlite3"), {"servers": 1}, "sqlite", "warns"),
        (SQLITE.replace("{path}", "/var/lib/shop/p.sqlite3"), {}, "sqlite", "breaks"),
        (SQLITE.replace("{path}", '<%= ENV["DB"] %>'), {}, "sqlite", "warns"),
        (SQLITE.replace("{path}", "db/p.sqlite3"), {"environment": ["DATABASE_URL"]}, "sqlite", ""),
        (SQLITE.replace("{path}", "db/p.sqlite3"), {"database_url": True}, "sqlite", ""),
        (SQLITE.replace("{path}", "db/p.sqlite3").replace("production:", "test:"), {}, "sqlite", ""),
        (RAILS8, {}, "sqlite", "loses"),
        (RAILS8.replace("queue", "cable").replace("cable:", "cache:"), {}, "sqlite", "warns"),
        ("production:\n  adapter: postgresql\n", {}, "database-adapter", "breaks"),
        ("production:\n  adapter: postgresql\n", {"database_url": True}, "database-gem", "breaks"),
        (SQLITE.replace("{path}", "db/p.sqlite3"), {"database_url": True}, "database-gem", "breaks"),
        ("production:\n  adapter: mysql2\n", {"database_url": True}, "database-gem", "breaks"),
        ("production:\n  adapter: postgresql\n", {"environment": ["DATABASE_URL"]}, "database-adapter", ""),
        ("production:\n  adapter: trilogy\n", {}, "database-adapter", ""),
        ("production:\n  url: <%= ENV['DATABASE_URL'] %>\n  adapter: sqlite3\n", {}, "sqlite", ""),
    ],
)
def test_databases(examine, text: str, stack: dict, name: str, says: str) -> None:
    assert verdict(examine({"config/database.yml": text}, **stack), name) == says


SECRET = "s3cr3tT0kenOfMine99"


@pytest.mark.parametrize(
    ("files", "name", "says", "where"),
    [
        ({"config/master.key": SECRET, ".env": SECRET}, "keys", "warns", ".env, config/master.key"),
        ({".env.example": SECRET}, "keys", "", ""),
        ({"Gemfile": f'source "https://ada:{SECRET}@gems.example.com"\n'}, "url-secret", "warns", "Gemfile:1"),
        ({".gitmodules": f"[submodule]\n  url = https://{SECRET}a@host/a\n"}, "url-secret", "warns", ".gitmodules:2"),
        ({".git/config": f"url = https://x-access-token:{SECRET}@host/a\n"}, "url-secret", "warns", ".git/config:1"),
        ({"Gemfile": 'source "https://ada@gems.example.com"\n'}, "url-secret", "", ""),
        ({"config/credentials.yml.enc": "x"}, "credentials", "", ""),
        (
            {"config/credentials.yml.enc": "x", "app/a.rb": "Rails.application.credentials.dig(:a)\n"},
            *("credentials", "warns", "app/a.rb:1"),
        ),
        (
            {"config/credentials.yml.enc": "x", PRODUCTION: "config.require_master_key = true\n"},
            *("credentials", "breaks", f"{PRODUCTION}:1"),
        ),
    ],
)
def test_secrets_are_named_and_not_shown(examine, files: dict[str, str], name: str, says: str, where: str) -> None:
    found = examine(files)
    assert verdict(found, name) == says
    assert found.get(name, {}).get("where", "") == where
    assert SECRET not in str(found)


def test_a_key_that_the_environment_brings_is_there(examine) -> None:
    files = {"config/credentials.yml.enc": "x", PRODUCTION: "config.require_master_key = true\n"}
    assert examine(files, environment=["RAILS_MASTER_KEY"]) == {}
