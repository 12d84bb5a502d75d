"""What an application finds in its environment: the names of Rails or of the book, and its own for what there is."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.railyard.aws.plugins.filter.app_environment import (
    app_environment,
    environment_secret_problems,
    environment_secrets,
)
from ansible_collections.railyard.aws.plugins.module_utils._deploy import contracts, references
from ansible_collections.railyard.aws.plugins.module_utils._deploy.environment import problems

PROJECT = Path(__file__).resolve().parents[3]
PASSWORD = "p@ss:w/o?r#d %&+"
KNOWN: dict[str, Any] = {
    "database": {
        "host": "db.example",
        "port": 3306,
        "name": "shop",
        "user": "shop-user",
        "password": PASSWORD,
        "adapter": "mysql2",
        "ca": "/etc/railyard/rds-ca.pem",
    },
    "databases": {},
    "cache": {"host": "cache.example", "port": 6379, "tls": True},
    "mail": {
        "host": "email-smtp.example",
        "port": 465,
        "username": "AKIA",
        "password": "s3+/=",
        "from": "noreply@example.com",
        "domain": "example.com",
    },
    "sender": "hello@example.com",
    "bucket": "shop-uploads",
    "host": "www.example.com",
    "tls": True,
    "stack": "shop",
    "region": "eu-west-1",
    "secret_key_base": "k" * 128,
}
BARE: dict[str, Any] = {**KNOWN, "database": {}, "cache": {}, "mail": {}, "sender": ""}


def test_a_rails_application_of_today_finds_what_it_expects() -> None:
    found = app_environment(KNOWN, "rails", {})
    assert found == {
        "APP_HOST": "www.example.com",
        "APPLICATION_HOST": "www.example.com",
        "RAILS_HOST": "www.example.com",
        "AWS_REGION": "eu-west-1",
        "AWS_BUCKET": "shop-uploads",
        "S3_BUCKET": "shop-uploads",
        "S3_REGION": "eu-west-1",
        "DATABASE_CA": "/etc/railyard/rds-ca.pem",
        "DATABASE_URL": found["DATABASE_URL"],
        "MAIL_FROM": "hello@example.com",
        "RAILS_LOG_TO_STDOUT": "true",
        "RAILS_SERVE_STATIC_FILES": "true",
        "REDIS_URL": "rediss://cache.example:6379",
        "SECRET_KEY_BASE": "k" * 128,
        "SMTP_ADDRESS": "email-smtp.example",
        "SMTP_AUTHENTICATION": "plain",
        "SMTP_DOMAIN": "example.com",
        "SMTP_ENABLE_STARTTLS_AUTO": "true",
        "SMTP_PASSWORD": "s3+/=",
        "SMTP_PORT": "587",
        "SMTP_USERNAME": "AKIA",
    }


def test_the_book_s_application_finds_its_ten_names_and_no_others_that_would_change_it() -> None:
    found = app_environment(KNOWN, "book", {})
    ten = {name: value for name, value in found.items() if name.startswith("AWS_INTRO_SAMPLE_")}
    assert ten == {
        "AWS_INTRO_SAMPLE_DATABASE_PASSWORD": PASSWORD,
        "AWS_INTRO_SAMPLE_HOST": "www.example.com",
        "AWS_INTRO_SAMPLE_REDIS_ADDRESS": "rediss://cache.example:6379",
        "AWS_INTRO_SAMPLE_S3_BUCKET": "shop-uploads",
        "AWS_INTRO_SAMPLE_S3_REGION": "eu-west-1",
        "AWS_INTRO_SAMPLE_SMTP_ADDRESS": "email-smtp.example",
        "AWS_INTRO_SAMPLE_SMTP_DOMAIN": "example.com",
        "AWS_INTRO_SAMPLE_SMTP_PASSWORD": "s3+/=",
        "AWS_INTRO_SAMPLE_SMTP_PORT": "465",
        "AWS_INTRO_SAMPLE_SMTP_USERNAME": "AKIA",
    }
    assert set(found) - set(ten) == {"AWS_REGION", "DATABASE_CA", "DATABASE_URL", "MAIL_FROM", "SECRET_KEY_BASE"}


@pytest.mark.parametrize(
    ("adapter", "tls"),
    [
        ("mysql2", {"sslca": ["/etc/railyard/rds-ca.pem"], "sslverify": ["true"]}),
        ("trilogy", {"ssl_ca": ["/etc/railyard/rds-ca.pem"], "ssl_mode": ["VERIFY_IDENTITY"]}),
        ("postgresql", {"sslmode": ["verify-full"], "sslrootcert": ["/etc/railyard/rds-ca.pem"]}),
        ("postgis", {"sslmode": ["verify-full"], "sslrootcert": ["/etc/railyard/rds-ca.pem"]}),
    ],
)
def test_the_database_s_url_leads_there_whatever_is_in_a_password(adapter: str, tls: dict[str, list[str]]) -> None:
    url = urlsplit(
        app_environment({**KNOWN, "database": {**KNOWN["database"], "adapter": adapter}}, "rails", {})["DATABASE_URL"]
    )
    assert (url.scheme, url.hostname, url.port, url.path) == (adapter, "db.example", 3306, "/shop")
    assert (url.username, unquote(url.password or "")) == ("shop-user", PASSWORD)
    assert parse_qs(url.query) == tls


def test_each_database_beside_the_first_has_a_url_under_its_own_name() -> None:
    beside = {"queue": "shop_queue", "cache": "of/cache"}
    for contract in contracts.NAMES:
        found = app_environment({**KNOWN, "databases": beside}, contract, {})
        without = app_environment(KNOWN, contract, {})
        assert set(found) - set(without) == {"QUEUE_DATABASE_URL", "CACHE_DATABASE_URL"}
        # The same server, user, password and TLS.
        first = found["DATABASE_URL"]
        assert first == without["DATABASE_URL"]
        assert found["QUEUE_DATABASE_URL"] == first.replace("/shop?", "/shop_queue?")
        assert found["CACHE_DATABASE_URL"] == first.replace("/shop?", "/of%2Fcache?")
    assert (
        app_environment({**KNOWN, "databases": beside, "database": {}}, "rails", {}).keys() & {"QUEUE_DATABASE_URL"}
        == set()
    )


def test_a_person_s_variables_refer_to_another_database_and_its_url_is_a_secret() -> None:
    known = {**KNOWN, "databases": {"queue": "shop_queue"}}
    given = {"JOBS": {"from": "databases.queue.url"}, "JOBS_IN": {"text": "{databases.queue.name}!"}}
    found = app_environment(known, "rails", given)
    assert found["JOBS"] == found["QUEUE_DATABASE_URL"]
    assert found["JOBS_IN"] == "shop_queue!"
    assert found["RAILYARD_SECRETS"] == "JOBS"
    # What a person says wins, as of every variable.
    own = app_environment(known, "rails", {"QUEUE_DATABASE_URL": {"from": "database.url"}})
    assert own["QUEUE_DATABASE_URL"] == own["DATABASE_URL"]


def test_a_database_that_the_stack_does_not_make_is_said() -> None:
    with pytest.raises(AnsibleFilterError, match=r"no database 'jobs' for it; name it in railyard_app_databases"):
        app_environment({**KNOWN, "databases": {"queue": "shop_queue"}}, "rails", {"A": {"from": "databases.jobs.url"}})
    with pytest.raises(AnsibleFilterError, match=r"did you mean databases\.queue\.url"):
        app_environment(
            {**KNOWN, "databases": {"queue": "shop_queue"}}, "rails", {"A": {"from": "databases.queue.urls"}}
        )


def test_of_what_a_stack_has_not_rails_gets_nothing_and_the_book_empty_texts() -> None:
    rails, book = app_environment(BARE, "rails", {}), app_environment(BARE, "book", {})
    assert {name for name in rails if name.startswith(("SMTP", "DATABASE", "REDIS", "MAIL"))} == set()
    assert "" not in rails.values()
    assert {book[name] for name in contracts.BOOK if "SMTP" in name or "REDIS" in name or "DATABASE" in name} == {""}


def test_a_cache_without_tls_and_a_site_without_a_domain() -> None:
    known = {**KNOWN, "cache": {**KNOWN["cache"], "tls": False}, "tls": False, "host": "lb.example"}
    given = {"URL": {"from": "site.url"}, "CACHE": {"from": "cache.url"}}
    found = app_environment(known, "rails", given)
    assert (found["URL"], found["CACHE"]) == ("http://lb.example", "redis://cache.example:6379")


def test_every_reference_has_a_value_on_a_whole_stack() -> None:
    whole = {**KNOWN, "databases": {"NAME": "shop_name"}}
    assert set(references.values(whole)) == set(references.REFERENCES)


def test_names_of_its_own_get_any_value_and_win() -> None:
    given = {
        "MY_DB_HOST": {"from": "database.host"},
        "CABLE_URL": {"text": "{cache.url}/1"},
        "SMTP_URL": {"text": "smtps://{mail.host}:{mail.port}"},
        "REDIS_URL": "redis://elsewhere",
        "RAILS_MASTER_KEY": {"secret": "/shop/master"},
        "STRIPE": {"secret": "/shop/stripe", "key": "token"},
        "TYPED": True,
    }
    secrets = {"/shop/master": "0123\n", "/shop/stripe": json.dumps({"token": "tok", "n": 1})}
    found = app_environment(KNOWN, "rails", given, secrets)
    assert {name: found[name] for name in given} == {
        "MY_DB_HOST": "db.example",
        "CABLE_URL": "rediss://cache.example:6379/1",
        "SMTP_URL": "smtps://email-smtp.example:465",
        "REDIS_URL": "redis://elsewhere",
        "RAILS_MASTER_KEY": "0123",
        "STRIPE": "tok",
        "TYPED": True,
    }
    assert environment_secrets(given) == ["/shop/master", "/shop/stripe"]


def test_what_refers_to_something_that_is_not_there_is_left_out() -> None:
    assert {"MAILER", "BOTH"} & set(
        app_environment(BARE, "rails", {"MAILER": {"from": "mail.host"}, "BOTH": {"text": "{site.host}{cache.url}"}})
    ) == set()


def test_secrets_under_names_that_do_not_tell_are_marked_for_who_shows_logs() -> None:
    given = {"A": {"text": "x{database.password}"}, "B": {"secret": "/shop/b"}, "C": {"from": "database.host"}}
    found = app_environment(KNOWN, "rails", given, {"/shop/b": "b"}, {"D": "d", "RAILYARD_SECRETS": "D"})
    assert (found["RAILYARD_SECRETS"], found["D"]) == ("A B D", "d")
    assert "RAILYARD_SECRETS" not in app_environment(KNOWN, "rails", {"C": {"from": "database.host"}})


def test_without_a_stack_there_is_what_a_person_gives() -> None:
    assert app_environment({}, "book", {"A": "b"}) == {"A": "b"}
    assert app_environment({}, "rails", {"A": "b"}) == {
        "A": "b",
        "RAILS_LOG_TO_STDOUT": "true",
        "RAILS_SERVE_STATIC_FILES": "true",
    }


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (
            {"from": "database.hots"},
            "A refers to 'database.hots', which is none; did you mean database.host? There are database.host, ",
        ),
        ({"text": "{cache.url}{nothing}"}, "A refers to 'nothing'"),
        ({"text": "{}"}, "A refers to ''"),
        ({"text": "plain"}, "without a reference"),
        ({"secret": "a b"}, "a secret of a name that Secrets Manager has not"),
        ({"secret": "x", "from": "cache.url"}, "A is a dictionary; write a text in quotes"),
        ({"secret": "x", "key": 3}, "A has an empty 'secret', or one that is no text"),
        ({"a": "b"}, "or a reference: {from: database.host}"),
        ({}, "A is a dictionary"),
    ],
)
def test_a_reference_that_is_none_is_refused_with_what_there_is(value: dict[str, Any], says: str) -> None:
    found = problems({"A": value}, referring=True)
    assert len(found) == 1 and says in found[0]
    with pytest.raises(AnsibleFilterError, match="."):
        app_environment(KNOWN, "rails", {"A": value})


def test_a_file_takes_no_reference_that_nobody_followed() -> None:
    assert problems({"A": {"from": "cache.url"}}) != []


def test_a_contract_that_is_none_is_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="'heroku' is no contract; write one of rails, book"):
        app_environment(KNOWN, "heroku", {})


@pytest.mark.parametrize(
    ("given", "value", "says"),
    [
        ({"secret": "/shop/x"}, "", "Secret '/shop/x', which app_environment refers to, is not in eu-west-1"),
        ({"secret": "/shop/x", "key": "token"}, "hunter2", "has no 'token'; write JSON with it"),
        ({"secret": "/shop/x", "key": "token"}, '{"other": "hunter2"}', "has no 'token'"),
        ({"secret": "/shop/x"}, "hunter2\a", "A has the control character"),
        ({"secret": "/shop/x"}, "hunter2\n", None),
        ({"secret": "/shop/x", "key": "token"}, '{"token": "hunter2"}', None),
    ],
)
def test_a_secret_that_cannot_be_used_is_named_and_not_shown(
    given: dict[str, str], value: str, says: str | None
) -> None:
    found = environment_secret_problems({"A": given, "B": {"secret": "/other"}, "C": 1}, "/shop/x", value, "eu-west-1")
    assert "hunter2" not in " ".join(found)
    assert (found == []) if says is None else (len(found) == 1 and says in found[0])


def test_the_role_s_readme_lists_every_reference_and_every_name() -> None:
    text = (PROJECT / "roles/app/README.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([a-z]+\.[A-Za-z_.]+)` \| (.*) \|$", text, re.MULTILINE))
    assert rows == references.REFERENCES
    for name in (*contracts.COMMON, *contracts.RAILS, *contracts.BOOK):
        assert name in text, name


def rendered(folder: Path, **given: Any) -> dict[str, str]:
    """The file of the environment as the role writes it, read by bash; AWS is not asked."""
    look = {
        "account_id": "123456789012",
        "stack": {
            "databases": {"shop": {"address": "shop.rds.example", "port": 3306}},
            "replication_groups": {"shop": {"address": "cache.example", "port": 6379, "transit_encryption": True}},
            "load_balancers": {"shop": {"dns_name": "lb.example"}},
        },
    }
    variables = {
        "__app_gathered": look,
        "__app_secret_of_database": PASSWORD,
        "__app_secret_of_key": "k" * 128,
        "__app_smtp": KNOWN["mail"],
        "__app_secrets_of_people": {"/shop/master": "line one\nline 'two' $HOME\n"},
        "app_stack": "shop",
        "app_region": "eu-west-1",
        **{name: "shop" for name in ("app_alb_name", "app_cache_name", "app_database_name")},
        "app_bucket": "shop-{account}",
        **given,
    }
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars_files": [str(PROJECT / "roles/app" / name / "main.yml") for name in ("defaults", "vars")],
        "tasks": [
            {
                "ansible.builtin.template": {
                    "src": str(PROJECT / "roles/app/templates/app.env.j2"),
                    "dest": str(folder / "env"),
                    "mode": "0600",
                }
            }
        ],
    }
    (folder / "given.yml").write_text(yaml.safe_dump(variables))
    (folder / "play.yml").write_text(yaml.safe_dump([play]))
    done = subprocess.run(
        [
            Path(sys.executable).with_name("ansible-playbook"),
            "-i",
            "localhost,",
            "-c",
            "local",
            "-e",
            f"@{folder / 'given.yml'}",
            folder / "play.yml",
        ],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    read = subprocess.run(
        ["bash", "-euac", f". {folder / 'env'}; exec env -0"],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=True,
    )
    return dict(entry.split("=", 1) for entry in read.stdout.decode().split("\0") if "=" in entry)


def test_the_role_writes_what_the_stack_knows(tmp_path: Path) -> None:
    given = {
        "app_contract": "rails",
        "app_environment": {
            "DB": {"from": "database.host"},
            "RAILS_MASTER_KEY": {"secret": "/shop/master"},
            "NO": {"text": "{mail.user}@x"},
            "T": True,
        },
    }
    found = rendered(tmp_path, **given)
    url = urlsplit(found["DATABASE_URL"])
    assert (url.hostname, unquote(url.password or ""), url.path) == ("shop.rds.example", PASSWORD, "/sample_app")
    assert (found["DB"], found["RAILS_MASTER_KEY"], found["NO"], found["T"]) == (
        "shop.rds.example",
        "line one\nline 'two' $HOME",
        "AKIA@x",
        "true",
    )
    assert (found["REDIS_URL"], found["S3_BUCKET"], found["APP_HOST"]) == (
        "rediss://cache.example:6379",
        "shop-123456789012",
        "lb.example",
    )
    assert (found["RAILS_ENV"], found["SMTP_PORT"]) == ("production", "587")
    assert (found["WEB_CONCURRENCY"], found["RAILS_MAX_THREADS"]) == ("2", "5")
    assert not [name for name in found if name.startswith("AWS_INTRO_SAMPLE_")]


def test_the_role_writes_a_variable_for_each_database(tmp_path: Path) -> None:
    found = rendered(tmp_path, app_contract="rails", app_databases={"queue": "", "cache": "caches"})
    paths = {name: urlsplit(value).path for name, value in found.items() if name.endswith("DATABASE_URL")}
    assert paths == {
        "DATABASE_URL": "/sample_app",
        "QUEUE_DATABASE_URL": "/sample_app_queue",
        "CACHE_DATABASE_URL": "/caches",
    }


def test_the_role_writes_the_book_s_names(tmp_path: Path) -> None:
    found = rendered(tmp_path, app_contract="book", app_database="", app_workers=3, app_threads="")
    assert found["WEB_CONCURRENCY"] == "3" and "RAILS_MAX_THREADS" not in found
    assert found["AWS_INTRO_SAMPLE_REDIS_ADDRESS"] == "rediss://cache.example:6379"
    assert found["AWS_INTRO_SAMPLE_DATABASE_PASSWORD"] == ""
    assert "DATABASE_URL" not in found and "REDIS_URL" not in found
