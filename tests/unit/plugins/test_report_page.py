"""The report's page: well-formed, escaped, in two languages, without secrets and without anything from elsewhere."""

from __future__ import annotations

import html.parser
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.railyard.aws.plugins.module_utils._report.tiers import TIERS
from ansible_collections.railyard.aws.plugins.module_utils._report.words import WORDS
from report_lab import NOW, PARAMETER, PROJECT, computed, page, sample, with_nat_instance

VOID = {"meta", "link", "input", "br"}
#: Elements of SVG that the map writes without content.
EMPTY = {"rect", "circle", "path", "i"}
HOSTILE = """<script>alert(1)</script>"'&<img src=x onerror=alert(1)>"""


class Reader(html.parser.HTMLParser):
    """Collects elements and texts, and what is closed that was not open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    return reader


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_page_is_well_formed(language: str) -> None:
    reader = read(page(sample(), language=language))
    assert (reader.wrong, reader.open) == ([], [])
    assert len(reader.elements) > 400


def test_ids_are_unique_and_labels_lead_to_one() -> None:
    elements = read(page(sample())).elements
    ids = [attributes["id"] for _tag, attributes in elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    referred = [a[key] for _t, a in elements for key in ("for", "aria-labelledby") if key in a]
    assert set(referred) <= set(ids)


def test_nothing_comes_from_elsewhere_and_no_script_runs() -> None:
    text = page(sample(), url="https://www.example.com/")
    elements = read(text).elements
    assert not {tag for tag, _attributes in elements} & {"script", "iframe", "img", "object", "embed", "form", "base"}
    assert [name for _tag, attributes in elements for name in attributes if name.startswith("on")] == []
    loaded = [a[key] for tag, a in elements for key in ("src", "href") if key in a and tag != "a"]
    assert loaded == ["data:,"]
    assert not re.search(r"@import|url\((?!#)", text)


def hostile(value: Any) -> Any:
    """The same with markup in every text that AWS would let somebody choose, ids and states left alone."""
    kept = ("id", "state", "vpc_id", "subnet_id", "role", "created", "changed", "expires", "value", "availability_zone")
    if isinstance(value, dict):
        return {
            key: one if key in kept or key.endswith(("_id", "_ids", "_group")) else hostile(one)
            for key, one in value.items()
        }
    if isinstance(value, list):
        return [hostile(one) for one in value]
    return value + HOSTILE if isinstance(value, str) and not re.fullmatch(r"[\d.]+/\d+", value) else value


def test_markup_in_names_and_tags_is_text() -> None:
    calm, wild = read(page(sample())), read(page(hostile(sample()), url=f"https://a/{HOSTILE}", name=f"a{HOSTILE}"))
    assert (wild.wrong, wild.open) == ([], [])
    assert {tag for tag, _attributes in wild.elements} <= {tag for tag, _attributes in calm.elements} | {"a"}
    assert [a for _tag, a in wild.elements if any(name.startswith("on") for name in a)] == []
    assert sum(HOSTILE in text for _tag, text in wild.texts) > 100


def test_no_value_of_a_secret_or_parameter_is_on_the_page() -> None:
    stack = sample()
    canary = "canary-5f1d0c77"
    record = json.loads(stack["parameters"][PARAMETER]["value"])
    record["releases"][0]["source"] = f"https://kim:{canary}@example.com/app.git"
    stack["parameters"][PARAMETER]["value"] = json.dumps(record)
    stack["parameters"]["/railyard/own"] = stack["parameters"][PARAMETER] | {"name": "/railyard/own", "value": canary}
    for secret in stack["secrets"].values():
        secret |= {"description": canary, "value": canary}
    stack["databases"]["railyard"]["master_user_password"] = canary
    text = page(stack)
    assert "https://example.com/app.git" in text
    assert canary not in text
    assert canary not in json.dumps(computed(stack))


def shown(text: str, language: str) -> str:
    """What a person reads who chose a language."""
    other = "ko" if language == "en" else "en"
    return re.sub(r"<[^>]+>", " ", re.sub(rf'<span lang="{other}">.*?</span>', "", text.split("</style>")[1]))


def test_both_languages_say_everything() -> None:
    for key, words in WORDS.items():
        assert words["en"].strip() and words["ko"].strip(), key
    text = page(sample())
    assert "Last proved" in shown(text, "en") and "마지막 증명" not in shown(text, "en")
    assert "마지막 증명" in shown(text, "ko") and "Last proved" not in shown(text, "ko")
    assert text.count('<span lang="en">') == text.count('<span lang="ko">')


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_language_that_was_chosen_is_shown_first(language: str) -> None:
    checked = [
        a["id"] for tag, a in read(page(sample(), language=language)).elements if tag == "input" and "checked" in a
    ]
    assert checked == [f"language-{language}"]


def test_another_language_is_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="language is 'de'; write en or ko"):
        computed(sample(), language="de")


def test_every_tier_has_a_word() -> None:
    assert set(TIERS) <= set(WORDS)
    assert {"good", "pending", "bad", "absent"} <= set(WORDS)


def states(stack: dict[str, Any], **more: Any) -> dict[str, str]:
    return {row["key"]: row["state"] for row in computed(stack, **more)["tiers"]}


def test_a_finished_stack_is_well_but_for_its_alarm() -> None:
    assert {key for key, state in states(sample()).items() if state != "good"} == {"monitoring"}


def _change(kind: str, name: str, **values: Any) -> dict[str, Any]:
    stack = sample()
    stack[kind][name] |= values
    return stack


def _without_instance() -> dict[str, Any]:
    stack = with_nat_instance()
    stack["nat_interfaces"]["railyard-nat-instance"] |= {"state": "available", "instance_id": None}
    return stack


@pytest.mark.parametrize(
    ("tier", "state", "stack"),
    [
        ("jump", "bad", _change("instances", "railyard-jump01", state="stopped")),
        ("web", "bad", _change("instances", "railyard-web01", state="stopped")),
        ("balancer", "pending", _change("load_balancers", "railyard", state="provisioning")),
        ("database", "pending", _change("databases", "railyard", state="modifying")),
        ("database", "bad", _change("databases", "railyard", state="storage-full")),
        ("cache", "bad", _change("replication_groups", "railyard", state="create-failed")),
        ("network", "pending", _change("nat_gateways", "railyard-nat-1", state="pending")),
        ("network", "good", with_nat_instance()),
        ("network", "bad", _without_instance()),
        ("mail", "pending", _change("mail_identities", "example.com", verified=False)),
        ("storage", "bad", _change("buckets", next(iter(sample()["buckets"])), public_access={})),
        (
            "certificate",
            "pending",
            _change("certificates", next(iter(sample()["certificates"])), expires="2026-12-24T00:00:00Z"),
        ),
        (
            "certificate",
            "bad",
            _change("certificates", next(iter(sample()["certificates"])), expires="2026-11-24T00:00:00Z"),
        ),
    ],
)
def test_a_tier_says_what_is_wrong_with_it(tier: str, state: str, stack: dict[str, Any]) -> None:
    assert states(stack)[tier] == state


def test_an_unhealthy_target_makes_its_server_broken() -> None:
    stack = sample()
    stack["target_groups"]["railyard-web"]["targets"][0]["state"] = "unhealthy"
    row = next(row for row in computed(stack)["tiers"] if row["key"] == "web")
    assert (row["state"], row["note"]["en"]) == ("bad", "1 of 2 healthy")


def test_a_tier_was_proved_when_a_run_says_so() -> None:
    proved = {"at": "2026-11-25T10:00:00Z", "tiers": ["web", "database"]}
    rows = {row["key"]: row["proved"] for row in computed(sample(), proved=proved)["tiers"]}
    assert (rows["web"], rows["database"], rows["cache"]) == ("2026-11-25 10:00 UTC", "2026-11-25 10:00 UTC", "")


@pytest.mark.parametrize(("state", "expected"), [("running", "good"), ("stopped", "bad")])
def test_worker_servers_are_a_tier_of_their_own_where_there_are_any(state: str, expected: str) -> None:
    stack = sample()
    assert "worker" not in states(stack)
    web = next(one for one in stack["instances"].values() if one["role"] == "web")
    own = {"id": "i-0worker", "name": "railyard-worker01", "hostname": "worker01", "role": "worker", "state": state}
    stack["instances"]["railyard-worker01"] = {**web, **own}
    rows = {row["key"]: row for row in computed(stack)["tiers"]}
    assert (rows["worker"]["state"], rows["worker"]["note"]["en"]) == (expected, f"worker01 {state}")
    assert rows["web"]["state"] == "good"


def test_the_tiers_that_a_proof_notes_are_the_page_s() -> None:
    (task,) = [
        one for one in yaml.safe_load((PROJECT / "playbooks/tasks/proved.yml").read_text("utf-8")) if "copy" in str(one)
    ]
    named = set(re.findall(r"'([a-z]+)'", task["vars"]["proved_tiers"]))
    assert named - set(TIERS) == set()
    assert {"network", "web", "mail", "certificate", "dns"} <= named


def test_the_note_of_a_proof_reads_what_the_proof_registered() -> None:
    read_there = set(re.findall(r"verify_\w+", (PROJECT / "playbooks/tasks/proved.yml").read_text("utf-8")))
    registered = set(re.findall(r"register: (\w+)", (PROJECT / "playbooks/tasks/verify.yml").read_text("utf-8")))
    assert read_there and read_there - registered == set()


def test_a_teardown_removes_the_page_and_the_note_of_the_proof() -> None:
    report, verify = (
        yaml.safe_load((PROJECT / "playbooks" / name).read_text("utf-8")) for name in ("report.yml", "tasks/proved.yml")
    )
    (proof,) = [task["ansible.builtin.copy"]["dest"] for task in verify if "ansible.builtin.copy" in task]
    plays = yaml.safe_load((PROJECT / "playbooks/teardown.yml").read_text("utf-8"))
    removed = [file for play in plays for file in play.get("vars", {}).get("teardown_files", [])]
    assert {report[0]["vars"]["report_file"], proof} <= set(removed)


def test_ages_are_counted_to_the_moment_of_the_look() -> None:
    rows = {row["name"]: row for row in computed(sample())["ages"]}
    assert rows["example.com, www.example.com"]["left"] == 371
    assert rows["/railyard/app/secret-key-base"]["days"] == 24
    assert computed(sample(), now="2028-01-01T00:00:00Z")["ages"][-1]["state"] == "pending"


def test_releases_say_who_and_when() -> None:
    found = computed(sample())["releases"]
    assert [(one["name"], one["at"], one["by"]) for one in found] == [
        ("3f2a91c07d55", "2026-11-24 04:00 UTC", "kim@laptop"),
        ("9b8c7d6e5f40", "2026-11-12 01:30 UTC", "lee@desk"),
    ]


@pytest.mark.parametrize("value", [None, "", "no json", "[]", '{"releases": null}'])
def test_a_record_that_cannot_be_read_is_none(value: str | None) -> None:
    assert "No release is recorded" in page(_change("parameters", PARAMETER, value=value))


def test_tags_that_everything_has_are_told_once_and_a_lost_one_is_told() -> None:
    stack = sample()
    stack["subnets"]["railyard-public-1"]["tags"] = {"Name": "railyard-public-1"}
    found = computed(stack)
    assert [one["name"] for one in found["resources"] if one["untagged"]] == ["railyard-public-1"]
    assert ["CostCenter", "4711"] in computed(sample())["common_tags"]


def test_an_account_without_the_stack_has_a_page_too() -> None:
    text = page({})
    assert "Nothing of this stack exists in this region." in text
    assert (read(text).wrong, read(text).open) == ([], [])


@pytest.mark.parametrize("kind", sorted(sample()))
def test_a_stack_that_lacks_a_kind_has_a_page(kind: str) -> None:
    stack = sample()
    del stack[kind]
    reader = read(page(stack))
    assert (reader.wrong, reader.open) == ([], [])


def test_the_same_look_at_the_same_moment_is_the_same_page() -> None:
    assert page(sample()) == page(sample())


@pytest.fixture
def written(tmp_path: Path) -> tuple[str, Path]:
    """What Ansible says that writes the page twice, by the task of playbooks/report.yml itself."""
    (play,) = yaml.safe_load((PROJECT / "playbooks/report.yml").read_text("utf-8"))
    (task,) = [one for one in play["tasks"] if "ansible.builtin.template" in one]
    look = {"stack": sample(), "region": "ap-northeast-1", "account_id": "123456789012"}
    variables = {
        "report_look": look,
        "railyard_stack": "railyard",
        "railyard_region": "ap-northeast-1",
        "railyard_site_host": "www.example.com",
        "railyard_app_release_parameter": PARAMETER,
        "railyard_alb_name": "railyard",
        "railyard_state_dir": str(tmp_path),
        "report_language": "ko",
        "report_template": str(PROJECT / "playbooks" / play["vars"]["report_template"]),
    }
    (tmp_path / "railyard-ap-northeast-1.proved.json").write_text(json.dumps({"at": NOW, "tiers": ["web"]}))
    given = tmp_path / "given.json"
    given.write_text(json.dumps(variables))
    kept = {key: play["vars"][key] for key in ("report_file", "report_balancer")}
    both = [task, task | {"name": "Write it again"}]
    local = {"hosts": "localhost", "connection": "local", "gather_facts": False, "vars": kept, "tasks": both}
    playbook = tmp_path / "play.yml"
    playbook.write_text(yaml.safe_dump([local]))
    command = [
        Path(sys.executable).with_name("ansible-playbook"),
        "-i",
        "localhost,",
        "-e",
        f"@{given}",
        "--diff",
        playbook,
    ]
    environment = {**os.environ, "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg")}
    python = ["-e", f"ansible_python_interpreter={sys.executable}"]
    done = subprocess.run([*command, *python], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, tmp_path / "railyard-ap-northeast-1.html"


def test_ansible_writes_the_page_and_calls_nothing_changed(written: tuple[str, Path]) -> None:
    said, file = written
    assert re.search(r"ok=2 +changed=0", said), said
    assert "<svg" not in said
    text = file.read_text("utf-8")
    assert (read(text).wrong, read(text).open) == ([], [])
    assert 'id="language-ko" checked' in text and "https://www.example.com/" in text
    assert "2026-11-26 23:30 UTC" in text
    assert file.stat().st_mode & 0o777 == 0o600
