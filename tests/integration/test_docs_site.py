"""The site of documentation in a browser: its search finds English, Korean and code; nothing is from elsewhere."""

from __future__ import annotations

import functools
import http.server
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from tests.e2e.lab import LOGS, PROJECT

#: Seconds in which a search answers on a busy machine: the browser reads the index first.
PATIENCE = 60


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """Address of the site, built as people build it and served on this machine."""
    subprocess.run(["make", "docs-site"], cwd=PROJECT, check=True, timeout=900)
    handler = functools.partial(_Quiet, directory=str(PROJECT / "build/site"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or "/usr/bin/chromium"
    for argument in ("headless=new", "no-sandbox", "disable-dev-shm-usage", "window-size=1280,1000", "lang=en"):
        options.add_argument(f"--{argument}")
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('chromium')}")
    driver = webdriver.Chrome(
        options=options, service=webdriver.ChromeService(shutil.which("chromedriver") or "/usr/bin/chromedriver")
    )
    driver.set_page_load_timeout(PATIENCE)
    yield driver
    driver.quit()


def found(browser: webdriver.Chrome, page: str, words: str, wanted: str) -> list[str]:
    """Addresses that the search of a page finds first, once the wanted one is among them or patience ends."""
    browser.get(page)
    browser.execute_script("document.querySelector('#__search').click()")
    field = browser.find_element(By.CSS_SELECTOR, "input.md-search__input")
    end = time.monotonic() + PATIENCE
    field.send_keys(words)
    while True:
        # In one step: the list is written anew while results come in.
        links = browser.execute_script(
            "return [...document.querySelectorAll('.md-search-result__link')].map(one => one.href)"
        )
        pages = list(dict.fromkeys(link.partition("#")[0].partition("?")[0] for link in links))[:10]
        if wanted in pages or time.monotonic() > end:
            return pages
        time.sleep(0.5)


@pytest.mark.parametrize(
    ("page", "words", "wanted"),
    [
        ("ko/", "로드 밸런서", "ko/book/chapter-07/"),
        # A word as it stands in a sentence, with what Korean adds to it.
        ("ko/", "데이터베이스 되살리기", "ko/how-to/restore-a-database/"),
        ("", "restore a database", "how-to/restore-a-database/"),
        ("", "railyard_database_backup_days", "reference/settings/database/"),
        ("", "elasticache_replication_group", "reference/modules/elasticache_replication_group/"),
    ],
)
def test_the_search_finds(site: str, browser: webdriver.Chrome, page: str, words: str, wanted: str) -> None:
    assert site + wanted in found(browser, site + page, words, site + wanted)


def test_the_search_does_not_find_what_is_not_there(site: str, browser: webdriver.Chrome) -> None:
    assert found(browser, site, "railyard_database_backup_days", f"{site}reference/settings/database/")
    field = browser.find_element(By.CSS_SELECTOR, "input.md-search__input")
    field.clear()
    field.send_keys("zzyzxqq")
    end = time.monotonic() + PATIENCE
    while browser.find_elements(By.CSS_SELECTOR, ".md-search-result__link") and time.monotonic() < end:
        time.sleep(0.5)
    assert browser.find_elements(By.CSS_SELECTOR, ".md-search-result__link") == []


@pytest.mark.parametrize("page", ["", "ko/book/chapter-07/", "reference/settings/stack/"])
def test_a_page_fetches_nothing_from_elsewhere(site: str, browser: webdriver.Chrome, page: str) -> None:
    browser.get(site + page)
    fetched = browser.execute_script("return performance.getEntriesByType('resource').map(one => one.name)")
    assert any(address.endswith(".css") for address in fetched)
    assert [address for address in fetched if not address.startswith((site, "data:"))] == []


def test_a_page_leads_to_itself_in_the_other_language(site: str, browser: webdriver.Chrome) -> None:
    browser.get(f"{site}how-to/upgrade-ruby/")
    links = browser.find_elements(By.CSS_SELECTOR, ".md-select a[hreflang]")
    assert {link.get_attribute("hreflang"): link.get_attribute("href") for link in links} == {
        "en": f"{site}how-to/upgrade-ruby/",
        "ko": f"{site}ko/how-to/upgrade-ruby/",
    }
    browser.get(f"{site}ko/how-to/upgrade-ruby/")
    assert browser.find_element(By.TAG_NAME, "html").get_attribute("lang") == "ko"
    assert browser.find_element(By.TAG_NAME, "h1").text.startswith("Ruby 올리기")


def test_a_page_of_the_tour_is_seen_with_its_chapters_beside_it(site: str, browser: webdriver.Chrome) -> None:
    browser.get(f"{site}book/chapter-04/")
    assert browser.find_element(By.TAG_NAME, "h1").text.startswith("Chapter 4: The network (VPC)")
    chapters = browser.find_elements(By.CSS_SELECTOR, "nav.md-nav--primary a[href*='chapter-']")
    assert len([one for one in chapters if one.is_displayed()]) == 11, (
        "3 to 14, but for this one, which links to itself"
    )
    code = browser.find_element(By.CSS_SELECTOR, "article pre code")
    assert code.is_displayed() and "--tags vpc,security" in code.text
    LOGS.mkdir(parents=True, exist_ok=True)
    browser.save_screenshot(str(LOGS / "page-tour.png"))
