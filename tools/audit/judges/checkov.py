"""checkov, with the CIS benchmark's checks: what stands in the account, as the template that ``make export`` writes."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator
from typing import Any

from tools.audit.place import Place
from tools.audit.verdict import Finding, Verdict
from tools.export import __main__ as exporting
from tools.verbs.trouble import Trouble


def findings(report: dict[str, Any]) -> tuple[Finding, ...]:
    """Findings: a check and the resource that it fails, ``CKV_AWS_18 AWS::S3::Bucket.BucketUploads``."""
    return tuple(
        Finding(f"{one['check_id']} {one['resource']}", one["check_name"]) for one in report["results"]["failed_checks"]
    )


def judge(place: Place) -> Iterator[Verdict]:
    """The template of the whole stack."""
    file = place.work / "template.yml"
    # What it says of an import is no judge's.
    with contextlib.redirect_stdout(io.StringIO()):
        exporting.export([str(file), *(word for one in place.extra for word in ("-e", one))])
    words = ["--framework", "cloudformation", "--skip-download", "--compact", "--quiet", "--output", "json"]
    done = place.tool("checkov", "--file", str(file), *words)
    try:
        report = json.loads(done.stdout)
        summary = report["summary"]
        found = findings(report)
    except (ValueError, KeyError, TypeError):
        raise Trouble(f"checkov did not judge {file}: {(done.stdout + done.stderr)[-1500:]}") from None
    if summary["parsing_errors"]:
        raise Trouble(f"checkov cannot read {file}: {summary}")
    yield Verdict("checkov", "the template", f"{summary['passed']} passed, {summary['failed']} failed", found)
