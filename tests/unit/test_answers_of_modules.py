"""What the roles read of answers of other collections' modules is there in every release that is allowed."""

from __future__ import annotations

import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
#: Keys as AWS writes them, which modules of amazon.aws from 11 on write in snake case.
CAMEL = re.compile(
    r"\.(?:HostedZones|ResourceRecordSets|HealthChecks|Config\.\w+)\b|attr\('(?:Name|Id|Type|Config)[.']"
)


def test_zones_and_records_are_read_in_snake_case():
    files = sorted((PROJECT / "roles" / "route53").rglob("*.yml"))
    found = [f"{file.name}: {line}" for file in files for line in file.read_text().splitlines() if CAMEL.search(line)]
    assert files and found == []
