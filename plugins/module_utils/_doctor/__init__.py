# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What reads an application before it is deployed. Private to this collection."""

from __future__ import annotations
