# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""List prices of AWS in US dollars, without taxes, free tiers and discounts.

They are on-demand list prices as known to the authors at ``DATE``, written down by hand from AWS's public price pages: nothing
here asks AWS, AWS changes prices without notice, and its calculator (https://calculator.aws) has the last word. Who brings
the table up to date compares every figure with those pages and moves ``DATE``.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

DATE = date(2025, 6, 30)
SOURCE = "list prices written down by hand"
#: Days after which the table is called old.
OLD = 180
#: What AWS takes a month to be.
HOURS = 730

#: Sizes of burstable servers, each twice the one before; their prices too.
_SIZES = ("nano", "micro", "small", "medium", "large", "xlarge", "2xlarge")


def _doubling(family: str, first: str, smallest: str = "nano") -> dict[str, Decimal]:
    """Hourly prices of a family whose sizes double in price, from that of the smallest."""
    sizes = _SIZES[_SIZES.index(smallest) :]
    return {f"{family}.{size}": Decimal(first) * 2**step for step, size in enumerate(sizes)}


def _listed(family: str, prices: str, smallest: str = "micro") -> dict[str, Decimal]:
    """Hourly prices of a family, one for each size from the smallest on."""
    sizes = _SIZES[_SIZES.index(smallest) :]
    return {f"{family}.{size}": Decimal(price) for size, price in zip(sizes, prices.split(), strict=False)}


#: Region → what is billed there → dollars. An hour of servers, databases (one zone), cache nodes (Redis) and gateways; a GB of
#: what says so, a month of disks, logs that are kept, and what is billed by the month.
PRICES: dict[str, dict[str, Decimal]] = {
    "us-east-1": {
        "nat_gateway": Decimal("0.045"),
        "nat_gateway_gb": Decimal("0.045"),
        "load_balancer": Decimal("0.0225"),
        "load_balancer_lcu": Decimal("0.008"),
        "vpc_endpoint": Decimal("0.010"),
        "vpc_endpoint_gb": Decimal("0.010"),
        "volume_gp3": Decimal("0.08"),
        "database_storage": Decimal("0.115"),
        "log_ingested_gb": Decimal("0.50"),
        "log_stored": Decimal("0.03"),
        "bucket_gb": Decimal("0.023"),
        **_doubling("t3", "0.0052"),
        **_doubling("t4g", "0.0042"),
        **_listed("t2", "0.0116 0.023 0.0464 0.0928"),
        **_listed("db.t4g", "0.016 0.032 0.065 0.129 0.258 0.517"),
        **_listed("db.t3", "0.017 0.034 0.068 0.136 0.272 0.544"),
        **_listed("cache.t4g", "0.016 0.032 0.065"),
        **_listed("cache.t3", "0.017 0.034 0.068"),
    },
    "ap-northeast-1": {
        "nat_gateway": Decimal("0.062"),
        "nat_gateway_gb": Decimal("0.062"),
        "load_balancer": Decimal("0.0243"),
        "load_balancer_lcu": Decimal("0.008"),
        "vpc_endpoint": Decimal("0.014"),
        "vpc_endpoint_gb": Decimal("0.010"),
        "volume_gp3": Decimal("0.096"),
        "database_storage": Decimal("0.138"),
        "log_ingested_gb": Decimal("0.76"),
        "log_stored": Decimal("0.033"),
        "bucket_gb": Decimal("0.025"),
        **_doubling("t3", "0.0068"),
        **_doubling("t4g", "0.0054"),
        **_listed("t2", "0.0152 0.0304 0.0608 0.1216"),
        **_listed("db.t4g", "0.025 0.051 0.101 0.202 0.403 0.806"),
        **_listed("db.t3", "0.026 0.052 0.104 0.208 0.416 0.832"),
        **_listed("cache.t4g", "0.024 0.048 0.096"),
        **_listed("cache.t3", "0.026 0.052 0.103"),
    },
    "eu-central-1": {
        "nat_gateway": Decimal("0.052"),
        "nat_gateway_gb": Decimal("0.052"),
        "load_balancer": Decimal("0.027"),
        "load_balancer_lcu": Decimal("0.008"),
        "vpc_endpoint": Decimal("0.012"),
        "vpc_endpoint_gb": Decimal("0.010"),
        "volume_gp3": Decimal("0.0952"),
        "database_storage": Decimal("0.137"),
        "log_ingested_gb": Decimal("0.63"),
        "log_stored": Decimal("0.0324"),
        "bucket_gb": Decimal("0.0245"),
        **_doubling("t3", "0.0060"),
        **_doubling("t4g", "0.0048"),
        **_listed("t2", "0.0134 0.0268 0.0536 0.1072"),
        **_listed("db.t4g", "0.019 0.038 0.077 0.154 0.307 0.614"),
        **_listed("db.t3", "0.020 0.040 0.080 0.160 0.320 0.640"),
        **_listed("cache.t4g", "0.018 0.037 0.074"),
        **_listed("cache.t3", "0.019 0.038 0.077"),
    },
}

#: The same everywhere. A month each, but for the public address, which is an hour.
EVERYWHERE: dict[str, Decimal] = {
    "public_ipv4": Decimal("0.005"),
    "alarm": Decimal("0.10"),
    "dashboard": Decimal("3.00"),
    "secret": Decimal("0.40"),
    "hosted_zone": Decimal("0.50"),
    "kms_key": Decimal("1.00"),
    "mail_thousand": Decimal("0.10"),
}

#: What Valkey's nodes cost of what Redis' do.
VALKEY = Decimal("0.8")


def price(what: str, region: str) -> Decimal | None:
    """Dollars, or None where the table has no price."""
    return EVERYWHERE.get(what) or PRICES.get(region, {}).get(what)


def age_warning(today: date) -> str:
    """A sentence when the table is old; empty while it is not."""
    days = (today - DATE).days
    if days <= OLD:
        return ""
    return f"The table of prices is {days} days old: compare with https://calculator.aws before you decide by it."
