# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with the names of resources: too long, of letters that a service refuses, or one for two things."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._settings.forms import Form, entry_problems, form_problems, shown

Inputs = dict[str, Any]

#: Names of IAM: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_IAM = r"[\w+=,.@-]"
_BALANCER = r"(?!internal-)[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?"
_GROUP = r"(?!sg-)(?!default$)[A-Za-z0-9 ._:/()#,@\[\]+=&;{}!$*-]{1,255}"
_TOPIC = r"[A-Za-z0-9_-]{1,256}"
_SECRET = r"[A-Za-z0-9/_+=.@-]{1,512}"
_PARAMETER = r"(?!/?(?i:aws|ssm))(?:/[A-Za-z0-9_.-]+){1,15}"
_LOGS = r"(?!/?aws/)/[\w./-]{1,511}"
_FORMS = (
    Form("railyard_vpc_name", r"\S(?:.{0,253}\S)?", "a name of at most 255 characters, such as railyard"),
    *(
        Form(
            f"railyard_{which}_security_group_name",
            _GROUP,
            f"a name of at most 255 characters that neither is default nor begins with sg-, such as railyard-{which}",
        )
        for which in ("jump", "alb", "web", "worker", "database", "cache")
    ),
    Form("railyard_operator", r"(?=.*\S)[^\x00-\x1f\x7f\"'\\]{1,128}", "who you are, in one line without quotes, such as ada@laptop"),
    Form("railyard_key_name", r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?", "a name of at most 255 characters of ASCII, such as railyard"),
    Form("railyard_alb_name", _BALANCER, "at most 32 letters, digits and hyphens, no hyphen at an end nor 'internal-' at the start, such as railyard"),
    Form("railyard_target_group_name", _BALANCER, "at most 32 letters, digits and hyphens, no hyphen at an end, such as railyard-web"),
    Form("railyard_web_role_name", _IAM + r"{1,64}", "at most 64 letters, digits and +=,.@_-, such as railyard-web"),
    Form("railyard_flow_role_name", _IAM + r"{1,64}", "at most 64 letters, digits and +=,.@_-, such as railyard-flow"),
    Form("railyard_smtp_user_name", _IAM + r"{1,64}", "at most 64 letters, digits and +=,.@_-, such as railyard-smtp"),
    Form(
        "railyard_permissions_boundary",
        r"|arn:aws(?:-[a-z]+)*:iam::(?:\d{12}|aws|\{account\}):policy/[\w+=,.@/-]+",
        "the ARN of a policy, such as arn:aws:iam::{account}:policy/boundary, or nothing for none",
    ),
    Form("railyard_operators_group", _IAM + r"{1,128}", "at most 128 letters, digits and +=,.@_-, such as railyard-operators"),
    Form("railyard_topic_name", _TOPIC, "at most 256 letters, digits, hyphens and underscores, such as railyard-alarms"),
    Form("railyard_mail_topic_name", _TOPIC, "at most 256 letters, digits, hyphens and underscores, such as railyard-mail"),
    Form("railyard_dashboard_name", r"[A-Za-z0-9_-]{1,255}", "at most 255 letters, digits, hyphens and underscores, such as railyard"),
    Form("railyard_metrics_namespace", r"(?!AWS/)(?!:)[\w./#:-]{1,255}", "at most 255 letters, digits and ._/#:-, not beginning with AWS/, such as railyard"),
    Form("railyard_log_prefix", _LOGS.replace("]{1,511}", r"]{0,200}[\w.-]"), "a name that begins with a slash and ends without one, such as /railyard"),
    Form("railyard_flow_log_group", _LOGS, "a name that begins with a slash, such as /railyard/flow"),
    *(
        Form(name, _SECRET, f"letters, digits and /_+=.@-, such as /railyard/{example}")
        for name, example in (
            ("railyard_app_database_secret", "app/database-password"),
            ("railyard_app_key_secret", "app/secret-key-base"),
            ("railyard_smtp_secret_name", "smtp"),
            ("railyard_app_environment_secret", "app/env"),
            ("app_environment_secret", "app/env"),
            ("app_smtp_secret", "smtp"),
        )
    ),
    *(
        Form(name, _PARAMETER, f"a name that begins with a slash, of letters, digits and _.-/ and not with aws or ssm, such as /railyard/{example}")
        for name, example in (
            ("railyard_app_release_parameter", "app/release"),
            ("railyard_app_receipts_parameter", "app/receipts"),
            ("railyard_lock_parameter", "lock"),
            ("railyard_agent_parameter", "cloudwatch-agent"),
        )
    ),
)
_ENTRIES = (Form("iam_operators", _IAM + r"{1,64}", "names of at most 64 letters, digits and +=,.@_-, such as ada"),)
#: Names of one kind, each for something else.
_KINDS = (
    tuple(f"railyard_{which}_security_group_name" for which in ("jump", "alb", "web", "worker", "database", "cache")),
    ("railyard_web_role_name", "railyard_flow_role_name"),
    ("railyard_topic_name", "railyard_mail_topic_name"),
    ("railyard_app_database_secret", "railyard_app_key_secret", "railyard_smtp_secret_name", "railyard_app_environment_secret"),
    ("railyard_app_release_parameter", "railyard_app_receipts_parameter", "railyard_lock_parameter", "railyard_agent_parameter"),
)


def name_problems(inputs: Inputs) -> list[str]:
    return [*form_problems(inputs, _FORMS, ()), *entry_problems(inputs, _ENTRIES), *_twins(inputs), *_own_users(inputs), *_policy_problems(inputs)]


def _twins(inputs: Inputs) -> list[str]:
    problems = []
    for kind in _KINDS:
        given = [(name, str(inputs[name])) for name in kind if inputs.get(name)]
        problems += [
            f"{name} is '{shown(value)}', as {earlier} is, and they are two things; write two names, or leave both out."
            for index, (name, value) in enumerate(given)
            for earlier, other in given[:index]
            # IAM tells no names apart by small and large letters.
            if value.lower() == other.lower()
        ]
    return problems


def _own_users(inputs: Inputs) -> list[str]:
    smtp, users = str(inputs.get("railyard_smtp_user_name")).lower(), inputs.get("iam_operators")
    return [
        f"iam_operators has '{user}', the user by whom mail is sent (railyard_smtp_user_name); write names of people."
        for user in (users if isinstance(users, list) else ())
        if str(user).lower() == smtp
    ]


_POLICY = {"min_pw_length": (6, 128, "characters"), "pw_max_age": (0, 1095, "days, where 0 is never"), "pw_reuse_prevent": (0, 24, "passwords")}


def _policy_problems(inputs: Inputs) -> list[str]:
    policy = inputs.get("iam_password_policy")
    if not isinstance(policy, dict):
        return []
    return [
        f"iam_password_policy.{name} is '{policy[name]}'; write {lowest} to {highest} {unit}."
        for name, (lowest, highest, unit) in _POLICY.items()
        if re.fullmatch(r"\d+", str(policy.get(name))) and not lowest <= int(policy[name]) <= highest
    ]
