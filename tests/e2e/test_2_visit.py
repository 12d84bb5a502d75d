"""In a browser, as a visitor: sign up, open the link that comes by mail, post an image, see it from every server."""

from __future__ import annotations

import os
import re
import shutil
import struct
import subprocess
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from tests.e2e import terminal
from tests.e2e.lab import LOGS, Lab, until

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
    "--lang=en",
    "--window-size=1000,800",
)
#: Of a visitor, who is gone with the stack.
PASSWORD = "nobody-uses-this-elsewhere"


def image(width: int = 240, height: int = 120) -> bytes:
    """A PNG that goes from blue to red."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    line = b"\0" + b"".join(bytes((x * 255 // width, 60, 255 - x * 255 // width)) for x in range(width))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(line * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def trust(home: Path, authority: str) -> None:
    """Make browsers of a home trust the sandbox's authority, as a person does in the settings."""
    store = home / ".pki" / "nssdb"
    store.mkdir(parents=True, exist_ok=True)
    database = ("certutil", "-d", f"sql:{store}")
    subprocess.run([*database, "-N", "--empty-password"], check=True)
    subprocess.run([*database, "-A", "-n", "railyard sandbox", "-t", "C,,", "-i", authority], check=True)


@pytest.fixture(scope="module")
def browser(stack: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """Debian's Chromium with a profile of its own."""
    trust(stack.home, stack.environment["RAILYARD_CA_FILE"])
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or "/usr/bin/chromium"
    profile = tmp_path_factory.mktemp("profile")
    # Another sandbox of this machine may be the one at the site's usual address.
    elsewhere = f"--host-resolver-rules=MAP {stack.host} {stack.balancer_address}"
    for flag in (*FLAGS, elsewhere, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    service = webdriver.ChromeService(
        shutil.which("chromedriver") or "/usr/bin/chromedriver", env=os.environ | {"HOME": str(stack.home)}
    )
    driver = webdriver.Chrome(options=options, service=service)
    driver.implicitly_wait(5)
    try:
        yield driver
    finally:
        driver.quit()


def shot(browser: webdriver.Chrome, name: str) -> None:
    browser.save_screenshot(str(LOGS / f"page-{name}.png"))


def fill(browser: webdriver.Chrome, **fields: str) -> None:
    """Fill in fields by their ids and send the form."""
    for name, value in fields.items():
        browser.find_element(By.ID, name).send_keys(value)
    browser.find_element(By.CSS_SELECTOR, "main form [type=submit]").click()


def test_a_visitor_uses_every_tier(stack: Lab, browser: webdriver.Chrome, tmp_path: Path) -> None:
    address = f"ada@{stack.environment['RAILYARD_DOMAIN']}"
    browser.get(stack.url)
    assert browser.find_element(By.TAG_NAME, "h1").is_displayed()
    shot(browser, "1-home")

    browser.get(f"{stack.url}sign-up")
    fill(browser, user_name="Ada", user_email=address, user_password=PASSWORD)
    shot(browser, "2-signed-up")
    text = until("the activation mail", lambda: stack.mail_to(address), 30)
    (link,) = re.findall(rf"https://{re.escape(stack.host)}/\S+", text)
    browser.get(link)
    fill(browser, email=address, password=PASSWORD)

    picture = tmp_path / "square.png"
    picture.write_bytes(image())
    browser.get(stack.url)
    browser.find_element(By.ID, "micropost_picture").send_keys(str(picture))
    fill(browser, micropost_content="Hello from Ada")
    servers = set()
    for visit in range(8):
        browser.get(stack.url)
        assert "Hello from Ada" in browser.find_element(By.CSS_SELECTOR, "section.feed").text
        shown = browser.find_element(By.CSS_SELECTOR, "section.feed article img")
        assert int(shown.get_attribute("naturalWidth")) > 0, "the image is shown"
        servers.add(browser.find_element(By.TAG_NAME, "footer").text)
        # With the same number of requests between, every page could come from one server.
        if visit % 2:
            stack.page()
    shot(browser, "3-posted")
    assert len(servers) == 2, servers

    browser.get(f"{stack.url}status")
    shot(browser, "4-status")
    severe = [one for one in browser.get_log("browser") if one["level"] == "SEVERE" and "favicon" not in one["message"]]
    assert not severe, severe


def test_the_page_about_the_stack_opens_in_both_languages(stack: Lab, browser: webdriver.Chrome) -> None:
    page = Path(stack.environment["RAILYARD_STATE_DIR"]) / "railyard-ap-northeast-1.html"
    browser.get(page.as_uri())
    browser.find_element(By.CSS_SELECTOR, "label[for=language-en]").click()
    assert browser.find_element(By.CSS_SELECTOR, ".map svg").size["width"] > 500
    assert browser.find_element(By.ID, "map").text == "Map of the network"
    shot(browser, "5-report")
    browser.find_element(By.CSS_SELECTOR, "label[for=language-ko]").click()
    assert browser.find_element(By.ID, "map").text == "네트워크 지도"
    severe = [one for one in browser.get_log("browser") if one["level"] == "SEVERE"]
    assert not severe, severe


def test_a_plan_with_prices_fits_a_terminal(stack: Lab, browser: webdriver.Chrome, tmp_path: Path) -> None:
    """That of the empty account, as it was printed: its first rows and its last."""
    (log,) = stack.logs.glob("*-plan-empty.log")
    printed = log.read_text("utf-8").rpartition("\nPLAN **")[2].rstrip().splitlines()[1:]
    total = next(number for number, line in enumerate(printed) if " to create, " in line)
    rows, sums = printed[:total], printed[total : total + 2]
    assert [row for row in rows if len(row) > terminal.COLUMNS] == []
    file = tmp_path / "plan.html"
    shown = ["$ make plan", *rows[:32], "  ...", *sums]
    file.write_text(terminal.page("\n".join(shown)), "utf-8")
    browser.get(file.as_uri())
    text = browser.find_element(By.TAG_NAME, "pre").text
    assert re.search(r"NAT gateway +railyard-nat-1 +\+\d+\.\d\d", text) and " USD a month" in text, text
    shot(browser, "6-plan")


def test_http_leads_to_https(stack: Lab, browser: webdriver.Chrome) -> None:
    browser.get(f"http://{stack.host}/")
    assert browser.current_url.startswith(f"https://{stack.host}"), browser.current_url
