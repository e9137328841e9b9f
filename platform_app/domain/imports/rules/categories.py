"""Find our category for the words of a file, which may be a path or several."""

import re
from collections.abc import Iterator, Sequence

from slugify import slugify

from platform_app.domain.catalog.schemas import Category

_LIST = re.compile(r"(?<!\\)[,;|\n]")
_STEP = re.compile(r"\s*(?:>|»|→|::|\|)\s*")
_SLASH = re.compile(r"(?<!\\)/")
_SPELLINGS = {"jewelry": "jewellery", "color": "colour", "gray": "grey", "pajama": "pyjama"}


def match(tree: Sequence[Category], label: str | None) -> str | None:
    """The slug of the most specific category that a part of the label names; None if nothing matches."""
    if not label:
        return None
    if any(category.slug == label for category in tree):
        return label
    known = {_normalize(name): category for category in reversed(tree) for name in (category.slug, category.name)}
    found = [known[name] for part in _parts(label) if (name := _normalize(part)) in known]
    # Of equally specific ones the first listed; `_parts` gives the last step of a path first.
    return max(found, key=lambda category: category.depth).slug if found else None


def last_step(label: str) -> str:
    """The words for a category that we do not have: the last step of the first path."""
    first = next((part for part in _LIST.split(label.strip()) if part.strip()), label)
    steps = [part.strip() for part in _STEP.split(first) if part.strip()]
    if steps and steps[-1].startswith("/"):  # a path such as `/kitchen/mugs`; elsewhere a slash may be part of a name
        steps = [part.strip() for part in _SLASH.split(steps[-1]) if part.strip()]
    return steps[-1].replace("\\,", ",").replace("\\/", "/") if steps else ""


def _parts(label: str) -> Iterator[str]:
    """The label, then its paths, their steps and the steps' words between slashes, from last to first."""
    yield label
    for path in _LIST.split(label):
        yield path
        for step in reversed(_STEP.split(path)):
            yield step
            yield from reversed(_SLASH.split(step))
    yield from reversed(_STEP.split(label))


def _normalize(name: str) -> str:
    """A name in one spelling, without its case, hyphens, spaces and plural ending."""
    singular = slugify(name.replace("\\,", ","), separator="").removesuffix("s")
    for american, british in _SPELLINGS.items():
        singular = singular.replace(american, british)
    return singular
