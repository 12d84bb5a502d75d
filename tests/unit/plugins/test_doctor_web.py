"""The doctor on hosts, HTTPS, health, addresses, mail, keys and sources of code; what it proposes, how it says it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.railyard.aws.plugins.module_utils._doctor.web import accepted

from tests.unit.plugins.doctor_lab import PRODUCTION, WELL, Lab, gems

ROUTES = "config/routes.rb"
ENC = {"config/credentials.yml.enc": "x"}


def production(*lines: str) -> dict[str, str]:
    return {PRODUCTION: WELL[PRODUCTION].replace("end\n", "".join(f"  {line}\n" for line in lines) + "end\n")}


#: Case: files, stack, id, weight, where, a word of the mend.
ILL: dict[str, tuple[dict[str, str | None], dict[str, Any], str, str, str, str]] = {
    "hosts without the site": (
        production('config.hosts << "shop.example.org"'),
        {},
        *("hosts", "breaks", f"{PRODUCTION}:4", 'config.hosts << ENV["APP_HOST"]'),
    ),
    "hosts over several lines": (
        production("config.hosts = [", '  "shop.example.org",', "  /.*\\.example\\.org/", "]"),
        {},
        *("hosts", "breaks", f"{PRODUCTION}:4", "APP_HOST"),
    ),
    "hosts of a site without a name": (
        production('config.hosts << "shop.example.org"'),
        {"site_host": "", "contract": "book", "cluster_mode": False},
        *("hosts", "breaks", f"{PRODUCTION}:4", "railyard_domain and railyard_site_host: shop.example.org"),
    ),
    "HTTPS without a domain": ({}, {"https": False}, "https", "breaks", f"{PRODUCTION}:3", "railyard_domain"),
    "HTTPS by a switch": (
        {PRODUCTION: 'config.force_ssl = ENV.fetch("FORCE_SSL", "true") == "true"\n'},
        {"https": False},
        *("https", "breaks", f"{PRODUCTION}:1", 'FORCE_SSL: "false"'),
    ),
    "assumed HTTPS": (
        {PRODUCTION: "config.assume_ssl = true\n"},
        {"https": False},
        "https",
        "breaks",
        f"{PRODUCTION}:1",
        "railyard_domain",
    ),
    "a path that is no route": (
        {ROUTES: 'Rails.application.routes.draw do\n  root "home#index"\nend\n'},
        {},
        *("health-path", "warns", f"{ROUTES}:1", "railyard_app_health_path"),
    ),
    "a path that is no route, and 404 is no answer": (
        {ROUTES: 'Rails.application.routes.draw do\n  get "healthz" => "health#show"\nend\n'},
        {"health_codes": "200-399"},
        *("health-path", "breaks", f"{ROUTES}:2", "railyard_app_health_path: /healthz"),
    ),
    "no root, and a path": (
        {ROUTES: 'Rails.application.routes.draw do\n  get "up" => "rails/health#show"\nend\n'},
        {"health_path": "/"},
        *("health-path", "warns", f"{ROUTES}:2", "railyard_app_health_path: /up"),
    ),
    "an address of another stack": (
        {"config/initializers/cache.rb": 'HOST = "10.0.3.17"\n'},
        {},
        *("hard-coded-host", "breaks", "config/initializers/cache.rb:1", 'ENV["REDIS_URL"]'),
    ),
    "an address in a URL": (
        {"config/initializers/cache.rb": 'URL = "redis://app:word@192.168.4.5:6379/0"\n'},
        {},
        *("hard-coded-host", "breaks", "config/initializers/cache.rb:1", "REDIS_URL"),
    ),
    "an address in a file of settings": (
        {"config/settings.yml": "production:\n  host: 172.16.0.9\n"},
        {},
        *("hard-coded-host", "breaks", "config/settings.yml:2", "REDIS_URL"),
    ),
    "a name of AWS's": (
        {"config/settings.yml": "x: &x\n  host: shop.abc.ap-northeast-1.rds.amazonaws.com\nproduction:\n  <<: *x\n"},
        {},
        *("hard-coded-host", "breaks", "config/settings.yml:2", "db.home"),
    ),
    "port 25": (
        production('config.action_mailer.smtp_settings = { address: ENV["SMTP_ADDRESS"], port: 25 }'),
        {},
        *("smtp-port", "breaks", f"{PRODUCTION}:4", "587"),
    ),
    "credentials that are required": (
        {**ENC, **production("config.require_master_key = true")},
        {},
        *("credentials", "breaks", f"{PRODUCTION}:4", "RAILS_MASTER_KEY in app_environment"),
    ),
    "credentials of production that the start reads": (
        {
            "config/credentials/production.yml.enc": "x",
            "config/initializers/s3.rb": "KEY = Rails.application.credentials.aws[:key]\n",
        },
        {},
        *("credentials", "breaks", "config/initializers/s3.rb:1", "RAILS_MASTER_KEY"),
    ),
    "credentials that fetch": (
        {**ENC, "config/initializers/s3.rb": "KEY = Rails.application.credentials.fetch(:aws)\n"},
        {},
        *("credentials", "breaks", "config/initializers/s3.rb:1", "RAILS_MASTER_KEY"),
    ),
    "credentials of a page": (
        {**ENC, "app/models/a.rb": "KEY = Rails.application.credentials.dig(:a)\n"},
        {},
        *("credentials", "warns", "app/models/a.rb:1", "RAILS_MASTER_KEY"),
    ),
    "a submodule": (
        {".gitmodules": '[submodule "kit"]\n\tpath = vendor/kit\n\turl = https://example.com/kit.git\n'},
        {},
        *("submodules", "breaks", ".gitmodules:2", "git clone --recurse-submodules"),
    ),
    "a submodule that is not checked out": (
        {".gitmodules": '[submodule "kit"]\n\tpath = vendor/kit\n\turl = https://example.com/kit.git\n'},
        {"source": "/home/ada/shop"},
        *("submodules", "breaks", ".gitmodules:2", "git submodule update --init"),
    ),
    "git LFS": (
        {
            ".gitattributes": "*.png filter=lfs diff=lfs\n",
            "public/a.png": "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
        },
        {"source": "/home/ada/shop"},
        *("lfs", "breaks", ".gitattributes:1", "git lfs pull"),
    ),
}
FINE: dict[str, tuple[dict[str, str | None], dict[str, Any]]] = {
    "hosts with the site": (production('config.hosts << "www.example.com"'), {}),
    "hosts with its domain": (production('config.hosts << ".example.com"'), {}),
    "hosts by expression": (production(r"config.hosts << /.*\.example\.com/"), {}),
    "hosts by the environment": (production('config.hosts << ENV["APP_HOST"]'), {}),
    "hosts by a variable that is given": (
        production('config.hosts << ENV.fetch("SHOP_HOST")'),
        {"environment": ["SHOP_HOST"]},
    ),
    "hosts that are cleared": (production('config.hosts << "shop.example.org"', "config.hosts.clear"), {}),
    "hosts of development": ({"config/environments/development.rb": 'config.hosts << "shop.test"\n'}, {}),
    "hosts in a comment": (production("# config.hosts = [", '#   "example.org"', "# ]"), {}),
    "HTTP without force_ssl": ({PRODUCTION: "config.force_ssl = false\n"}, {"https": False}),
    "HTTP by a switch that is given": (
        {PRODUCTION: 'config.force_ssl = ENV.fetch("FORCE_SSL", "true") == "true"\n'},
        {"https": False, "environment": ["FORCE_SSL"]},
    ),
    "a path that may be anything": (
        {ROUTES: 'Rails.application.routes.draw do\n  mount Spree::Core::Engine, at: "/"\nend\n'},
        {},
    ),
    "the root": ({ROUTES: 'Rails.application.routes.draw do\n  root "home#index"\nend\n'}, {"health_path": "/"}),
    "a version like an address": (
        {"config/initializers/version.rb": 'VERSION = "10.2.1"\nOTHER = "10.2.1.4rc1"\n'},
        {},
    ),
    "a package with a version": ({"config/importmap.rb": 'pin "preact", to: "https://esm.sh/preact@10.11.3"\n'}, {}),
    "this machine": ({"config/initializers/proxies.rb": 'LOCAL = ["127.0.0.0/8", "127.0.0.1", "::1"]\n'}, {}),
    "networks that are trusted": (
        production(
            'config.action_dispatch.trusted_proxies = ["10.0.0.0/8", "172.16.0.0/12"].map { |one| IPAddr.new(one) }'
        ),
        {},
    ),
    "a network alone": ({"config/initializers/a.rb": 'RANGE = "10.0.0.0/8"\nOTHER = "192.168.0.0/16"\n'}, {}),
    "an address of development": (
        {"config/settings.yml": "development:\n  host: 10.0.0.9\nproduction:\n  host: db.home\n"},
        {},
    ),
    "an address in a file that DATABASE_URL overrules": (
        {
            "config/database.yml": WELL["config/database.yml"].replace(
                "database: shop", "database: shop\n  host: 10.0.0.9"
            )
        },
        {},
    ),
    "an address of another environment's file": ({"config/environments/staging.rb": 'HOST = "10.0.0.9"\n'}, {}),
    "mail by the environment": (
        production('config.action_mailer.smtp_settings = { address: ENV["SMTP_ADDRESS"], port: ENV["SMTP_PORT"] }'),
        {},
    ),
    "credentials that nobody reads": (ENC, {}),
    "credentials with their key": (
        {**ENC, **production("config.require_master_key = true")},
        {"environment": ["RAILS_MASTER_KEY"]},
    ),
    "a key that is not required": ({**ENC, **production("# config.require_master_key = true")}, {}),
    "a submodule that is there": (
        {".gitmodules": "\tpath = vendor/kit\n", "vendor/kit/a.rb": "A = 1\n"},
        {"source": "/home/ada/shop"},
    ),
    "git LFS that was fetched": ({".gitattributes": "*.png filter=lfs\n", "public/a.png": "PNG"}, {}),
    "git LFS for tests": (
        {
            ".gitattributes": "*.png filter=lfs\n",
            "spec/a.png": "version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
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
    # The book's names alone give no REDIS_URL; that is another illness of the same file.
    assert set(found) - ({"environment-empty"} if "contract" in stack else set()) == {name}


@pytest.mark.parametrize("case", FINE)
def test_what_can_start_alarms_nobody(tmp_path: Path, case: str) -> None:
    files, stack = FINE[case]
    assert Lab(tmp_path).findings(files, **stack) == {}


@pytest.mark.parametrize(
    ("codes", "answer", "says"),
    [
        ("200", 200, True),
        ("200", 404, False),
        ("200-499", 404, True),
        ("200-299,404", 404, True),
        ("200-299,404", 403, False),
    ],
)
def test_a_matcher_is_read_as_a_target_group_reads_it(codes: str, answer: int, says: bool) -> None:
    assert accepted(codes, answer) is says


def test_the_variables_are_one_file_of_yaml(tmp_path: Path) -> None:
    files = {
        **gems("pg 1.5.9", "curb 1.0.6", "good_job 4.6.0", "trilogy 2.9.0", without=("mysql2",)),
        **production("config.active_job.queue_adapter = :good_job"),
        "config/initializers/a.rb": "".join(
            f'{one} = ENV.fetch("{one}")\n' for one in ("SHOP_TENANT", "STRIPE_SECRET_KEY", "REDIS_URL")
        ),
        ".ruby-version": "3.3.9\n",
    }
    text, file = Lab(tmp_path).report(
        {**files, "Gemfile.lock": files["Gemfile.lock"].replace("3.4.1p0", "3.3.9p0")}, contract="book"
    )
    assert yaml.safe_load(file) == {
        "railyard_app_contract": "rails",
        "railyard_ruby_version": "3.3.9",
        "railyard_rails_version": "",
        "rbenv_build_packages_extra": ["libcurl4-openssl-dev", "libpq-dev"],
        "app_database_adapter": "trilogy",
        "app_environment": {
            "SHOP_TENANT": "FILL-IN",
            "STRIPE_SECRET_KEY": {"secret": "/{{ railyard_stack }}/app/stripe-secret-key"},
            "GOOD_JOB_EXECUTION_MODE": "async",
        },
    }
    assert "config/initializers/a.rb:1" in file and "FILL-IN is what only you know" in file
    assert all(f"  {line}" in text for line in file.splitlines())


def test_what_was_not_looked_at_is_said(tmp_path: Path) -> None:
    files: dict[str, str | None] = {
        "Dockerfile": "FROM ruby\n",
        "engines/shop/lib/shop.rb": "module Shop\nend\n",
        "config/initializers/a.rb": 'NAME = "A"\nVALUE = ENV[NAME]\n',
    }
    text, _file = Lab(tmp_path).report(files)
    assert text.startswith("Nothing of it breaks on this stack.\n")
    said = text.splitlines()[-1]
    assert said.startswith("Not looked at: code of gems")
    for word in ("Dockerfile, which no server", "code below engines", "computed (config/initializers/a.rb:2)"):
        assert word in said


def test_an_application_without_a_lock_file_is_told_that_versions_were_not_seen(tmp_path: Path) -> None:
    text, _file = Lab(tmp_path).report({"Gemfile.lock": None}, bundle_frozen=False)
    assert "versions of gems, which no Gemfile.lock says" in text
