"""Codes of a target group's matcher, one by one."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.railyard.aws.plugins.filter.status_codes import status_codes


@pytest.mark.parametrize(
    ("matcher", "codes"),
    [
        ("200", [200]),
        (200, [200]),
        ("200,302", [200, 302]),
        ("302, 200-202", [200, 201, 202, 302]),
        ("200-499", list(range(200, 500))),
    ],
)
def test_codes_and_ranges_are_read(matcher: str | int, codes: list[int]) -> None:
    assert status_codes(matcher) == codes


@pytest.mark.parametrize("matcher", ["", "ok", "2xx", "500", "199", "499-200", "200-", "200;302", "200-599", "-200"])
def test_what_no_application_answers_is_refused(matcher: str) -> None:
    with pytest.raises(AnsibleFilterError, match="write codes from 200 to 499"):
        status_codes(matcher)
