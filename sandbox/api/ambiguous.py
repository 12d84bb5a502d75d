"""Requests that can be read in two ways: AWS refuses most of them, the emulator takes one way without a word."""

from __future__ import annotations


class Ambiguous(ValueError):
    """Such a request; the text says which two ways."""
