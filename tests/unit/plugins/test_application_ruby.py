"""The Ruby of an application is the one that its own files name."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.railyard.aws.plugins.filter.application_ruby import application_ruby

GEMFILE = 'source "https://rubygems.org"\ngem "rails"\ngem "puma"\n'
LOCK = "GEM\n  remote: https://rubygems.org/\n  specs:\n    puma (6.6.0)\n\nDEPENDENCIES\n  puma\n"


def application(root: Path, **files: str) -> str:
    for name, text in {"Gemfile": GEMFILE, **files}.items():
        (root / name).write_text(text)
    return str(root)


@pytest.mark.parametrize(
    ("files", "ruby", "bundler"),
    [
        ({".ruby-version": "3.3.9\n"}, "3.3.9", "2.6.9"),
        ({".ruby-version": "ruby-3.2.2\n"}, "3.2.2", "2.6.9"),
        ({".ruby-version": "3.4\n"}, "3.4.7", "2.6.9"),
        ({".tool-versions": "nodejs 22.1.0\nruby 3.3.9\n"}, "3.3.9", "2.6.9"),
        ({"mise.toml": '[tools]\nruby = "3.4.5"\n'}, "3.4.5", "2.6.9"),
        ({"Gemfile": GEMFILE + 'ruby "2.7.8"\n'}, "2.7.8", "2.3.27"),
        ({"Gemfile": GEMFILE + 'ruby "~> 3.3"\n'}, "3.4.7", "2.6.9"),
        ({"Gemfile": GEMFILE + 'ruby file: ".ruby-version"\n', ".ruby-version": "3.0.6\n"}, "3.0.6", "2.4.22"),
        ({"Gemfile.lock": LOCK + "\nRUBY VERSION\n   ruby 3.3.1p55\n\nBUNDLED WITH\n   2.5.22\n"}, "3.3.1", "2.5.22"),
        ({".ruby-version": "2.6.6\n", "Gemfile.lock": LOCK + "\nBUNDLED WITH\n   1.17.3\n"}, "2.6.6", "1.17.3"),
        ({".ruby-version": "3.4.1\n", "Gemfile.lock": LOCK + "\nBUNDLED WITH\n   1.17.3\n"}, "3.4.1", "2.6.9"),
        ({".ruby-version": "3.0.6\n", "Gemfile.lock": LOCK + "\nBUNDLED WITH\n   2.6.9\n"}, "3.0.6", "2.4.22"),
    ],
)
def test_versions_of_an_application(tmp_path: Path, files: dict[str, str], ruby: str, bundler: str) -> None:
    found = application_ruby(application(tmp_path, **files))
    assert found == {"ruby": ruby, "bundler": bundler, "rails": ""}


@pytest.mark.parametrize(
    "files",
    [{}, {".ruby-version": "system\n"}, {".ruby-version": "2.7.8\n", "Gemfile": GEMFILE + 'ruby ">= 3.2"\n'}],
    ids=["says-nothing", "names-none", "no-one-version"],
)
def test_what_is_not_said_is_left_to_the_default(tmp_path: Path, files: dict[str, str]) -> None:
    assert application_ruby(application(tmp_path, **files)) == {}


@pytest.mark.parametrize("source", ["", "https://example.com/shop.git", "git@example.com:shop.git", "/nowhere"])
def test_of_a_repository_nothing_is_known(source: str) -> None:
    assert application_ruby(source) == {}


def test_a_change_is_seen_at_once(tmp_path: Path) -> None:
    path = application(tmp_path, **{".ruby-version": "3.3.9\n"})
    assert application_ruby(path)["ruby"] == "3.3.9"
    (tmp_path / ".ruby-version").write_text("3.4.7\n")
    assert application_ruby(path)["ruby"] == "3.4.7"
