"""What public judges say of a stack that stands: ``make audit``, or ``python -m tools.audit``.

Each judge is a tool that others keep, run from an environment of its own, against what a visitor, a person who logs in
or AWS sees. What one finds is mended, or explained in explained.yml; what is neither fails.
"""
