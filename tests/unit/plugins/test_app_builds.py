"""Under which name a build is kept: what decides what is in it is in the name, and nothing else is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.plugins.role_variables import computed

REVISION = "3f2a91c07d5544b8a3a1f0e8c1d2b3a4c5d6e7f8"
RUBY = "ruby 3.4.13 x86_64-linux development:test /var/www/shop.d/shared/bundle"


def case(ruby: str = RUBY, revision: str = REVISION, lock: str = "0f" * 32, **given: Any) -> dict[str, Any]:
    """What is known of a release that a server lacks, with more variables over it."""
    system = {
        "distribution": "Amazon",
        "distribution_major_version": "2023",
        "distribution_version": "2023",
        "architecture": "x86_64",
    }
    system |= given.pop("system", {})
    return {
        "ansible_facts": system,
        "app_stack": "shop",
        "__app_wanted": {"name": revision[:12], "revision": revision, "source": "git@host:me/shop.git", "kind": "git"},
        "__app_state": {"stdout_lines": ["absent", f"{ruby} "]},
        "__app_gems": {"stdout_lines": [f"{ruby} {lock}", "lacking"]},
    } | given


#: The change, whether the build is another one by it, and whether the gems are.
CHANGES: dict[str, tuple[dict[str, Any], bool, bool]] = {
    "nothing": ({}, False, False),
    "Ruby": ({"ruby": RUBY.replace("3.4.13", "3.4.14")}, True, True),
    "revision": ({"revision": "9" * 40}, True, False),
    "lock file": ({"lock": "1e" * 32}, False, True),
    "processor": ({"system": {"architecture": "aarch64"}}, True, True),
    "release of the OS": ({"system": {"distribution_major_version": "2027"}}, True, True),
    "update of the OS": ({"system": {"distribution_version": "2023.9"}}, False, False),
    "path": ({"app_path": "/srv/shop"}, True, False),
    "assets command": ({"app_assets_command": "bin/vite build"}, True, False),
    "environment of Rails": ({"app_rails_env": "staging"}, True, False),
    "Gemfile": ({"app_gemfile": "gemfiles/server"}, True, False),
    "values of the environment": ({"app_environment": {"COLOUR": "red"}, "app_host": "www.shop.example"}, False, False),
    "packages": ({"app_ruby_provider": "package"}, True, False),
    "no AWS": ({"app_stack": ""}, False, False),
    "source": ({"app_source": "/home/kim/shop"}, False, False),
}


@pytest.fixture(scope="module")
def names() -> dict[str, dict[str, str]]:
    """Both names after each change."""
    found = computed(
        "app",
        ["__app_build_key", "__app_gems_key", "__app_ships_gems"],
        [case(**change) for change, *_ in CHANGES.values()],
    )
    return dict(zip(CHANGES, found, strict=True))


@pytest.mark.parametrize("change", CHANGES)
def test_a_name_says_what_decides_the_content(names: dict[str, dict[str, str]], change: str) -> None:
    before, after = names["nothing"], names[change]
    _given, build, gems = CHANGES[change]
    assert (after["__app_build_key"] != before["__app_build_key"]) == build
    assert (after["__app_gems_key"] != before["__app_gems_key"]) == gems


def test_people_find_a_build_in_the_bucket(names: dict[str, dict[str, str]]) -> None:
    assert names["nothing"]["__app_build_key"].startswith(f"app/builds/{REVISION}/Amazon-2023-x86_64-")
    assert names["nothing"]["__app_gems_key"].startswith("app/bundles/Amazon-2023-x86_64-")


def test_gems_are_shipped_where_they_are_compiled(names: dict[str, dict[str, str]]) -> None:
    shipped = [names[one]["__app_ships_gems"] for one in ("nothing", "packages", "no AWS")]
    assert shipped == [True, False, False]
