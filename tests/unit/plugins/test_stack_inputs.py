"""Two tables: inputs that are stopped, with value, reason and remedy, before anything is changed; and right ones."""

from __future__ import annotations

from tests.unit.plugins import inputs_lab as lab

WRONG = lab.table("wrong")
RIGHT = lab.table("right")


def test_the_tables_are_large_and_without_repeats() -> None:
    assert len(WRONG) >= 500
    assert len({str(case) for case in WRONG}) == len(WRONG)
    assert len(RIGHT) >= 100


def test_wrong_inputs_stop_with_value_reason_and_remedy() -> None:
    silent = {str(case): why for case in WRONG if (why := lab.unsaid(case, lab.problems(**case)))}
    assert silent == {}, f"{len(silent)} of {len(WRONG)}"


def test_a_long_wrong_value_does_not_fill_the_screen() -> None:
    for name in ("railyard_site_host", "railyard_cache_engine_version", "railyard_ca_file", "railyard_ssh_known_hosts"):
        found = lab.problems(**{name: "a'" * 40_000})
        assert [name for one in found if name in one] and max(map(len, found)) < 2000, name
        assert any(lab.REMEDY.search(one) for one in found), found


def test_right_inputs_are_left_alone() -> None:
    refused = {str(case): found for case in RIGHT if (found := lab.problems(**case))}
    assert refused == {}


def test_nearly_every_variable_that_group_vars_sets_has_a_wrong_value_of_its_own() -> None:
    """The rest are computed ones, those of which only the type can be wrong, and a few that are new."""
    tried = {name for case in WRONG for name in case}
    untried = sorted(set(lab.good()) - tried)
    assert len(untried) <= len(lab.good()) // 12, f"give them rows in inputs/wrong.yml: {', '.join(untried)}"
