# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is billed by use, for people: nobody knows beforehand how much it will be. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.railyard.aws.plugins.module_utils._prices.table import price

#: What has a price → for what that is, in English and Korean.
USES: dict[str, tuple[str, str]] = {
    "nat_gateway_gb": ("a GB through a NAT gateway", "NAT 게이트웨이를 지나는 1GB"),
    "load_balancer_lcu": ("an LCU hour of a load balancer", "로드 밸런서의 LCU 1시간"),
    "vpc_endpoint_gb": ("a GB through an endpoint", "엔드포인트를 지나는 1GB"),
    "log_ingested_gb": ("a GB of logs that comes in", "들어오는 로그 1GB"),
    "bucket_gb": ("a GB and month in buckets", "버킷에 담긴 1GB, 한 달"),
    "mail_thousand": ("a thousand mails", "메일 1,000통"),
    "snapshots": ("snapshots, by their size", "스냅숏, 크기만큼"),
}


def uses(keys: Iterable[str], region: str) -> dict[str, str]:
    """All of them in one sentence of each language, such as ``0.062 for a GB through a NAT gateway; ...``."""
    english, korean = [], []
    for key in keys:
        amount, (what, what_korean) = price(key, region), USES[key]
        english.append(f"{amount} for {what}" if amount is not None else what)
        korean.append(f"{what_korean} {amount}" if amount is not None else what_korean)
    return {"en": "; ".join(english), "ko": "; ".join(korean)}
