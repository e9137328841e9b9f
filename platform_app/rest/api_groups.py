"""The API groups, which can run in separate processes: one for each noun that has routes, and the pages."""

from pathlib import Path

from platform_app.domain.nouns import NOUNS

FOLDER = Path(__file__).parent
# The pages, the frontend's files, sitemaps and the documentation: every path without a group of its own.
PAGES = "pages"


def route_modules(noun: str) -> tuple[str, ...]:
    """The modules that may contain a noun's routes: the file of its name, or the files of its folder."""
    found = [*FOLDER.glob(f"{noun}.py"), *sorted(FOLDER.glob(f"{noun}/*.py"))]
    names = [path.relative_to(FOLDER).with_suffix("").parts for path in found if path.name != "__init__.py"]
    return tuple(".".join((__package__, *parts)) for parts in names)


GROUPS: tuple[str, ...] = tuple(sorted((*(noun for noun in NOUNS if route_modules(noun)), PAGES)))
