"""The book as a file: one page of HTML, an EPUB or Markdown. The same campaign gives the same
bytes."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from sinews import __version__
from sinews.campaign.chronicle.bound import Book, Progress, bind, plain_runs
from sinews.campaign.chronicle.words import dated

if TYPE_CHECKING:
    from sinews.campaign.played import Campaign

KIND = "export"
# In an EPUB a figure is a file of its own, which knows nothing of the page around it.
_INK, _PAPER = "#1d2329", "#ffffff"
_OLDEST = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip file can tell


def html(game: Campaign, progress: Progress | None = None) -> str:
    """The book as one page that asks nothing of the network."""
    return _rendered("book.html.j2", bind(game, progress))


def markdown(game: Campaign, progress: Progress | None = None) -> str:
    """The book as Markdown; its figures in words."""
    return _rendered("book.md.j2", bind(game, progress, drawn=False))


def epub(game: Campaign, progress: Progress | None = None) -> bytes:
    """The book as EPUB 3."""
    return zipped(_files(bind(game, progress)))


FORMS: dict[str, Callable[..., str | bytes]] = {"html": html, "epub": epub, "md": markdown}
"""By the ending of a file's name."""


def made(game: Campaign, form: str, progress: Progress | None = None) -> bytes:
    """The book in a form, as the content of a file."""
    content = FORMS[form](game, progress)
    return content.encode() if isinstance(content, str) else content


def kept_book(game: Campaign, form: str) -> bytes | None:
    """The book in a form as it stands today, if it was made before."""
    return game.store.kept(game.number, KIND, _key(game, form))


def keep_book(game: Campaign, form: str, progress: Progress | None = None) -> bytes:
    """Make the book in a form, unless it is kept, and keep it."""
    found = kept_book(game, form)
    if found is None:
        found = made(game, form, progress)
        game.store.keep(game.number, KIND, _key(game, form), found)
    return found


def _key(game: Campaign, form: str) -> str:
    turns = game.turns
    standing = ",".join(str(d.entry) for d in turns[-1].acts)
    return f"{turns[-1].digest} {game.power or ''} {standing} {form} {__version__}"


def _files(book: Book) -> dict[str, str]:
    """What is in an EPUB, by name, `mimetype` first."""
    leaves = [
        (f"chapter-{leaf.chapter.number:03}.xhtml", leaf, _pictures(leaf)) for leaf in book.leaves
    ]
    pictures = {name: svg for _, _, found in leaves for name, svg in found}
    out = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": _rendered("epub-container.j2", book),
        "OEBPS/content.opf": _rendered(
            "epub-content.j2",
            book,
            pages=[name for name, _, _ in leaves],
            pictures=list(pictures),
        ),
        "OEBPS/nav.xhtml": _rendered("epub-nav.j2", book),
        "OEBPS/style.css": _rendered("book.css", book),
        "OEBPS/title.xhtml": _rendered("epub-title.j2", book),
    }
    for name, leaf, found in leaves:
        names = [picture for picture, _ in found]
        out[f"OEBPS/{name}"] = _rendered("epub-chapter.j2", book, leaf=leaf, pictures=names)
    out["OEBPS/numbers.xhtml"] = _rendered("epub-numbers.j2", book)
    out["OEBPS/made.xhtml"] = _rendered("epub-made.j2", book)
    return out | {f"OEBPS/{name}": svg for name, svg in pictures.items()}


def _pictures(leaf: Any) -> list[tuple[str, str]]:
    return [
        (f"figure-{leaf.chapter.number:03}-{i}.svg", _literal(each.svg))
        for i, each in enumerate(leaf.figures, 1)
    ]


def _literal(svg: str) -> str:
    """A figure that stands alone: in ink, on paper."""
    ground = f'<rect width="100%" height="100%" fill="{_PAPER}"/>'
    svg = svg.replace("currentColor", _INK)
    return re.sub(r"(<svg\b[^>]*>)", rf"\1{ground}", svg, count=1)


def zipped(files: dict[str, str]) -> bytes:
    """Files as a zip archive whose bytes follow from them alone; the first is not compressed."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for i, (name, text) in enumerate(files.items()):
            about = zipfile.ZipInfo(name, _OLDEST)
            about.create_system, about.external_attr = 3, 0o644 << 16
            about.compress_type = zipfile.ZIP_DEFLATED if i else zipfile.ZIP_STORED
            archive.writestr(about, text.encode())
    return out.getvalue()


def _rendered(template: str, book: Book, **words: Any) -> str:
    return _environment().get_template(template).render(book=book, **words)


@lru_cache(1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("sinews.campaign.chronicle"),
        autoescape=lambda name: not (name or "").endswith((".md.j2", ".css")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals |= {"version": __version__, "runs": plain_runs}
    environment.filters |= {"day": lambda d: dated(d, year=True), "md": _escaped, "svg": Markup}
    return environment


def _escaped(text: str) -> str:
    """Text that Markdown takes as it is."""
    return re.sub(r"([\\`*_{}\[\]<>#|~])", r"\\\1", text)
