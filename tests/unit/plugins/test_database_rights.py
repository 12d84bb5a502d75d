"""Rights of a database's user, as MySQL and MariaDB tell of them and as mysql_user takes them."""

from __future__ import annotations

import pytest
import yaml
from ansible_collections.railyard.aws.plugins.filter.database_grants import database_grants
from ansible_collections.railyard.aws.plugins.filter.database_rights import database_rights

from sandbox.core.settings import PROJECT

MYSQL = [
    "GRANT USAGE ON *.* TO `sample_app`@`%`",
    "GRANT SELECT, INSERT, CREATE TEMPORARY TABLES, CREATE VIEW ON `sample_app`.* TO `sample_app`@`%`",
]
MARIADB = [
    "GRANT USAGE ON *.* TO `sample_app`@`%` IDENTIFIED BY PASSWORD '*AB' REQUIRE SSL",
    "GRANT SELECT, INSERT, CREATE TEMPORARY TABLES, CREATE VIEW ON `sample\\_app`.* TO `sample_app`@`%`",
]


@pytest.mark.parametrize("rows", [MYSQL, MARIADB], ids=["mysql", "mariadb"])
def test_rights_are_equal_whatever_their_order_and_case(rows: list[str]) -> None:
    wanted = "create view, SELECT,INSERT,create  temporary tables"
    assert database_rights(rows, "sample_app") == database_rights(wanted)


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        (["GRANT ALL PRIVILEGES ON `shop`.* TO `shop`@`%`"], ["ALL"]),
        (["GRANT SELECT ON `shop`.* TO `a`@`%` WITH GRANT OPTION"], ["SELECT"]),
        (["GRANT SELECT ON `shop`.* TO `a`@`%`", "GRANT INSERT ON `shop`.* TO `a`@`%`"], ["INSERT", "SELECT"]),
        (["GRANT SELECT ON `shopping`.* TO `shop`@`%`"], []),
        (["GRANT SELECT ON `shop`.`orders` TO `shop`@`%`"], []),
        (["GRANT SELECT ON *.* TO `shop`@`%`"], []),
        (["GRANT SELECT ON shop.* TO 'shop'@'%'"], ["SELECT"]),
        ([], []),
    ],
)
def test_only_rights_on_all_tables_of_the_database_count(rows: list[str], found: list[str]) -> None:
    assert database_rights(rows, "shop") == found


def test_all_has_two_names() -> None:
    assert database_rights("ALL") == database_rights("ALL PRIVILEGES") == ["ALL"]


def test_mysql_calls_the_roles_rights_all_of_them_and_mariadb_lists_them() -> None:
    wanted = yaml.safe_load((PROJECT / "roles/app/defaults/main.yml").read_text())["app_database_rights"]
    mysql = ["GRANT ALL PRIVILEGES ON `shop`.* TO `shop`@`%`"]
    mariadb = [f"GRANT {wanted.replace(',', ', ')} ON `shop`.* TO `shop`@`%`"]
    for rows in (mysql, mariadb):
        assert database_rights(rows, "shop", whole=True) == database_rights(wanted, whole=True) == ["ALL"]
    fewer = wanted.removesuffix(",EVENT")
    assert database_rights(mysql, "shop", whole=True) != database_rights(fewer, whole=True)
    assert "ALL" not in database_rights(mariadb, "shop")


@pytest.mark.parametrize(
    ("rows", "made", "statements"),
    [
        # A new one is granted; so is one that was dropped, whatever rights are left of it.
        ([], [], ["GRANT INSERT, SELECT ON `shop`.* TO", "GRANT INSERT, SELECT ON `shop\\_queue`.* TO"]),
        (["shop", "shop_queue"], ["shop"], ["GRANT INSERT, SELECT ON `shop\\_queue`.* TO"]),
        (["shop"], ["shop", "shop_queue"], ["GRANT INSERT, SELECT ON `shop\\_queue`.* TO"]),
        (["shop", "shop_queue"], ["shop", "shop_queue"], []),
    ],
)
def test_only_databases_that_lack_something_are_granted(
    rows: list[str], made: list[str], statements: list[str]
) -> None:
    grants = ["GRANT USAGE ON *.* TO `a`@`%`", *(f"GRANT SELECT, INSERT ON `{name}`.* TO `a`@`%`" for name in rows)]
    found = database_grants(grants, "SELECT,INSERT", ["shop", "shop_queue"], made)
    assert found == [f"{one} %(user)s@'%%'" for one in statements]


def test_rights_that_are_wanted_no_longer_go_before_the_others_come() -> None:
    grants = ["GRANT SELECT, EVENT ON `shop`.* TO `a`@`%`", "GRANT SELECT, INSERT ON `more`.* TO `a`@`%`"]
    assert database_grants(grants, "SELECT,INSERT", ["shop", "more"], ["shop", "more"]) == [
        "REVOKE EVENT ON `shop`.* FROM %(user)s@'%%'",
        "GRANT INSERT, SELECT ON `shop`.* TO %(user)s@'%%'",
    ]
