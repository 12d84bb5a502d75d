"""What a command printed, as a page that looks like a terminal."""

from __future__ import annotations

import io

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

#: Columns of a terminal that people have.
COLUMNS = 100


def page(text: str) -> str:
    """HTML of text with the colours of a terminal."""
    console = Console(record=True, file=io.StringIO(), width=COLUMNS)
    console.print(Text.from_ansi(text))
    return console.export_html(theme=MONOKAI, inline_styles=True)
