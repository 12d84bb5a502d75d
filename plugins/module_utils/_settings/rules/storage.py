# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with the inputs about buckets and keys; see validation.py."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._settings.forms import Range, form_problems, shown

Inputs = dict[str, Any]

_BUCKETS = {
    "railyard_uploads_bucket": "files",
    "railyard_artifacts_bucket": "builds",
    "railyard_logs_bucket": "logs",
    "railyard_mail_bucket": "mail",
}
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
RESERVED_STARTS = ("xn--", "sthree-", "amzn-s3-demo-")
RESERVED_ENDS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
_ACCOUNT = "{account}"
_KEYS = {"railyard_storage_kms_key_arn": True, "rds_kms_key_id": False, "elasticache_kms_key_id": False, "ec2_volume_kms_key": False}
_KEY_ID = r"(?:mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
_ARN = re.compile(rf"arn:aws(?:-[a-z]+)*:kms:([a-z0-9-]+):([0-9]{{12}}):key/{_KEY_ID}")

# The lifecycle of S3 knows no day 0; where 0 means for ever the role leaves the rule out.
_RANGES = (
    *(
        Range(f"s3_{what}_days", 1, 36500, "a number of days", example)
        for what, example in (
            ("uploads_noncurrent", "90"),
            ("artifacts_noncurrent", "7"),
            ("mail_noncurrent", "7"),
            ("incomplete_upload", "7"),
            ("logs_expire", "90"),
        )
    ),
    # Longer than a run may be late.
    Range("s3_schedule_expire_days", 2, 365, "a number of days from 2 on", "7"),
    *(Range(f"s3_{what}_expire_days", 0, 36500, "a number of days (0 keeps all)", "90") for what in ("artifacts", "mail")),
)


def bucket_problems(inputs: Inputs) -> list[str]:
    """Names that S3 refuses, or that stand for two buckets, and days that no lifecycle has."""
    return [*form_problems(inputs, (), _RANGES), *_name_problems(inputs), *_twins(inputs)]


def _example(inputs: Inputs, use: str) -> str:
    return f"{str(inputs.get('railyard_stack')).lower()}-{use}-{_ACCOUNT}"


def _name_problems(inputs: Inputs) -> list[str]:
    problems = []
    for name, use in _BUCKETS.items():
        why = name_problem(str(inputs[name])) if name in inputs else ""
        if why:
            problems.append(
                f"{name} is '{shown(inputs[name])}', {why}; write small letters, digits and hyphens, such as {_example(inputs, use)}, "
                "where {account} becomes your account's id."
            )
    return problems


def name_problem(given: str) -> str:
    """Why S3 takes no such name, or this project none; empty where both do."""
    name = given.replace(_ACCOUNT, "123456789012")
    if "{" in name or "}" in name:
        return "in which only {account} stands for something"
    if not 3 <= len(name) <= 63:
        return f"which has {len(name)} characters where S3 takes 3 to 63"
    if "." in name:
        return "whose dots the certificate of S3 does not cover"
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", name):
        return "which S3 takes no bucket's name to be"
    reserved = [part for part in RESERVED_STARTS if name.startswith(part)] + [part for part in RESERVED_ENDS if name.endswith(part)]
    return f"in which S3 keeps '{reserved[0]}' to itself" if reserved else ""


def _twins(inputs: Inputs) -> list[str]:
    given = [(name, str(inputs[name])) for name in _BUCKETS if inputs.get(name)]
    return [
        f"{name} is '{value}', as {earlier} is: they have other owners, encryption and lifecycle, so write another, such as {_example(inputs, _BUCKETS[name])}."
        for index, (name, value) in enumerate(given)
        for earlier, other in given[:index]
        if value == other
    ]


def foreign_problems(inputs: Inputs, owners: dict[str, str]) -> list[str]:
    """Buckets of other accounts; ``owners`` is what s3_bucket_owner_info answered about the names that were asked for."""
    return [
        f"{name} is '{inputs[name]}', which another account has already (names are unique among all accounts of AWS), or which these "
        f"credentials may not see; choose another, such as {_example(inputs, use)}, where {_ACCOUNT} becomes your account's id."
        for name, use in _BUCKETS.items()
        if owners.get(str(inputs.get(name))) == "other"
    ]


def key_problems(inputs: Inputs, account: str = "") -> list[str]:
    """Keys of KMS: of a form that AWS knows, in the stack's region, and (where ``account`` is known) of the account."""
    region = str(inputs.get("railyard_region"))
    problems = []
    for name, only_arn in _KEYS.items():
        value = str(inputs.get(name) or "")
        example = f"arn:aws:kms:{region}:{account or '123456789012'}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        advice = f"write the key's ARN, such as {example}, or nothing for AWS's own key. `aws kms list-keys` lists them."
        arn = _ARN.fullmatch(value)
        if arn is None:
            # Policies of IAM name a key by its ARN; services take its id or an alias too.
            fits = not value or (not only_arn and re.fullmatch(rf"{_KEY_ID}|alias/[A-Za-z0-9/_-]{{1,250}}", value))
            problems += [] if fits else [f"{name} is '{shown(value)}', which is no ARN of a key; {advice}"]
        elif arn[1] != region:
            problems.append(f"{name} is '{value}', a key of {arn[1]}, but the stack is in {region}, where it does not exist; {advice}")
        elif account and arn[2] != account:
            # A key of another account may be meant; but its policy has to let this one use it, which cannot be asked here.
            problems.append(f"{name} is '{value}', a key of account {arn[2]}, but these credentials are of {account}; {advice}")
    return problems
