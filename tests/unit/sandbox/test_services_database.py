"""The option file of a database and the SQL for its accounts."""

from __future__ import annotations

import re

import pytest

from sandbox.core.fields import OddValue
from sandbox.services.ec2.picture import Subnet, Vpc
from sandbox.services.picture import Picture
from sandbox.services.rds import accounts, config
from sandbox.services.route53.picture import PrivateZone
from sandbox.services.route53.zone_answers import book_of, resolve
from tests.unit.sandbox.database_pictures import DATABASE, with_parameters


@pytest.mark.parametrize(
    ("name", "value", "option", "expected"),
    [
        ("character_set_server", "utf8mb4", "character_set_server", "utf8mb4"),
        ("collation_server", "utf8mb4_0900_ai_ci", "collation_server", "utf8mb4_unicode_520_ci"),
        ("collation_server", "utf8mb4_0900_bin", "collation_server", "utf8mb4_bin"),
        ("collation_server", "utf8mb4_general_ci", "collation_server", "utf8mb4_general_ci"),
        ("require_secure_transport", "1", "require_secure_transport", "1"),
        ("long_query_time", "0.5", "long_query_time", "0.5"),
        ("max_connections", "33", "max_connections", "33"),
        ("max_connections", "{DBInstanceClassMemory/12582880}", "max_connections", "151"),
        ("time_zone", "Asia/Tokyo", "default_time_zone", "+09:00"),
        ("time_zone", "UTC", "default_time_zone", "+00:00"),
        ("time_zone", "Nowhere/Land", "default_time_zone", "+00:00"),
        ("skip_name_resolve", "0", "skip_name_resolve", "1"),
    ],
)
def test_parameter_becomes_option(name, value, option, expected):
    assert config.render(with_parameters(**{name: value})).options[option] == expected


@pytest.mark.parametrize(
    ("name", "value", "noted"),
    [
        ("innodb_redo_log_capacity", "1", True),
        ("not_a_parameter", "1", True),
        ("max_connections", "{DBInstanceClassMemory/12582880}", True),
        ("collation_server", "utf8mb4_0900_ai_ci", True),
        ("time_zone", "Nowhere/Land", True),
        ("wait_timeout", "60", False),
        ("slow_query_log", "1", False),
    ],
)
def test_what_the_server_cannot_follow_is_said(name, value, noted):
    notes = config.render(with_parameters(**{name: value})).notes
    assert [note.split(":")[0] for note in notes] == ([name] if noted else [])


@pytest.mark.parametrize("value", ["plain", "a b", "it's", 'say "hi"', "back\\slash", "50%#no comment", "+09:00"])
def test_option_file_reads_back(value):
    rendered = config.Rendered({"init_connect": value}, ())
    assert config.parse(rendered.text) == {"init_connect": value}


def test_value_cannot_open_another_line():
    with pytest.raises(OddValue, match="one line"):
        with_parameters(init_connect="x\nplugin_load=evil")
    # The server takes what is beyond 4 KiB of a line for another line.
    rendered = config.render(with_parameters(init_connect="x" * 4095 + "plugin_load=evil", sort_buffer_size="1;2"))
    assert "plugin_load" not in rendered.text and "1;2" not in rendered.text
    assert [note.split(":")[0] for note in rendered.notes] == ["init_connect", "sort_buffer_size"]


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "x" * 1501, "é" * 800])
def test_renderer_itself_refuses_what_is_not_one_line_to_the_server(value):
    with pytest.raises(ValueError):
        config.quoted(value)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": "1"}, {"a": "1"}, []),
        ({"a": "1"}, {"a": "2"}, [("a", "SET GLOBAL a = 2")]),
        ({"a": "1"}, {}, [("a", "SET GLOBAL a = DEFAULT")]),
        ({}, {"sql_mode": "A,B'"}, [("sql_mode", "SET GLOBAL sql_mode = 'A,B'''")]),
        ({}, {"default_time_zone": "+09:00"}, [("default_time_zone", "SET GLOBAL time_zone = '+09:00'")]),
    ],
)
def test_changes_of_a_running_server(before, after, expected):
    assert config.changes(before, after) == expected


def test_hash_is_the_one_that_mysql_documents():
    # Example of the MySQL manual: SELECT PASSWORD('mypass')
    assert accounts.native_hash("mypass") == "*6C8989366EAF75BB670AD8EA7A7FC1176A95CEF4"


def test_sql_holds_no_password_and_no_administrators_right():
    sql = accounts.master("ad'min", "secret-canary")
    assert "secret-canary" not in sql
    assert "'ad''min'@'%'" in sql
    assert not re.search(r"\b(SUPER|FILE|SHUTDOWN|ALL PRIVILEGES)\b", sql)
    assert accounts.first_database("a`b") == "CREATE DATABASE IF NOT EXISTS `a``b`;\n"


def test_endpoint_resolves_also_through_a_record_of_a_private_zone():
    vpc = Vpc("vpc-1", "10.0.0.0/16", None, (Subnet("subnet-1", "10.0.64.0/20", "a", (), ()),), (), ())
    record = {
        "Name": "db.home.",
        "Type": "CNAME",
        "TTL": 60,
        "ResourceRecords": [{"Value": DATABASE.host_name}],
    }
    zone = PrivateZone("Z", "home.", ("vpc-1",), (record,))
    book = book_of(Picture(vpcs=(vpc,), databases=(DATABASE,), private_zones=(zone,)), vpc, "ap-northeast-1")
    assert [str(rr.rdata) for rr in resolve(book, DATABASE.host_name.upper() + ".", "A").records] == ["10.0.64.9"]
    assert [str(rr.rdata) for rr in resolve(book, "db.home.", "A").records] == [DATABASE.host_name + ".", "10.0.64.9"]
