"""Every file of variables that the doctor proposes is one that validate accepts."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.unit.plugins import inputs_lab
from tests.unit.plugins.doctor_lab import STACK, Lab
from tests.unit.plugins.test_doctor_applications import BOOK, CHAT, DEFAULTS, NEW, SOCIAL
from tests.unit.plugins.test_doctor_bundle import ILL as BUNDLES
from tests.unit.plugins.test_doctor_environment import INITIALIZER, INSISTS
from tests.unit.plugins.test_doctor_services import ILL as SERVICES
from tests.unit.plugins.test_doctor_web import ILL as SITES

CASES = {
    **{name: (files, stack) for table in (BUNDLES, SERVICES, SITES) for name, (files, stack, *_rest) in table.items()},
    "the book": (BOOK, DEFAULTS),
    "a new application": (NEW, {}),
    "a social network": (SOCIAL, {}),
    "a chat": (CHAT, {"https": False, "contract": "book"}),
    "an environment": ({INITIALIZER: INSISTS[0]}, {}),
}


@pytest.mark.parametrize("case", CASES)
def test_validate_accepts_what_is_proposed(tmp_path: Path, case: str) -> None:
    files, stack = CASES[case]
    file = Lab(tmp_path).report(files, **stack)[1]
    proposed = yaml.safe_load(file.replace("{{ railyard_stack }}", "railyard")) or {}
    unknown = [name for name in proposed if name not in inputs_lab.options()]
    # Of a domain, and of an engine, group_vars make more.
    ruby = {"railyard_ruby_version": {**STACK, **stack}["ruby_version"], "railyard_rails_version": ""}
    whole = {**ruby, **proposed}
    whole = inputs_lab.templated(**whole) if {"railyard_domain", "railyard_database_engine"} & set(proposed) else whole
    assert (unknown, inputs_lab.problems(**whole)) == ([], [])
