# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the sample application of every server says about what it stands on, and what is wrong with it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import Any

from ansible.module_utils.sample_app.browser import Browser, Page, Unreachable

#: The command that mends a tier. {server} stands for the server that is meant.
MEND = {
    "database": "ansible-playbook site.yml --tags security,rds,route53,app",
    "cache": "ansible-playbook site.yml --tags security,elasticache,app",
    "uploads": "ansible-playbook site.yml --tags iam,s3,app",
    "mail": "ansible-playbook site.yml --tags ses,app",
    "server": "ansible-playbook playbooks/servers.yml --limit {server}",
    "application": "ansible-playbook site.yml --tags nginx,app",
    "load balancer": "ansible-playbook site.yml --tags security,alb,nginx",
}

#: Slots of a whole cluster, and the kinds of a tier.
SLOTS = 16384
TIERS = ("database", "cache", "uploads", "mail")
#: Seconds between two questions.
PAUSE = 0.5


class Broken(Exception):
    """A tier does not do what it is for.

    :param tier: a key of ``MEND``
    :param what: what was seen
    """

    def __init__(self, tier: str, what: str, server: str | None = None) -> None:
        named = f"server {server}" if tier == "server" else tier
        mend = MEND[tier].format(server=server)
        super().__init__(f"{named[0].upper()}{named[1:]} is broken: {what.rstrip('.')}. Run `{mend}`.")
        self.tier, self.server = tier, server


class TierTable:
    """Asks until every server has told about its tiers, from a look that is not older than the question.

    :param patience: seconds for the whole
    """

    def __init__(self, browser: Browser, servers: Iterable[str], patience: float) -> None:
        self._browser, self._servers, self._patience = browser, list(servers), patience

    def read(self) -> dict[str, dict[str, Any]]:
        """Server name → tiers as its application told them. Raises ``Broken`` for a server that did not tell."""
        start = time.monotonic()
        found: dict[str, dict[str, Any]] = {}
        instead: dict[str | None, str] = {}
        asked = 0
        while set(self._servers) - set(found):
            if asked and time.monotonic() - start > self._patience:
                self._give_up(found, instead)
            # A round over all servers goes without pauses; after that something has to change first.
            if asked >= 2 * len(self._servers):
                time.sleep(PAUSE)
            asked += 1
            try:
                page = self._browser.get("/health/tiers")
            except Unreachable as error:
                instead[None] = str(error)
                continue
            tiers = self._tiers(page)
            if tiers is None:
                instead[page.server] = f"HTTP {page.status} in place of the state of its tiers"
            elif self._new(tiers, time.monotonic() - start) and page.server:
                found[page.server] = tiers
        return {server: found[server] for server in self._servers}

    def _tiers(self, page: Page) -> dict[str, Any] | None:
        try:
            told = json.loads(page.text)
        except ValueError:
            return None
        tiers = told.get("tiers") if isinstance(told, dict) else None
        return tiers if isinstance(tiers, dict) and set(TIERS) <= set(tiers) else None

    def _new(self, tiers: dict[str, Any], elapsed: float) -> bool:
        """Whether the application looked after it was first asked. Mail is believed longer: the smoke test sends some."""
        return all(tier.get("age", 0) <= elapsed for name, tier in tiers.items() if not (name == "mail" and tier.get("state") != "failed"))

    def _give_up(self, found: dict[str, Any], instead: dict[str | None, str]) -> None:
        missing = [server for server in self._servers if server not in found]
        # Nobody told anything: the way to them is broken, not each of them.
        if not found and set(instead) <= {None}:
            raise Broken("load balancer", instead.get(None) or f"{', '.join(missing)} never answered through it")
        if not found and len(missing) > 1 and set(missing) <= set(instead):
            raise Broken("application", f"every server answers {instead[missing[0]]}")
        said = instead.get(missing[0]) or "it never answered through the load balancer, others did"
        raise Broken("server", said, missing[0])


def problems_of(table: dict[str, dict[str, Any]], shards: int | None, mail_required: bool) -> list[Broken]:
    """Everything that is wrong with the tiers, one entry for each of them.

    :param shards: how many the cache must have; None is not compared
    :param mail_required: whether a stack without a mail server is wrong
    """
    found = []
    for tier in TIERS:
        wrong: dict[str, list[str]] = {}
        for server, tiers in table.items():
            problem = _problem(tier, tiers[tier], shards, mail_required)
            if problem:
                wrong.setdefault(problem, []).append(server)
        if wrong:
            words = "; ".join(f"{problem} (seen by {', '.join(servers)})" for problem, servers in wrong.items())
            found.append(Broken(tier, words))
    return found


def _problem(tier: str, told: dict[str, Any], shards: int | None, mail_required: bool) -> str | None:
    if told.get("state") == "failed":
        return str(told.get("reason"))
    if told.get("state") == "unset":
        return "no mail server is set up" if mail_required else None
    detail = told.get("detail") or {}
    if tier == "cache" and detail.get("mode") == "cluster" and detail.get("slots") != SLOTS:
        return f"only {detail.get('slots')} of {SLOTS} slots were written and read"
    if tier == "cache" and shards and detail.get("shards") != shards:
        return f"{detail.get('shards')} of {shards} shards were written and read"
    return None
