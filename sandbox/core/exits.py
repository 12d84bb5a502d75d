"""Exit codes of the command."""

#: It failed, or something needed is missing; wrong usage; the sandbox is not up.
FAILED, WRONG_USAGE, NOT_UP = 1, 2, 3
