"""See ``sandbox/api/overrides.py``."""

#: In the order in which they are applied: one may stand on what those before it did.
MODULES = ("groups",)
