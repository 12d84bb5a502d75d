"""Plans by the role that only looks: a comment of the pull request, and an issue about what was changed by hand.

Of the cloud alone: whoever opens a pull request runs code in it, so that it has no way to the servers.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from tools.ci import github, login, markdown, playbook

LABEL = "railyard-drift"


def comment() -> int:
    """Make a plan and write it as a comment of the pull request, if the run is for one; returns the exit status."""
    number = github.pull_request()
    status, records, about = _planned()
    url = github.run_url()
    text = markdown.failed(*about, url) if status else markdown.plan(records, *about, url)
    if number is not None:
        github.GitHub.here().comment(number, markdown.marker("plan", *about), text)
    github.summary(text)
    return status


def drift() -> int:
    """Open, mend or close the issue about what is not as it is described; returns the exit status of the plan."""
    status, records, about = _planned()
    if status:
        # Whether something drifted nobody knows: the failed run is what people are told of.
        return status
    found, hidden = github.GitHub.here(), markdown.marker("drift", *about)
    if records:
        text = markdown.drift(records, *about, github.run_url())
        found.issue(LABEL, hidden, f"{about[0]} in {about[1]} is not as it is described", text)
        github.summary(text)
    else:
        found.close(LABEL, hidden, f"Everything is as it is described again. {github.run_url()}".strip())
        github.summary(f"Nothing of {markdown.code(about[0])} drifted.")
    return 0


def _planned() -> tuple[int, list[dict[str, Any]], tuple[str, str]]:
    """Exit status, the plan, and whose it is: stack and region."""
    about = playbook.about()
    environment = login.environment(os.environ)
    with tempfile.TemporaryDirectory(prefix="railyard-ci-") as folder:
        file = Path(folder) / "plan.json"
        environment |= {"RAILYARD_PLAN_FILE": str(file), "RAILYARD_STATE_DIR": folder}
        status = playbook.run(["playbooks/plan.yml", "--check", "--diff", "--limit", "localhost:cloud"], environment)
        return status, json.loads(file.read_text("utf-8")) if not status else [], about
