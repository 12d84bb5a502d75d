"""After the first run a page is there, from every web server, for programs and in a browser."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.railyard.aws.plugins.module_utils._stack.kinds import KINDS
from selenium import webdriver
from selenium.webdriver.common.by import By

from tests.e2e.lab import LOGS, Lab, until
from tests.e2e.run import Run

#: Kinds of which AWS makes some by itself, as parts of others.
MADE_BY_AWS = {"network_interfaces", "volumes"}

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    # A browser that asks its maker for news floods a closed network with refused connections.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1000,800",
)


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    """Debian's Chromium with a profile of its own."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or "/usr/bin/chromium"
    for flag in (*FLAGS, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    driver = webdriver.Chrome(
        options=options, service=webdriver.ChromeService(shutil.which("chromedriver") or "/usr/bin/chromedriver")
    )
    try:
        yield driver
    finally:
        driver.quit()


def test_first_run_builds_what_group_vars_describe(stack: Lab, first_run: Run) -> None:
    assert (first_run.total("failed"), first_run.total("unreachable")) == (0, 0), str(first_run)
    servers = stack.account().servers()
    assert sorted(servers) == ["jump01", "web01", "web02"]
    assert {server["State"]["Name"] for server in servers.values()} == {"running"}
    assert {server["MetadataOptions"]["HttpTokens"] for server in servers.values()} == {"required"}
    assert "PublicIpAddress" not in servers["web01"] and "PublicIpAddress" not in servers["web02"]
    assert servers["jump01"]["PublicIpAddress"].startswith("127."), "published on loopback"
    assert servers["web01"]["Placement"] != servers["web02"]["Placement"], "spread over the zones"
    profiles = {name for name, server in servers.items() if "IamInstanceProfile" in server}
    assert profiles == {"web01", "web02"}
    volumes = stack.account().ec2.describe_volumes()["Volumes"]
    assert len(volumes) == 3 and all(volume["Encrypted"] for volume in volumes)


def test_the_plan_foretold_exactly_what_was_made(stack: Lab) -> None:
    planned = json.loads(stack.plan_file.read_text())
    creations = {(one["kind"], one["name"]) for one in planned if one["action"] == "create" and one["kind"] in KINDS}
    made = {(kind, name) for kind, name in stack.resources() if kind not in MADE_BY_AWS}
    assert len(creations) > 20
    assert sorted(creations ^ made) == []


def test_private_key_stays_private(stack: Lab) -> None:
    key = Path(stack.environment["RAILYARD_STATE_DIR"]) / "railyard-ap-northeast-1.pem"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_both_web_servers_answer_in_turn(stack: Lab) -> None:
    served = [stack.page()[1] for _request in range(8)]
    assert set(served) == {"web01", "web02"}
    assert all(one != following for one, following in zip(served, served[1:], strict=False)), served


def test_page_in_a_browser(stack: Lab, browser: webdriver.Chrome) -> None:
    seen = set()
    for number in range(8):
        if number % 2:
            # The browser also asks for an icon: without a request between, every page could come from one server.
            stack.page()
        browser.get(stack.url)
        assert browser.find_element(By.ID, "stack").text == "railyard"
        assert browser.find_element(By.TAG_NAME, "h1").is_displayed()
        seen.add(browser.find_element(By.ID, "server").text)
        browser.save_screenshot(str(LOGS / f"page-{number}.png"))
    assert seen == {"web01", "web02"}
    severe = [entry for entry in browser.get_log("browser") if "favicon" not in entry["message"]]
    assert not severe, severe


def test_all_targets_are_healthy(stack: Lab) -> None:
    until("two healthy targets", lambda: list(stack.account().target_states().values()) == ["healthy"] * 2, 60)
