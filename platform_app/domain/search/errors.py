"""What can be wrong with a search."""

from collections.abc import Mapping, Sequence

from platform_app.domain.shared.errors import Invalid


class SearchTooBroad(Invalid):
    """More combinations of facet values than one search may look for; `fields` has each facet that multiplies."""

    def __init__(self, chosen: Mapping[str, Sequence[str]], *, count: int, limit: int) -> None:
        """Say how many there are, and of which facet to choose less."""
        many = {name: len(values) for name, values in chosen.items() if len(values) > 1}
        product = " × ".join(f"{number} of {name}" for name, number in many.items())
        super().__init__(
            f"{product} make {count:,} combinations; one search takes {limit}. Choose fewer values, or search several times.",
            fields={name: f"{number} values; choose fewer." for name, number in many.items()},
        )
