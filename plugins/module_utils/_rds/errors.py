# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The error of the RDS modules."""

from __future__ import annotations


class DatabaseError(Exception):
    """Something the person has to mend; the text says what is wrong, the value seen and what helps."""
