"""The doctor on whole applications, made up after kinds that there are: the book's, and those that people deploy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.railyard.aws.plugins.module_utils._doctor.environment import spare

from tests.unit.plugins.doctor_lab import PRODUCTION, STACK, Lab, gems

PROJECT = Path(__file__).resolve().parents[3]
#: What the stack gives without a word of anybody, as group_vars has it.
DEFAULTS = {
    **STACK,
    "bundler_version": "1.17.3",
    "cluster_mode": True,
    "contract": "book",
    "eviction": "allkeys-lru",
    "health_path": "/",
    "ruby_version": "2.6.6",
    "system": "amazon",
}
BOOK_GEMS = {
    **{"byebug": "9.0.6", "carrierwave": "1.2.2", "fog-aws": "2.0.1", "mini_magick": "4.7.0", "mysql2": "0.5.3"},
    **{"puma": "3.9.1", "rails": "5.1.6", "redis": "4.1.0", "redis-rails": "5.0.2", "uglifier": "3.2.0"},
}
BOOK: dict[str, str | None] = {
    "Gemfile": 'source "https://rubygems.org"\n'
    + "".join(f'gem "{name}", "{version}"\n' for name, version in BOOK_GEMS.items() if name not in ("byebug", "redis"))
    + 'group :development, :test do\n  gem "byebug"\nend\n',
    "Gemfile.lock": "GEM\n  remote: https://rubygems.org/\n  specs:\n"
    + "".join(f"    {name} ({version})\n" for name, version in BOOK_GEMS.items())
    + "\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n"
    + "".join(f"  {name}\n" for name in BOOK_GEMS)
    + "\nBUNDLED WITH\n   1.17.3\n",
    ".ruby-version": "2.6.6\n",
    "config/application.rb": "config.load_defaults 5.1\n",
    "config/puma.rb": 'threads_count = ENV.fetch("RAILS_MAX_THREADS") { 5 }\nport ENV.fetch("PORT") { 3000 }\n',
    "config/routes.rb": "Rails.application.routes.draw do\n  root 'static_pages#home'\nend\n",
    "config/database.yml": "production:\n  adapter: mysql2\n  database: sample_app\n  username: sample_app\n"
    "  password: <%= ENV['AWS_INTRO_SAMPLE_DATABASE_PASSWORD'] %>\n  host: db.home\n",
    PRODUCTION: """Rails.application.configure do
  config.cache_store = :redis_store, "redis://#{ENV['AWS_INTRO_SAMPLE_REDIS_ADDRESS']}/0/cache"
  # config.force_ssl = true
  ActionMailer::Base.smtp_settings = {
    :address => ENV['AWS_INTRO_SAMPLE_SMTP_ADDRESS'],
    :port => 587,
    :user_name => ENV['AWS_INTRO_SAMPLE_SMTP_USERNAME'],
    :password => ENV['AWS_INTRO_SAMPLE_SMTP_PASSWORD'],
  }
end
""",
    "config/initializers/carrierwave.rb": """if Rails.env.production?
  CarrierWave.configure do |config|
    config.fog_public = false
    config.fog_provider = 'fog/aws'
    config.fog_credentials = { provider: 'AWS', use_iam_profile: true, region: ENV['AWS_INTRO_SAMPLE_S3_REGION'] }
    config.fog_directory = ENV['AWS_INTRO_SAMPLE_S3_BUCKET']
  end
end
""",
    "app/uploaders/picture_uploader.rb": """class PictureUploader < CarrierWave::Uploader::Base
  if Rails.env.production?
    storage :fog
  else
    storage :file
  end
end
""",
}


def breaking(found: dict[str, Any]) -> set[str]:
    return {name for name, one in found.items() if one.weight == "breaks"}


def test_the_book_s_application_on_the_stack_s_defaults(tmp_path: Path) -> None:
    # As the table of roles/app/README.md has it.
    found = Lab(tmp_path).findings(BOOK, **DEFAULTS)
    assert breaking(found) == {"imdsv1", "acl", "cache-cluster"}
    assert set(found) - breaking(found) == {"ruby-ended", "rails-ended"}


def test_the_book_s_profile_gives_what_it_needs_and_so_does_the_proposal(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    profile = yaml.safe_load((PROJECT / "profiles" / "book.yml").read_text())
    proposed = yaml.safe_load(lab.report(BOOK, **DEFAULTS)[1])
    assert proposed == {
        "railyard_cache_cluster_mode": False,
        "ec2_metadata_tokens": profile["ec2_metadata_tokens"],
        "s3_uploads_object_ownership": profile["s3_uploads_object_ownership"],
    }
    mended = {
        "cluster_mode": proposed["railyard_cache_cluster_mode"],
        "metadata_tokens": proposed["ec2_metadata_tokens"],
        "object_ownership": proposed["s3_uploads_object_ownership"],
    }
    assert breaking(lab.findings(BOOK, **{**DEFAULTS, **mended})) == set()


def production(*lines: str) -> dict[str, str | None]:
    return {PRODUCTION: "\n".join(("Rails.application.configure do", *(f"  {line}" for line in lines), "end")) + "\n"}


#: A social network: PostgreSQL, Sidekiq, secrets of its own, Elasticsearch behind a switch, webpack by yarn.
SOCIAL: dict[str, str | None] = {
    **gems(
        *("pg 1.5.9", "sidekiq 7.3.0", "chewy 7.6.0", "webpacker 5.4.0", "charlock_holmes 0.7.9"),
        without=("mysql2",),
    ),
    **production(
        "config.action_controller.asset_host = ENV['CDN_HOST'] if ENV.key?('CDN_HOST')",
        "config.public_file_server.enabled = ENV['RAILS_SERVE_STATIC_FILES'].present?",
        "config.x.proxies = ENV['PROXY_IP'].split.map { |one| IPAddr.new(one) } if ENV['PROXY_IP'].present?",
        "config.log_level = ENV.fetch('RAILS_LOG_LEVEL', 'info').to_sym",
        "config.action_mailer.smtp_settings = {",
        "  :port => ENV['SMTP_PORT'],",
        "  :address => ENV['SMTP_SERVER'],",
        "  :domain => ENV['SMTP_DOMAIN'] || ENV['LOCAL_DOMAIN'],",
        "}",
        "config.x.otp_secret = ENV.fetch('OTP_SECRET')",
    ),
    "config/initializers/chewy.rb": "enabled = ENV['ES_ENABLED'] == 'true'\n"
    "Chewy.settings = { host: ENV.fetch('ES_HOST') { 'x' } }\n",
    "config/database.yml": 'default: &default\n  adapter: postgresql\n  pool: <%= ENV["DB_POOL"] || 5 %>\n'
    "production:\n  <<: *default\n  host: <%= ENV['DB_HOST'] || 'localhost' %>\n",
    "config/puma.rb": "if ENV['SOCKET']\n  bind \"unix://#{ENV['SOCKET']}\"\nelse\n"
    "  bind \"tcp://127.0.0.1:#{ENV.fetch('PORT', 3000)}\"\nend\n",
    "Procfile": "web: bundle exec puma -C config/puma.rb\nworker: bundle exec sidekiq\n",
    "package.json": '{"engines": {"node": ">=14"}}',
    "yarn.lock": "",
}
#: A chat for one server: SQLite, files on disk, Redis as Rails finds it, HTTPS by a switch.
CHAT: dict[str, str | None] = {
    **gems(gemfile='gem "sqlite3"\n', without=("mysql2",)),
    **production(
        "config.active_storage.service = :local",
        "config.cache_store = :redis_cache_store",
        'config.assume_ssl = ENV["DISABLE_SSL"].blank?',
        'config.force_ssl  = ENV["DISABLE_SSL"].blank?',
    ),
    "config/storage.yml": "local:\n  service: Disk\n  root: <%= Rails.root.join('storage') %>\n",
    "config/database.yml": "production:\n  adapter: sqlite3\n  database: storage/production.sqlite3\n",
    "app/models/user.rb": "class User\n  has_one_attached :avatar\nend\n",
}
#: A forum on MySQL with the log of its own server in its configuration.
FORUM = production("config.force_ssl = true", "config.logger = Logger.new('/srv/forum/log/production.log')")
#: A tracker whose Gemfile asks config/database.yml for the adapter, and that has no lock file.
TRACKER: dict[str, str | None] = {
    "Gemfile": """gem "rails"
gem "puma"
YAML.load_file("config/database.yml").values.map { |one| one["adapter"] }.each do |adapter|
  case adapter
  when "mysql2"
    gem "mysql2"
  when /postgresql/
    gem "pg"
  when "sqlserver"
    gem "tiny_tds"
  end
end
platforms :mri, :mingw do
  group :common_mark do
    gem "commonmarker"
  end
end
""",
    "Gemfile.lock": None,
    **production("config.eager_load = true"),
}


#: Attachments in a bucket once a variable says so, and on disk until then.
PAPERCLIP: dict[str, str | None] = {
    **gems("kt-paperclip 7.2.0"),
    "app/models/user.rb": "class User\n  has_attached_file :avatar\nend\n",
    "config/initializers/paperclip.rb": """Paperclip::Attachment.default_options.merge!(
  path: ':class/:filename',
  storage: :fog
)
if ENV['S3_ENABLED'] == 'true'
  Paperclip::Attachment.default_options.merge!(
    storage: :s3,
  )
elsif ENV['SWIFT_ENABLED'] == 'true'
  Paperclip::Attachment.default_options.merge!(fog_public: true)
else
  Paperclip::Attachment.default_options.merge!(
    storage: :filesystem,
  )
end
""",
}


@pytest.mark.parametrize(
    ("files", "stack", "breaks", "warns"),
    [
        (
            SOCIAL,
            {},
            {"database-gem", "environment", "packages", "node"},
            {"service", "environment-empty"},
        ),
        (CHAT, {"https": False}, {"database-gem", "active-storage", "https"}, set()),
        (CHAT, {"contract": "book"}, {"database-gem", "active-storage", "local-service"}, set()),
        (FORUM, {}, {"other-place"}, set()),
        (PAPERCLIP, {}, {"paperclip"}, set()),
        (PAPERCLIP, {"environment": ["S3_ENABLED"]}, set(), set()),
        (TRACKER, {"bundle_frozen": False}, set(), set()),
        (production("config.cache_store = :redis_cache_store"), {}, set(), set()),
        (production('config.force_ssl = ENV["FORCE_SSL"] == "true"'), {"https": False}, set(), set()),
    ],
)
def test_a_kind_of_application_gets_what_is_right_of_it(tmp_path: Path, files, stack, breaks, warns) -> None:
    found = Lab(tmp_path).findings(files, **stack)
    assert breaking(found) == breaks
    assert set(found) - breaks == warns


def test_what_they_do_without_is_no_alarm(tmp_path: Path) -> None:
    said = spare(Lab(tmp_path).application(SOCIAL), {**STACK, "provided": frozenset()})
    assert {"CDN_HOST", "PROXY_IP", "SOCKET", "DB_POOL"} <= set(said)


#: What `rails new --database=mysql` of Rails 8 writes, as far as a stack is concerned.
NEW: dict[str, str | None] = {
    **gems("solid_cache 1.0.6", "solid_queue 1.1.0", "solid_cable 3.0.5", "kamal 2.4.0", "thruster 0.1.10"),
    "config/credentials.yml.enc": "x",
    "config/deploy.yml": "service: shop\nservers:\n  web:\n    - 192.168.0.1\nenv:\n  secret: [RAILS_MASTER_KEY]\n",
    "Dockerfile": "FROM ruby\n",
    "config/puma.rb": 'threads_count = ENV.fetch("RAILS_MAX_THREADS", 3)\nthreads threads_count, threads_count\n'
    'port ENV.fetch("PORT", 3000)\nplugin :tmp_restart\nplugin :solid_queue if ENV["SOLID_QUEUE_IN_PUMA"]\n'
    'pidfile ENV["PIDFILE"] if ENV["PIDFILE"]\n',
    "config/storage.yml": "local:\n  service: Disk\n  root: <%= Rails.root.join('storage') %>\n"
    "# amazon:\n#   service: S3\n#   access_key_id: <%= Rails.application.credentials.dig(:aws, :access_key_id) %>\n",
    "config/cable.yml": "development:\n  adapter: async\nproduction:\n  adapter: solid_cable\n",
    "config/recurring.yml": "production:\n  clear_jobs:\n    command: x\n    schedule: every hour\n",
    "config/database.yml": """default: &default
  adapter: mysql2
  encoding: utf8mb4
  pool: <%= ENV.fetch("RAILS_MAX_THREADS") { 5 } %>
  username: root
  password:
  host: localhost
development:
  <<: *default
  database: shop_development
# DATABASE_URL="mysql2://myuser:mypass@localhost/somedatabase"
production:
  primary: &primary_production
    <<: *default
    database: shop_production
    username: shop
    password: <%= ENV["SHOP_DATABASE_PASSWORD"] %>
  cache:
    <<: *primary_production
    database: shop_production_cache
    migrations_paths: db/cache_migrate
  queue:
    <<: *primary_production
    database: shop_production_queue
    migrations_paths: db/queue_migrate
  cable:
    <<: *primary_production
    database: shop_production_cable
    migrations_paths: db/cable_migrate
""",
    "db/cache_schema.rb": "x",
    "db/queue_schema.rb": "x",
    "db/cable_schema.rb": "x",
    **production(
        "config.eager_load = true",
        "config.active_storage.service = :local",
        "config.assume_ssl = true",
        "config.force_ssl = true",
        "config.logger   = ActiveSupport::TaggedLogging.logger(STDOUT)",
        'config.log_level = ENV.fetch("RAILS_LOG_LEVEL", "info")',
        "config.cache_store = :solid_cache_store",
        "config.active_job.queue_adapter = :solid_queue",
        "config.solid_queue.connects_to = { database: { writing: :queue } }",
        'config.action_mailer.default_url_options = { host: "example.com" }',
        "# config.action_mailer.smtp_settings = {",
        "#   user_name: Rails.application.credentials.dig(:smtp, :user_name),",
        "#   port: 587",
        "# }",
        "# config.hosts = [",
        '#   "example.com"',
        "# ]",
    ),
}


def test_a_new_application_runs_by_the_variables_that_are_proposed_for_it(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    found = lab.findings(NEW)
    assert set(found) == {"databases", "process", "schedule"}
    proposed = yaml.safe_load(lab.report(NEW)[1])
    assert proposed == {
        "railyard_app_databases": ["cache", "queue", "cable"],
        "app_environment": {"SOLID_QUEUE_IN_PUMA": "true"},
    }
    given = {"databases": proposed["railyard_app_databases"], "environment": list(proposed["app_environment"])}
    assert lab.findings(NEW, **given) == {}
    # As a process of its own, with the same databases.
    given = {"databases": ["cache", "queue", "cable"], "processes": {"jobs": "bin/jobs"}}
    assert lab.findings(NEW, **given) == {}
