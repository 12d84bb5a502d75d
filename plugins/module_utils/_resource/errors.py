# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one error of modules: what the person has to mend."""

from __future__ import annotations


class ResourceError(Exception):
    """Something the person has to mend; the text says what is wrong, the value seen and what helps."""
