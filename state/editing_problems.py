"""What is wrong with a listing that could not be saved: every field, named and linked, until it is mended."""

from collections.abc import Mapping
from dataclasses import dataclass

import reflex as rx

from platform_app.domain.editing.schemas.content import ListingContent
from state.studio import StudioPage

FIELD_LABELS = {
    "title": ("Title", "listing-title"),
    "slug": ("Web address", "listing-slug"),
    "description": ("Description", "listing-description"),
    "category": ("Category", "listing-category"),
    "condition": ("Condition", "listing-condition"),
    "tags": ("Tags", "listing-tags"),
    "properties": ("Details", "detail-name"),
    "pictures": ("Pictures", "pictures-choose"),
    "option": ("Options", "new-option"),
    "options": ("Options", "new-option"),
    "variants": ("Price and stock", "cell-0-price"),
}
CELL_LABELS = {
    "price": "Price",
    "compare_at": "Original price",
    "stock": "Stock",
    "sku": "SKU",
    "barcode": "Barcode",
    "weight": "Weight",
    "measure": "Contents",
    "base_measure": "Unit price for",
    "picture": "Picture",
}


@dataclass(frozen=True)
class ProblemView:
    """A field with a problem: `target` is the id of its element in the page."""

    target: str
    label: str
    message: str


class ProblemsPage(StudioPage, mixin=True):
    """A page with the problems of a listing. `refusals` counts the saves that were refused, which shows the summary."""

    errors: rx.Field[dict[str, str]] = rx.field(default_factory=dict)  # by field
    problems: rx.Field[list[ProblemView]] = rx.field(default_factory=list)
    problem_summary: rx.Field[str] = rx.field("")
    refusals: rx.Field[int] = rx.field(0)
    is_refused: rx.Field[bool] = rx.field(False)  # then every change shows what is still wrong

    def _show_problems(self, errors: Mapping[str, str], content: ListingContent) -> None:
        if errors == self.errors:
            return
        self.errors = dict(errors)
        self.problems = problem_views(errors, content)
        self.problem_summary = summary(len(errors))

    def _refuse(self, errors: Mapping[str, str], content: ListingContent) -> None:
        """Show why a save was refused, and move the focus there."""
        self._show_problems(errors, content)
        self.is_refused = True
        self.refusals += 1

    def _clear_problems(self) -> None:
        self.errors, self.problems, self.problem_summary = {}, [], ""
        self.is_refused, self.refusals = False, 0


def summary(count: int) -> str:
    """How much is to be mended; empty if nothing is."""
    if not count:
        return ""
    return f"{count} {'field needs' if count == 1 else 'fields need'} a change before this can be saved."


def problem_views(errors: Mapping[str, str], content: ListingContent) -> list[ProblemView]:
    """The problems in the order of their fields."""
    return [ProblemView(*_target(field, content), message) for field, message in errors.items()]


def _target(field: str, content: ListingContent) -> tuple[str, str]:
    """The id of a field's element, and its name for people."""
    name, _, rest = field.partition(".")
    index_text, _, column = rest.partition(".")
    index = int(index_text) if index_text.isdigit() else -1
    if name == "variants" and 0 <= index < len(content.variants) and column in CELL_LABELS:
        choice = " / ".join(content.variants[index].choice)
        label = CELL_LABELS[column]
        return f"cell-{index}-{column}", f"{label} of {choice}" if choice else label
    if name == "value" and 0 <= index < len(content.options):
        return f"new-value-{index}", content.options[index].name
    label, target = FIELD_LABELS.get(name, ("Listing", "listing-title"))
    return target, label
