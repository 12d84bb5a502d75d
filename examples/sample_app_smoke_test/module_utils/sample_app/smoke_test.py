# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The smoke test of the sample application: from signing up to deleting the account, with a look behind the scenes."""

from __future__ import annotations

import html
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ansible.module_utils.sample_app.browser import Browser, File, Page, Unreachable
from ansible.module_utils.sample_app.mailbox import Mailbox
from ansible.module_utils.sample_app.picture import png
from ansible.module_utils.sample_app.tiers import Broken

#: Seconds between two looks into the mailbox.
PAUSE = 1.0
REDIRECTS = (301, 302, 303)


@dataclass
class Post:
    """What the visitor posted."""

    words: str
    id: str
    key: str


class SmokeTest:
    """One visitor.

    :param mailbox: where mail for ``domain`` arrives; None where it cannot be read
    :param object_of: key → content of an object in the uploads bucket, None when there is none; None where the bucket
        cannot be looked into
    :param note: called with a sentence for everything that was proved
    """

    def __init__(
        self,
        browser: Browser,
        servers: list[str],
        domain: str,
        mailbox: Mailbox | None,
        object_of: Callable[[str], bytes | None] | None,
        patience: float,
        note: Callable[[str], None],
    ) -> None:
        self._browser, self._servers, self._patience, self._note = browser, servers, patience, note
        self._mailbox, self._object_of = mailbox, object_of
        self.address = f"railyard-verify-{secrets.token_hex(6)}@{domain}"
        self._password = secrets.token_urlsafe(24)
        self._inside = False
        self._post: Post | None = None
        self._image = b""
        self._letter: str | None = None

    def run(self) -> None:
        """Run the whole test. Raises ``Broken``, botocore's errors and ``Unreachable``."""
        page = self._submit("/sign-up", "/account", self._account(), "mail", "signing up")
        if self._signed_in(page):
            self._note("signed up; no mail server is set up, so the account was active at once")
        else:
            self._activate()
            self._log_in()
        self._inside = True
        post = self._publish()
        self._look_at_the_object(post)
        self._look_from_every_server(post)

    def cleanup(self) -> list[str]:
        """Remove everything again. Returns what is left, in sentences."""
        left = []
        if self._letter and self._mailbox:
            self._mailbox.delete(self._letter)
        if self._inside:
            page = self._submit("/account", "/account", {"_method": "delete"}, "database", "deleting the account")
            if page.status not in REDIRECTS:
                left.append(f"the account {self.address}")
        if not left and self._post and self._object_of and self._object_of(self._post.key) is not None:
            left.append(f"the object {self._post.key}")
        return left

    def _account(self) -> dict[str, str]:
        return {"user[name]": "Railyard verify", "user[email]": self.address, "user[password]": self._password}

    def _submit(self, form: str, path: str, fields: dict[str, str], tier: str, doing: str, files: dict[str, File] | None = None) -> Page:
        """Fill in the form of a page and send it; a refusal is the fault of ``tier``, any other failure of the rest."""
        page = self._browser.get(form)
        if page.status != 200:
            raise Broken("application", f"{form} answers HTTP {page.status} on {page.server}")
        answer = self._browser.post(path, {"authenticity_token": self._browser.token(page, path), "commit": "Send", **fields}, files)
        if answer.status in REDIRECTS:
            return answer
        said = f", saying '{answer.alert}'" if answer.alert else ""
        blamed = tier if answer.status == 503 else "application"
        raise Broken(blamed, f"{doing} ends with HTTP {answer.status} on {answer.server}{said}")

    def _signed_in(self, page: Page) -> bool:
        return page.status in REDIRECTS and 'action="/session"' in self._browser.get("/").text

    def _activate(self) -> None:
        if self._mailbox is None:
            raise Broken(
                "mail",
                "the activation mail was sent, but no bucket keeps what is received, so its link cannot be followed",
            )
        end = time.monotonic() + self._patience
        found = self._mailbox.link(self.address)
        while found is None:
            if time.monotonic() > end:
                raise Broken("mail", f"the activation mail to {self.address} was sent, but not received in {self._patience:g} s")
            time.sleep(PAUSE)
            found = self._mailbox.link(self.address)
        link, self._letter = found
        self._note("signed up, and the activation mail was received")
        page = self._browser.get(urlsplit(link).path)
        if page.status not in REDIRECTS or "/log-in" not in page.headers.get("Location", ""):
            raise Broken("application", f"the activation link answers HTTP {page.status} and activates nobody")
        self._note(f"the activation link was followed, to {urlsplit(link).netloc}")

    def _log_in(self) -> None:
        self._submit("/log-in", "/session", {"email": self.address, "password": self._password}, "database", "logging in")

    def _publish(self) -> Post:
        words = f"verify {secrets.token_hex(8)}"
        picture = File("verify.png", png(), "image/png")
        self._submit(
            "/", "/microposts", {"micropost[content]": words}, "uploads", "uploading an image",
            {"micropost[picture]": picture},
        )  # fmt: skip
        self._post = self._find(self._browser.get("/"), words)
        if self._post is None:
            raise Broken("database", "a post was taken and is not on the next page")
        image = self._browser.get(f"/pictures/{self._post.id}")
        if image.status != 200 or not image.body.startswith(b"\x89PNG"):
            raise Broken("uploads", f"the image that was uploaded answers HTTP {image.status}")
        self._image = image.body
        self._note("an image was uploaded and is shown")
        return self._post

    def _find(self, page: Page, words: str) -> Post | None:
        for article in re.findall(r"<article\b.*?</article>", page.text, re.DOTALL):
            if words in html.unescape(article):
                head = re.search(r'id="micropost-(\d+)"(?:[^>]*data-picture-key="([^"]+)")?', article)
                return Post(words, head[1], head[2] or "") if head else None
        return None

    def _look_at_the_object(self, post: Post) -> None:
        if self._object_of is None:
            return
        kept = self._object_of(post.key)
        if kept is None:
            raise Broken("uploads", f"the image is shown, but the bucket has no object {post.key}")
        if kept != self._image:
            raise Broken("uploads", f"the object {post.key} is not the image that is shown")
        self._note("the image was found in the bucket")

    def _look_from_every_server(self, post: Post) -> None:
        """What one server wrote, each must read: one database, and no server's own."""
        end = time.monotonic() + self._patience
        waiting = set(self._servers)
        last: Page | None = None
        while waiting:
            if time.monotonic() > end:
                server = sorted(waiting)[0]
                said = f"; the last answer was HTTP {last.status} from {last.server}" if last else ""
                raise Broken("server", f"it never showed the row that another server wrote{said}", server)
            try:
                last = self._browser.get("/")
            except Unreachable:
                time.sleep(PAUSE)
                continue
            if last.status == 200 and self._find(last, post.words):
                waiting.discard(last.server)
        self._note(f"the row was read from the database by {', '.join(self._servers)}")


def unproved(mailbox: Any, object_of: Any) -> list[str]:
    """What a smoke test without these could not look at."""
    found = []
    if mailbox is None:
        found.append("that mail is received: no domain of the stack receives any")
    if object_of is None:
        found.append("that the image is in the bucket: no bucket was named")
    return found
