# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Route 53 wants to know of who registers a domain."""

from __future__ import annotations

#: Parts of a contact without which no registrar takes it.
CONTACT = ("first_name", "last_name", "contact_type", "address_line_1", "city", "country_code", "phone_number", "email")
