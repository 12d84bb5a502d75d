"""Made-up applications for the tests of the doctor: a few files each, in a directory of the test's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._doctor import (
    environment,
    names,
    processes,
    proposal,
    report,
)
from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application
from ansible_collections.railyard.aws.plugins.module_utils._doctor.checks import examine

PRODUCTION = "config/environments/production.rb"
#: A stack that gives an application of today what it needs.
STACK: dict[str, Any] = {
    "app_path": "/var/www/shop",
    "architecture": "x86_64",
    "assets_command": "bundle exec rake assets:precompile",
    "bundle_frozen": True,
    "bundler_version": "2.6.2",
    "cache_tls": "required",
    "cluster_mode": False,
    "contract": "rails",
    "database_adapter": "mysql2",
    "database_url": True,
    "databases": [],
    "engine": "mysql",
    "environment": [],
    "eviction": "noeviction",
    "health_codes": "200-499",
    "health_path": "/up",
    "https": True,
    "metadata_tokens": "required",
    "migrate_command": "bundle exec rake db:migrate",
    "object_ownership": "BucketOwnerEnforced",
    "packages": [],
    "packages_file": "debian-packages.txt",
    "processes": {},
    "ruby_provider": "rbenv",
    "ruby_version": "3.4.1",
    "schedules": {},
    "servers": 2,
    "workers": 0,
    "shared": ["log", "tmp/pids"],
    "site_host": "www.example.com",
    "source": "https://github.com/me/shop.git",
    "system": "debian",
}
#: What `rails new` writes, near enough, and runs on that stack.
WELL = {
    "Gemfile": """source "https://rubygems.org"
gem "rails", "~> 8.0"
gem "mysql2"
gem "puma"
gem "redis"
group :development, :test do
  gem "sqlite3"
  gem "debug", platforms: %i[mri windows]
end
""",
    "config/application.rb": "module Shop\n  class Application < Rails::Application\n    config.load_defaults 8.0\n"
    "  end\nend\n",
    "config/routes.rb": 'Rails.application.routes.draw do\n  get "up" => "rails/health#show"\n'
    '  root "home#index"\nend\n',
    "config/puma.rb": 'threads_count = ENV.fetch("RAILS_MAX_THREADS", 3)\nthreads threads_count, threads_count\n',
    "config/database.yml": """default: &default
  adapter: mysql2
  pool: <%= ENV.fetch("RAILS_MAX_THREADS") { 5 } %>
development:
  <<: *default
  adapter: sqlite3
  database: storage/development.sqlite3
test:
  <<: *default
  adapter: sqlite3
  database: storage/test.sqlite3
production:
  <<: *default
  database: shop
""",
    PRODUCTION: """Rails.application.configure do
  config.cache_store = :redis_cache_store, { url: ENV["REDIS_URL"] }
  config.force_ssl = true
end
""",
}


def lock(*specs: str, platforms: str = "x86_64-linux", tail: str = "", sources: str = "") -> str:
    """A lock file with puma, Rails and more: ``name version`` or ``name version: needed another``."""
    lines = [sources.rstrip("\n")] if sources else []
    lines += ["GEM", "  remote: https://rubygems.org/", "  specs:"]
    every = ("mysql2 0.5.6", "puma 6.4.0", "rails 8.0.2", "redis 5.3.0", "sqlite3 2.4.0", "debug 1.10.0", *specs)
    direct = []
    for spec in sorted(every):
        head, _colon, needs = spec.partition(": ")
        name, version = head.split()
        if not name.startswith("+"):
            direct.append(name)
        lines.append(f"    {name.lstrip('+')} ({version})")
        lines += [f"      {one}" for one in needs.split()]
    lines += [
        "",
        "PLATFORMS",
        *(f"  {one}" for one in platforms.split()),
        "",
        "DEPENDENCIES",
        *(f"  {name}" for name in direct),
    ]
    return "\n".join(lines) + "\n" + (tail or "\nRUBY VERSION\n   ruby 3.4.1p0\n\nBUNDLED WITH\n   2.6.2\n")


def gems(*specs: str, gemfile: str = "", without: tuple[str, ...] = ()) -> dict[str, str]:
    """Gemfile and lock file with further gems in them."""
    text = WELL["Gemfile"] + gemfile
    for spec in specs:
        name = spec.split()[0]
        if not name.startswith("+") and f'gem "{name}"' not in gemfile:
            text += f'gem "{name}"\n'
    locked = lock(*specs)
    for name in without:
        text = "\n".join(line for line in text.splitlines() if f'gem "{name}"' not in line) + "\n"
        locked = "\n".join(line for line in locked.splitlines() if line.split(" (")[0].strip() != name) + "\n"
    return {"Gemfile": text, "Gemfile.lock": locked}


class Lab:
    """Writes applications and examines them."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def application(self, files: Mapping[str, str | None], **options: Any) -> Application:
        for name, text in {**WELL, "Gemfile.lock": lock(), **files}.items():
            file = self.root / name
            if text is not None:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
        return Application(self.root, **options)

    def findings(self, files: Mapping[str, str | None], **stack: Any) -> dict[str, Any]:
        """Findings by id, the worst of each."""
        given = self._stack(stack)
        return {one.id: one for one in reversed(examine(self.application(files), given))}

    def report(self, files: Mapping[str, str | None], **stack: Any) -> tuple[str, str]:
        """The report and the file of variables."""
        given = self._stack(stack)
        app = self.application(files)
        found = examine(app, given)
        file = proposal.text(found, given)
        return report.told(
            found, file, environment.spare(app, given), report.unseen(app, given), processes.running(app, given)
        ), file

    def _stack(self, stack: Mapping[str, Any]) -> dict[str, Any]:
        given = {**STACK, **stack}
        provided = names.given_by(given["contract"], given["databases"])
        return {**given, "provided": provided if given["database_url"] else provided - {"DATABASE_URL"}}
