"""What the roles install on Amazon Linux 2023 is there: every name against Amazon's own list of packages."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
PACKAGES = {
    line
    for line in (PROJECT / "tests" / "data" / "al2023-packages.txt").read_text().splitlines()
    if not line.startswith("#")
}
ROLES = sorted(PROJECT.glob("roles/*/vars/Amazon-2023.yml"))


def packages(value: object) -> set[str]:
    """The names in a list variable; those that an expression makes are told by the part that is fixed."""
    return set(value) if isinstance(value, list) else set()


@pytest.mark.parametrize("file", ROLES, ids=lambda file: file.parts[-3])
def test_every_package_is_amazons(file):
    variables = yaml.safe_load(file.read_text())
    wanted = {name: packages(value) for name, value in variables.items() if name.endswith("_packages")}
    missing = {name: sorted(names - PACKAGES) for name, names in wanted.items() if names - PACKAGES}
    assert not missing, f"no packages of Amazon Linux 2023, in {file.relative_to(PROJECT)}: {missing}"


def test_the_stand_in_of_molecule_has_only_amazons_packages():
    lines = (PROJECT / "molecule" / "amazon" / "packages.txt").read_text().splitlines()
    stand_ins = {line for line in lines if line and not line.startswith("#")}
    assert stand_ins <= PACKAGES, sorted(stand_ins - PACKAGES)


def test_nothing_is_left_for_an_ended_system():
    assert not sorted(PROJECT.glob("roles/*/vars/Amazon-2.yml"))
    profiles = [file for file in PROJECT.glob("profiles/*.yml") if "amzn2-" in file.read_text()]
    assert not profiles, "Amazon Linux 2 ended in June 2026, and its Python 3.7 is too old for ansible-core"
