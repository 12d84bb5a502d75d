# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Amounts of US dollars as people read them. Pure."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from ansible_collections.railyard.aws.plugins.module_utils._prices.cost import Cost


def dollars(value: Decimal, digits: int = 2) -> str:
    """An amount as people write it."""
    return f"{value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP):,}"


def known(cost: Cost) -> str:
    """What a thing costs a month: ``7.30``, ``7.30 + ?`` where a part has no price, ``?`` where nothing has one."""
    if not cost.unknown:
        return dollars(cost.monthly)
    return f"{dollars(cost.monthly)} + ?" if cost.monthly else "?"


def added(cost: Cost) -> str:
    """The same of a change, with its sign."""
    text = known(cost)
    return f"+{text}" if cost.monthly > 0 else text
