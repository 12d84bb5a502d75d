"""What a picture holds of ACM."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.core.fields import Arn, Checked, NameOfHost


@dataclass(frozen=True)
class Certificate(Checked):
    """A certificate of ACM that some listener uses."""

    arn: Arn
    names: tuple[NameOfHost, ...]  # the first is its common name
