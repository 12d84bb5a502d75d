"""The doctor on Node: which one an application takes, where another comes from, and who installs its packages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.railyard.aws.plugins.module_utils._doctor import node_range

from tests.unit.plugins.doctor_lab import Lab, gems

DEBIAN_13 = (20, 19, 2)
BUNDLING = gems("jsbundling-rails 1.3.1")
MODULES = {
    "config/initializers/assets.rb": 'Rails.application.config.assets.paths << Rails.root.join("node_modules")\n'
}


@pytest.mark.parametrize(
    ("said", "takes", "wanted"),
    [
        (">=18", True, "18"),
        ("20", True, "20"),
        ("20.x", True, "20"),
        ("18", False, "18"),
        ("22.x", False, "22"),
        ("v22.3.0", False, "22.3.0"),
        ("^20.9.0", True, "20"),
        ("~20.9", False, "20"),
        ("^20.19.0 || >=22.12.0", True, "20"),
        ("^18 || ^22", False, "18"),
        (">=20.10.0 <21", True, "20"),
        (">= 22 < 25", False, "22"),
        ("20 - 22", True, "20"),
        (">20", False, "20"),
        ("<=18", False, "18"),
        ("lts/*", True, ""),
        ("*", True, ""),
    ],
)
def test_ranges_of_versions(said: str, takes: bool, wanted: str) -> None:
    assert (node_range.takes(said, DEBIAN_13), node_range.wanted(said)) == (takes, wanted)


def package(node: str, **more: object) -> dict[str, str]:
    return {"package.json": json.dumps({"engines": {"node": node}, **more})}


@pytest.mark.parametrize(
    ("files", "weight"),
    [
        ({**package("22.x"), "yarn.lock": ""}, "breaks"),
        ({**package("18"), "yarn.lock": ""}, "breaks"),
        ({**package("22.x", packageManager="yarn@4.5.1"), "yarn.lock": ""}, "warns"),
        ({**package("22.x"), "package-lock.json": "{}"}, "warns"),
        ({**package("22.x"), "package-lock.json": "{}", ".npmrc": "engine-strict=true\n"}, "breaks"),
        ({**package("24.x"), "pnpm-lock.yaml": ""}, "warns"),
        ({**package(">=18"), "yarn.lock": ""}, None),
        ({"package.json": "{}", "yarn.lock": "", ".nvmrc": "18.17.0\n"}, None),
    ],
)
def test_a_node_that_servers_do_not_have(tmp_path: Path, files: dict[str, str], weight: str | None) -> None:
    lab = Lab(tmp_path)
    found = lab.findings({**BUNDLING, **files}).get("node-version")
    assert (found.weight if found else None) == weight
    if found:
        command = found.variables["app_assets_command"]
        assert " node@" in command
        assert not {"node", "node-version"} & set(
            lab.findings({**BUNDLING, **files}, assets_command=command, packages=["npm"])
        )


def test_both_findings_propose_one_command(tmp_path: Path) -> None:
    found = Lab(tmp_path).findings({**BUNDLING, **package("22.x"), "yarn.lock": ""})
    assert found["node"].variables == found["node-version"].variables
    assert "tmp/node node@22 yarn@1 && export PATH=" in found["node"].variables["app_assets_command"]


@pytest.mark.parametrize(
    ("files", "command"),
    [
        ({"package-lock.json": "{}"}, "bash -c 'npm ci && bundle exec rake assets:precompile'"),
        ({}, "bash -c 'npm install && bundle exec rake assets:precompile'"),
        ({"yarn.lock": ""}, "yarn install --frozen-lockfile && bundle exec rake assets:precompile'"),
    ],
)
def test_packages_that_sprockets_takes_and_nobody_installs(tmp_path: Path, files: dict[str, str], command: str) -> None:
    lab = Lab(tmp_path)
    every = {**MODULES, "package.json": '{"dependencies": {"leaflet": "1"}}', **files}
    given = lab.findings(every)["node"].variables
    assert given["app_assets_command"].endswith(command)
    assert "node" not in lab.findings(every, assets_command=given["app_assets_command"], packages=["npm"])


@pytest.mark.parametrize(
    "files",
    [
        {**MODULES, "package.json": '{"devDependencies": {"eslint": "9"}}'},
        {"package.json": '{"dependencies": {"leaflet": "1"}}'},
        {**MODULES},
    ],
)
def test_packages_that_nothing_takes(tmp_path: Path, files: dict[str, str]) -> None:
    assert "node" not in Lab(tmp_path).findings(files)
