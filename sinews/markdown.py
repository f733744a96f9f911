"""Tables in Markdown, and pages that hold generated parts between two marks."""

from collections.abc import Iterable, Sequence


def grid(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], about: str = "") -> str:
    """A table under its title, with what is said `about` it in between."""
    lines = [f"### {title}", "", *([about, ""] if about else [])]
    for row in (columns, tuple("---" for _ in columns), *rows):
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |")
    return "\n".join(lines) + "\n"


def with_part(text: str, begin: str, end: str, part: str) -> str:
    """A text with what stands between two marks written anew."""
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n{part}\n{end}{after}"
