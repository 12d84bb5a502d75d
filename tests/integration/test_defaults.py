"""The README's real-account defaults, run as they are on an empty account, and with the book's profile.

Each run ends with an application of the book's contract that serves, proves itself, and is left alone by the next run.

Of what the demo changes only the endpoints are left; its application, its Ruby by package and its want of an agent are
not. What differs from a real account is told twice, and each run is held against both lists: for the environment in
``tests/unit/test_demo_defaults.py`` (endpoints, places of this machine's own, the domain), and for variables in
``SOURCES`` and ``NOT_HERE`` below. Where a real run asks the internet, this one asks a bucket of the sandbox that
everybody may read (``mirror/``), because:

- **The repository** of the book is at GitHub. In its place is one on this machine with ``examples/sample-app``, which
  reads the book's ten variables, and a Gemfile.lock.
- **The book's gems and Rails 5.1.6** are at rubygems.org. Gems are made of Debian's packages instead: Rails 6.1, and
  mysql2, bcrypt and MiniMagick close to the book's. Their extensions are compiled already; that extensions compile with
  the Ruby of the role, ``make molecule-full`` shows.
- **Ruby 2.6.6** is at ruby-lang.org. The role rbenv compiles Debian's source, 3.1.2, or takes what an earlier run of
  these tests compiled (pytest's cache).
- **rbenv and ruby-build** are at GitHub. Debian's packages have both, older.
- **The CloudWatch agent** is at Amazon. What stands for it follows the logs, and sends them nowhere.
- **Amazon Linux 2023 and its packages.** The sandbox's servers are Debian; ``tests/unit/test_amazon_linux.py`` holds
  names of packages against Amazon's list.
- **MySQL** is the sandbox's MariaDB (``docs/fidelity.md``).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.lab import Lab, temporary
from tests.integration.mirror import BUCKET, BUNDLER, RUBY, Mirror
from tests.unit.test_demo_defaults import ENDPOINTS, PERSONS, PLACES
from tests.unit.test_demo_defaults import NOT_HERE as DEMO

REGION = "ap-northeast-1"
URL = f"https://{BUCKET}.s3.{REGION}.amazonaws.com"

#: Variables that say where something is fetched from, and that it is what was meant.
SOURCES = {
    "railyard_ruby_mirror",
    "railyard_gem_source",
    "rbenv_archive_url",
    "rbenv_archive_checksum",
    "rbenv_build_archive_url",
    "rbenv_build_archive_checksum",
    "cloudwatch_agent_package",
    "cloudwatch_agent_package_checksum",
}
#: Variables whose default cannot be had here.
NOT_HERE = {
    "railyard_ruby_version": "Ruby 2.6.6 is at ruby-lang.org alone",
    "railyard_bundler_version": "bundler 1.17.3 is at rubygems.org alone; this one is in the source of Ruby",
    "railyard_rails_version": "Rails 5.1.6 is at rubygems.org alone",
    "rbenv_definition": "the archive of Debian's source has a checksum of its own",
    "rbenv_configure_opts": "without a Ruby to begin with, Debian's source would ask rubygems.org for gems",
    "rbenv_build_packages_extra": "nokogiri is Debian's, which uses Debian's libxml2; that of RubyGems brings its own",
}
#: What a lab sets for itself; the stack's name is the default one.
OWN = PLACES | {"RAILYARD_SANDBOX_CACHE", "RAILYARD_STACK"}
#: In the environment: the mirror of the repository, and where a compiled Ruby is kept for the next run.
REPOSITORY, COMPILED = "RAILYARD_APP_SOURCE", "RAILYARD_RUBY_CACHE_DIR"


@pytest.fixture(scope="module")
def cache(pytestconfig: pytest.Config) -> Path:
    """What the next run of these tests need not make again."""
    assert pytestconfig.cache is not None
    return pytestconfig.cache.mkdir("defaults")


@pytest.fixture(scope="module")
def mirror(cache: Path) -> Mirror:
    return Mirror(cache)


def variables(mirror: Mirror) -> dict[str, object]:
    """All that the runs are given on the command line."""
    definition = (
        f'install_package "ruby-{RUBY}" "https://cache.ruby-lang.org/pub/ruby/3.1/ruby-{RUBY}.tar.gz#{mirror.source_sum}"'
        " ldflags_dirs enable_shared standard verify_openssl\n"
    )
    given: dict[str, object] = {
        "railyard_ruby_version": RUBY,
        "railyard_bundler_version": BUNDLER,
        "railyard_rails_version": mirror.rails,
        "railyard_ruby_mirror": URL,
        "railyard_gem_source": f"{URL}/gems",
        "rbenv_definition": definition,
        "rbenv_configure_opts": "--disable-install-doc --with-baseruby=no",
        "rbenv_build_packages_extra": ["libxml2", "libxslt1.1"],
    }
    for name, file in (
        ("rbenv_archive_url", "rbenv.tar"),
        ("rbenv_build_archive_url", "ruby-build.tar"),
        ("cloudwatch_agent_package", "amazon-cloudwatch-agent.deb"),
    ):
        given[name] = f"{URL}/{file}"
        given[f"{name.removesuffix('_url')}_checksum"] = mirror.checksum(file)
    return given


@contextmanager
def account(mirror: Mirror, cache: Path) -> Iterator[Lab]:
    """An account with nothing but the mirror in it, and the environment of who follows the README."""
    with temporary("defaults", int(os.environ.get("RAILYARD_DEFAULTS_PORT", "5201"))) as lab:
        # What this machine's person has set is not the defaults'.
        for name in [one for one in lab.environment if one.startswith("RAILYARD_") and one not in OWN]:
            del lab.environment[name]
        lab.up()
        for name in DEMO:
            lab.environment.pop(name, None)
        lab.environment[REPOSITORY] = mirror.repository(lab.root, f"{URL}/gems")
        lab.environment[COMPILED] = str(cache / "rubies")
        mirror.publish(lab.account().s3, REGION)
        yield lab


def proved(lab: Lab, name: str, *arguments: str) -> None:
    """Run it on the empty account: the site answers from each server, is proved, and a second run changes nothing."""
    lab.playbook(name, "site.yml", *arguments, timeout=3600)
    answers = [lab.page() for _question in range(6)]
    assert {served_by for _body, served_by in answers} == {"web01", "web02"}
    assert all("<title>" in body for body, _served_by in answers), answers[0][0]
    for server in ("web01", "web02"):
        # As its user: root of a container may not ask what runs as somebody else.
        ruby = lab.on(
            server, "sudo runuser -u deploy -- readlink /proc/$(systemctl show --property MainPID --value puma)/exe"
        )
        assert f"/opt/rbenv/versions/{RUBY}/bin/ruby" in ruby
        names = lab.on(server, "sudo sed -n 's/=.*//p' /etc/railyard/app.env")
        assert "AWS_INTRO_SAMPLE_DATABASE_PASSWORD" in names, names
    verified = lab.playbook(f"{name}-verify", "playbooks/verify.yml", *arguments)
    assert verified.changed == 0, str(verified)
    again = lab.playbook(f"{name}-again", "site.yml", *arguments)
    assert again.changed == 0, again.changed_tasks()


def sizes(lab: Lab) -> tuple[set[str], str, int]:
    """Types of the web servers, version of the database, nodes of the cache."""
    servers = lab.account().servers()
    web = {servers[name]["InstanceType"] for name in ("web01", "web02")}
    return web, lab.account().database()["EngineVersion"], len(lab.account().cache()["MemberClusters"])


def only_what_is_listed(lab: Lab, given: dict[str, object]) -> None:
    """The environment and the command line differ from a real account's in nothing else."""
    environment = {name for name in lab.environment if name.startswith(("RAILYARD_", "AWS_"))}
    assert environment - ENDPOINTS - PERSONS - OWN == {REPOSITORY, COMPILED}
    assert set(given) == SOURCES | set(NOT_HERE)


def test_the_defaults_end_with_an_application_that_serves(mirror: Mirror, cache: Path) -> None:
    with account(mirror, cache) as lab:
        only_what_is_listed(lab, variables(mirror))
        proved(lab, "defaults", "-e", json.dumps(variables(mirror)))
        types, version, nodes = sizes(lab)
        assert types == {"t3.small"} and version.startswith("8.4") and nodes == 4


def test_the_books_profile_does_likewise(mirror: Mirror, cache: Path) -> None:
    with account(mirror, cache) as lab:
        only_what_is_listed(lab, variables(mirror))
        proved(lab, "book", "-e", "@profiles/book.yml", "-e", json.dumps(variables(mirror)))
        types, version, nodes = sizes(lab)
        assert types == {"t2.micro"} and version.startswith("8.0") and nodes == 6
