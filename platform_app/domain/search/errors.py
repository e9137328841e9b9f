"""Search errors."""

from collections.abc import Mapping, Sequence

from platform_app.domain.shared.errors import Invalid


class InvalidSynonym(Invalid):
    """A synonym without a word, or in a language without stemming."""


class SearchTooBroad(Invalid):
    """The facet values make too many combinations for one search; `fields` lists each facet with several values."""

    def __init__(self, chosen: Mapping[str, Sequence[str]], *, count: int, limit: int) -> None:
        """Name the number of combinations and the facets to reduce."""
        many = {name: len(values) for name, values in chosen.items() if len(values) > 1}
        product = " × ".join(f"{number} of {name}" for name, number in many.items())
        super().__init__(
            f"{product} make {count:,} combinations; the limit is {limit}. Choose fewer values, or search again.",
            fields={name: f"Choose fewer values ({number} now)." for name, number in many.items()},
        )
