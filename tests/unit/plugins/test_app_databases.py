"""Databases of an application beside its first one: what they are called, and what cannot be."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.railyard.aws.plugins.filter.app_databases import app_databases, app_databases_problems


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ([], {}),
        (["queue", "cache"], {"queue": "shop_queue", "cache": "shop_cache"}),
        ({"queue": "", "cache": "caches"}, {"queue": "shop_queue", "cache": "caches"}),
    ],
)
def test_they_are_called_after_the_first_one_or_as_a_person_says(given: Any, found: dict[str, str]) -> None:
    assert app_databases(given, "shop") == found


#: Each message names the variable, what is seen, and what to write.
@pytest.mark.parametrize(
    ("given", "first", "engine", "says"),
    [
        ("queue", "shop", "mysql", "app_databases is 'queue'; write the names .* such as \\[cache, queue, cable\\]"),
        (["queue-1"], "shop", "mysql", "'queue-1', which no variable ..._DATABASE_URL can begin with"),
        (["2nd"], "shop", "mysql", "'2nd', which no variable"),
        ([7], "shop", "mysql", "'7', which no variable"),
        (["primary"], "shop", "mysql", "first database and has a variable of its own; leave it out"),
        (["queue", "QUEUE"], "shop", "mysql", "'queue' more than once, as all of them are QUEUE_DATABASE_URL"),
        (["queue"], "", "mysql", "'queue', and there is no first database"),
        (["q"], "a" * 63, "mysql", "has 65 letters and may have 64; write another name, app_databases: {q: another_"),
        (["q"], "a" * 62, "postgres", "has 64 letters and may have 63"),
        ({"queue": "shop"}, "shop", "mysql", "'queue' in the database 'shop', which is the first one"),
        ({"queue": "jobs", "mail": "jobs"}, "shop", "mysql", "'mail' in the database 'jobs', which is that of 'queue'"),
        ({"queue": "SYS"}, "shop", "mysql", "'SYS', which is mysql's own"),
        ({"queue": "template0"}, "shop", "postgres", "'template0', which is postgres's own"),
        ({"queue": "a;b"}, "shop", "mysql", "no name of letters, digits, _ and -"),
    ],
)
def test_what_cannot_be_is_said(given: Any, first: str, engine: str, says: str) -> None:
    with pytest.raises(AnsibleFilterError, match=says):
        app_databases(given, first, engine)
    assert len(app_databases_problems(given, first, engine)) == 1


def test_the_longest_names_can_be() -> None:
    assert app_databases_problems(["q"], "a" * 62, "mysql") == []
    assert app_databases_problems(["q"], "a" * 61, "postgres") == []
