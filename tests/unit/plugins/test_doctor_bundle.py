"""The doctor on bundles, Rubies, packages and JavaScript: each illness with place and mend, and its like, well."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.plugins.doctor_lab import WELL, Lab, gems, lock

GIT = "GIT\n  remote: {}\n  revision: 1234567\n  specs:\n    shop-kit (1.0.0)\n\n"
PATH_GEM = "PATH\n  remote: {}\n  specs:\n    shop-kit (1.0.0)\n\n"
KIT = {"Gemfile": WELL["Gemfile"] + 'gem "shop-kit", git: "x"\n'}


def kit(source: str, remote: str) -> dict[str, str]:
    text = lock(sources=source.format(remote)).replace("DEPENDENCIES\n", "DEPENDENCIES\n  shop-kit!\n")
    return {**KIT, "Gemfile.lock": text}


def other_source(host: str) -> dict[str, str]:
    extra = f"GEM\n  remote: https://{host}/\n  specs:\n    sidekiq-pro (7.0.0)\n\n"
    text = lock(sources=extra).replace("DEPENDENCIES\n", "DEPENDENCIES\n  sidekiq-pro!\n")
    return {"Gemfile": WELL["Gemfile"] + 'gem "sidekiq-pro"\n', "Gemfile.lock": text}


def tail(ruby: str = "3.4.1p0", bundler: str = "2.6.2") -> dict[str, str]:
    return {"Gemfile.lock": lock(tail=f"\nRUBY VERSION\n   ruby {ruby}\n\nBUNDLED WITH\n   {bundler}\n")}


JS = {
    **gems("jsbundling-rails 1.3.0"),
    "package.json": '{"name": "shop", "scripts": {"build": "esbuild"}}',
}

#: Case: files, stack, id, weight, where, a word of the mend.
ILL: dict[str, tuple[dict[str, str | None], dict[str, Any], str, str, str, str]] = {
    "no lock file": ({"Gemfile.lock": None}, {}, "lock-file", "breaks", "Gemfile", "app_bundle_frozen: false"),
    "puma for development only": (
        {"Gemfile": WELL["Gemfile"].replace('gem "puma"', 'gem "puma", group: :development')},
        {},
        *("puma", "breaks", "Gemfile:4", "app_bundle_without: test, which installs"),
    ),
    "locked on a Mac": (
        {"Gemfile.lock": lock(platforms="arm64-darwin-23")},
        {},
        *("platforms", "breaks", "Gemfile.lock:12", "bundle lock --add-platform x86_64-linux"),
    ),
    "servers with Graviton": (
        {},
        {"architecture": "aarch64"},
        "platforms",
        "breaks",
        "Gemfile.lock:12",
        "aarch64-linux",
    ),
    "Bundler 1 on servers": ({}, {"bundler_version": "1.17.3"}, "bundler", "breaks", "Gemfile.lock:26", ": 2.6.2"),
    "Bundler too new for the Ruby": (
        {**tail("3.0.7", "2.6.2"), ".ruby-version": "3.0.7\n"},
        {"ruby_version": "3.0.7", "bundler_version": ""},
        *("bundler", "breaks", "Gemfile.lock:26", "bundle _2.4.22_ update --bundler=2.4.22"),
    ),
    "a source that wants a token": (
        other_source("gems.contribsys.com"),
        {},
        *("private-gems", "breaks", "Gemfile.lock:4", "BUNDLE_GEMS__CONTRIBSYS__COM"),
    ),
    "a source that may want one": (
        other_source("gems.example.com"),
        {},
        *("private-gems", "warns", "Gemfile.lock:4", "BUNDLE_GEMS__EXAMPLE__COM"),
    ),
    "a gem over ssh": (
        kit(GIT, "git@github.com:me/kit.git"),
        {},
        *("git-gem", "breaks", "Gemfile.lock:5", "https:// URL"),
    ),
    "a gem over git's own protocol": (
        kit(GIT, "git://github.com/me/kit.git"),
        {},
        *("git-gem", "breaks", "Gemfile.lock:5", "https://github.com/me/kit.git"),
    ),
    "a gem beside the application": (
        kit(PATH_GEM, "../kit"),
        {},
        *("path-gem", "breaks", "Gemfile.lock:4", "move it into the application"),
    ),
    "another Ruby": (
        {".ruby-version": "3.3.9\n", **tail("3.3.9p0")},
        {},
        *("ruby-version", "breaks", ".ruby-version:1", "railyard_ruby_version: 3.3.9"),
    ),
    "another Ruby in asdf's file": (
        {".tool-versions": "nodejs 22.1.0\nruby 3.3.9\n", **tail("3.3.9p0")},
        {},
        *("ruby-version", "breaks", ".tool-versions:2", "railyard_ruby_version: 3.3.9"),
    ),
    "a series in the Gemfile": (
        {"Gemfile": 'ruby "~> 3.3.0"\n' + WELL["Gemfile"], **tail("3.3.9p0")},
        {},
        *("ruby-version", "breaks", "Gemfile:1", "railyard_ruby_version: 3.3.9"),
    ),
    "two Rubies that are none": (
        {"Gemfile": 'ruby "3.3.9"\n' + WELL["Gemfile"], ".ruby-version": "3.4.1\n"},
        {},
        *("ruby-version", "breaks", "Gemfile:1, .ruby-version:1", "one version"),
    ),
    "a Ruby that no distribution packages": (
        {"Gemfile": 'ruby "3.4.1"\n' + WELL["Gemfile"], "debian-packages.txt": "ruby-mysql2\nruby-redis\n"},
        {"ruby_provider": "package"},
        *("ruby-version", "breaks", "Gemfile:1", "railyard_ruby_provider: rbenv"),
    ),
    "packages that a variable names but one": (
        {},
        {"ruby_provider": "package", "packages": ["ruby-redis"]},
        *("debian-packages", "warns", "Gemfile", "ruby-mysql2"),
    ),
    "no list of Debian's packages": (
        {},
        {"ruby_provider": "package"},
        *("debian-packages", "breaks", "Gemfile", "debian-packages.txt"),
    ),
    "libpq": (
        gems("pg 1.5.9"),
        {},
        "packages",
        "breaks",
        "Gemfile.lock:6",
        "rbenv_build_packages_extra with libpq-dev",
    ),
    "libvips": (
        gems("image_processing 1.13.0", "ruby-vips 2.2.2"),
        {},
        *("packages", "breaks", "Gemfile.lock:10", "libvips-tools"),
    ),
    "libvips on Amazon Linux": (
        gems("image_processing 1.13.0", "ruby-vips 2.2.2"),
        {"system": "amazon"},
        *("packages", "breaks", "Gemfile.lock:10", "Amazon Linux packages none"),
    ),
    "wkhtmltopdf": (gems("wicked_pdf 2.8.0"), {}, "packages", "warns", "Gemfile.lock:10", "wkhtmltopdf"),
    "a program that is called": (
        {"app/models/clip.rb": 'class Clip\n  def cut\n    system("ffmpeg", "-i", path)\n  end\nend\n'},
        {},
        *("packages", "warns", "app/models/clip.rb:3", "rbenv_build_packages_extra with ffmpeg"),
    ),
    "npm": ({**JS, "package-lock.json": "{}"}, {}, "node", "breaks", "Gemfile.lock:5, package-lock.json:1", "[npm]"),
    "yarn": ({**JS, "yarn.lock": ""}, {}, "node", "breaks", "Gemfile.lock:5, yarn.lock:1", "npm install"),
    "pnpm by its own word": (
        {**JS, "package.json": '{"packageManager": "pnpm@9.1.0"}'},
        {},
        *("node", "breaks", "Gemfile.lock:5, package.json:1", "pnpm@9.1.0"),
    ),
    "bun": ({**JS, "bun.lock": ""}, {}, "node", "breaks", "Gemfile.lock:5, bun.lock:1", "bun"),
    "a newer Node": (
        {**JS, "package-lock.json": "{}", ".nvmrc": "v24\n"},
        {"packages": ["npm"]},
        *("node-version", "warns", ".nvmrc:1", "engines.node"),
    ),
}
#: The same and their like, as they are well.
FINE: dict[str, tuple[dict[str, str | None], dict[str, Any]]] = {
    "what rails new writes": ({}, {}),
    "no lock file, and none asked for": (
        {"Gemfile.lock": None},
        {"bundle_frozen": False},
    ),
    "locked for ruby": ({"Gemfile.lock": lock(platforms="arm64-darwin-23 ruby")}, {}),
    "locked for GNU": ({"Gemfile.lock": lock(platforms="x86_64-linux-gnu x86_64-linux-musl")}, {}),
    "Graviton with its platform": (
        {"Gemfile.lock": lock(platforms="x86_64-linux aarch64-linux")},
        {"architecture": "aarch64"},
    ),
    "Debian's packages by a variable": ({}, {"ruby_provider": "package", "packages": ["ruby-mysql2", "ruby-redis"]}),
    "Debian's packages, of alternatives": (
        {**gems("mini_magick 4.13.2"), "debian-packages.txt": "ruby-x | imagemagick # either\n"},
        {"ruby_provider": "package"},
    ),
    "a later Bundler 2": ({}, {"bundler_version": "2.7.1"}),
    "a token that is given": (other_source("gems.contribsys.com"), {"environment": ["BUNDLE_GEMS__CONTRIBSYS__COM"]}),
    "a public gem of git": (kit(GIT, "https://github.com/me/kit.git"), {}),
    "a gem over ssh for development": (
        {
            **kit(GIT, "git@github.com:me/kit.git"),
            "Gemfile": WELL["Gemfile"] + 'gem "shop-kit", git: "x", group: :test\n',
        },
        {},
    ),
    "a gem within the application": ({**kit(PATH_GEM, "engines/kit"), "engines/kit/kit.gemspec": "x"}, {}),
    "a Ruby of the same series": ({"Gemfile": 'ruby "~> 3.4.0"\n' + WELL["Gemfile"]}, {}),
    "at least a Ruby": ({"Gemfile": 'ruby ">= 3.2", "< 4"\n' + WELL["Gemfile"]}, {}),
    "a Ruby by file": (
        {"Gemfile": 'ruby file: ".ruby-version"\n' + WELL["Gemfile"], ".ruby-version": "ruby-3.4.1\n"},
        {},
    ),
    "asdf beside .ruby-version": ({".ruby-version": "3.4.1\n", ".tool-versions": "ruby 3.3.0\n"}, {}),
    "libpq that is given": (gems("pg 1.5.9"), {"packages": ["libpq-dev"]}),
    "libpq for a Ruby of old": (gems("+pg 1.5.9", gemfile='gem "pg", platform: :ruby_18\n'), {}),
    "libpq for tests": (gems("+pg 1.5.9", gemfile='gem "pg", group: :test\n'), {}),
    "sqlite3 of today": (gems("sqlite3 2.4.0", gemfile='gem "sqlite3"\n'), {}),
    "wkhtmltopdf as a gem": (gems("wicked_pdf 2.8.0", "wkhtmltopdf-binary 0.12.6"), {}),
    "image_processing with ImageMagick": (
        {
            **gems("image_processing 1.13.0: ruby-vips", "+ruby-vips 2.2.2"),
            # The processor of old, as many still have it.
            "config/application.rb": "load_defaults 8.0\nconfig.active_storage.variant_processor = :mini_magick",
            "app/views/a.html.erb": "<%= image_tag @user.avatar.variant(:thumb) %>",
        },
        {},
    ),
    "npm that is given": ({**JS, "package-lock.json": "{}"}, {"packages": ["npm"]}),
    "a package.json for a linter": ({"package.json": '{"devDependencies": {"prettier": "3"}}', "yarn.lock": ""}, {}),
    "importmap with versions": (
        {"config/importmap.rb": 'pin "preact", to: "https://cdn.example.com/preact@10.11.3/dist/preact.js"\n'},
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
    assert set(found) - {"ruby-ended"} == {name}


@pytest.mark.parametrize("case", FINE)
def test_what_can_start_alarms_nobody(tmp_path: Path, case: str) -> None:
    files, stack = FINE[case]
    assert Lab(tmp_path).findings(files, **stack) == {}
