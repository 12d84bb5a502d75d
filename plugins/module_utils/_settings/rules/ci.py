# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with who deploys from CI: a subject that is too wide lets strangers in, and IAM takes it."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._settings.forms import entries, shown

Inputs = dict[str, Any]

REPOSITORIES, BRANCHES, ENVIRONMENTS = "railyard_ci_repositories", "railyard_ci_branches", "railyard_ci_environments"
PLAN, DEPLOY = "railyard_ci_plan_subjects", "railyard_ci_deploy_subjects"
_ISSUER, _AUDIENCE, _SECONDS, _THUMBPRINTS = "railyard_ci_issuer", "railyard_ci_audience", "railyard_ci_session_seconds", "railyard_ci_thumbprints"
_ROLES = ("railyard_ci_plan_role_name", "railyard_ci_deploy_role_name")
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9_.-]{1,100}")
#: What git takes for a branch, and a star after the beginning of its name.
_BRANCH = re.compile(r"[A-Za-z0-9_][\w.+-]*(/[\w.+-]+)*(/\*)?", re.ASCII)
#: Whoever's, of which project, and what of it: all three stand before the first wildcard.
_SUBJECT = re.compile(r"[^:*?\s]+:[^:*?\s]+:[^:*?\s]+.*")
_HTTPS = re.compile(r"https://[a-z0-9.-]+(/[\w./~-]*)?")


def ci_problems(inputs: Inputs) -> list[str]:
    return [
        *_repository_problems(inputs),
        *_branch_problems(inputs),
        *_environment_problems(inputs),
        *(problem for name in (PLAN, DEPLOY) for problem in _subject_problems(inputs, name)),
        *_issuer_problems(inputs),
        *_role_problems(inputs),
    ]


def _wild(text: str) -> bool:
    return "*" in text or "?" in text


def _repository_problems(inputs: Inputs) -> list[str]:
    problems = []
    for one in map(str, entries(inputs, REPOSITORIES)):
        if _wild(one):
            problems.append(
                f"{REPOSITORIES} has '{shown(one)}', by which repositories that do not exist yet could deploy; write each by its own name, such as octo/shop."
            )
        elif not _REPOSITORY.fullmatch(one):
            problems.append(f"{REPOSITORIES} has '{shown(one)}'; write owner and name as GitHub spells them, such as octo/shop.")
    named = entries(inputs, REPOSITORIES) and not problems
    if named and not any(entries(inputs, name) for name in (BRANCHES, ENVIRONMENTS, DEPLOY)):
        problems.append(f"{BRANCHES} is '[]', and {ENVIRONMENTS} too, so that no run could deploy; write the branch that does: {BRANCHES}: [main]")
    return problems


def _branch_problems(inputs: Inputs) -> list[str]:
    return [
        f"{BRANCHES} has '{shown(one)}'; write the name of a branch, such as main, or the beginning of several with a star after a slash: release/*"
        for one in map(str, entries(inputs, BRANCHES))
        if not _BRANCH.fullmatch(one)
    ]


def _environment_problems(inputs: Inputs) -> list[str]:
    return [
        f"{ENVIRONMENTS} has '{shown(one)}'; write the name of an environment of the repository as GitHub has it, such as production."
        for one in map(str, entries(inputs, ENVIRONMENTS))
        if _wild(one) or ":" in one or not one.strip() or not one.isprintable()
    ]


def _subject_problems(inputs: Inputs, name: str) -> list[str]:
    problems = []
    for one in map(str, entries(inputs, name)):
        if not _SUBJECT.fullmatch(one):
            problems.append(
                f"{name} has '{shown(one)}', which covers more than one project's runs of one kind; write whose they are, of which project and for what, and "
                "a star only after that: repo:octo/shop:ref:refs/heads/main"
            )
        elif name == DEPLOY and one.endswith(":pull_request"):
            problems.append(f"{name} has '{shown(one)}', by which anybody's pull request could deploy; write it in {PLAN}.")
    return problems


def _issuer_problems(inputs: Inputs) -> list[str]:
    problems = []
    issuer, audience = inputs.get(_ISSUER), inputs.get(_AUDIENCE)
    if isinstance(issuer, str) and not _HTTPS.fullmatch(issuer):
        problems.append(
            f"{_ISSUER} is '{shown(issuer)}'; write it as its tokens do, with https:// and without a port: https://token.actions.githubusercontent.com"
        )
    if isinstance(audience, str) and (not audience.strip() or _wild(audience)):
        problems.append(f"{_AUDIENCE} is '{shown(audience)}'; write for whom the tokens are, such as sts.amazonaws.com.")
    wrong = [one for one in map(str, entries(inputs, _THUMBPRINTS)) if not re.fullmatch(r"[0-9A-Fa-f]{40}", one)]
    if wrong:
        problems.append(f"{_THUMBPRINTS} has '{shown(wrong[0])}'; write 40 hexadecimal digits without colons, or [] where a public authority signed.")
    seconds = str(inputs.get(_SECONDS, ""))
    if seconds.isdecimal() and not 3600 <= int(seconds) <= 43200:
        problems.append(f"{_SECONDS} is '{seconds}'; write 3600 to 43200, an hour to twelve.")
    return problems


def _role_problems(inputs: Inputs) -> list[str]:
    problems = [
        f"{name} is '{shown(inputs[name])}'; write at most 64 letters, digits and characters of +=,.@_-, such as railyard-ci."
        for name in _ROLES
        if isinstance(inputs.get(name), str) and not re.fullmatch(r"[\w+=,.@-]{1,64}", inputs[name], re.ASCII)
    ]
    plan, deploy = (inputs.get(name) for name in _ROLES)
    if isinstance(plan, str) and plan == deploy:
        problems.append(f"{_ROLES[0]} is '{shown(plan)}', and {_ROLES[1]} too: pull requests would deploy; write two names.")
    key = inputs.get("railyard_ci_key_parameter")
    if isinstance(key, str) and not re.fullmatch(r"(/[\w.-]+){2,15}", key, re.ASCII):
        problems.append(f"railyard_ci_key_parameter is '{shown(key)}'; write a path of letters, digits and . _ - such as /railyard.ci/railyard/ssh-key.")
    elif isinstance(key, str) and key.startswith(f"/{inputs.get('railyard_stack')}/"):
        problems.append(
            f"railyard_ci_key_parameter is '{shown(key)}', below the stack's own parameters, which its servers read; write another, such as /railyard.ci{key}"
        )
    return problems
