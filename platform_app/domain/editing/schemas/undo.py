"""What a bulk change replaced, as it is stored to undo it."""

from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from platform_app.domain.catalog.schemas import ListingInput, VariantInput


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class VariantBefore(_Frozen):
    """A variant's values before a bulk change, and its stock after it; None sells without a limit."""

    choice: tuple[str, ...]
    price: int
    compare_at: int | None
    quantity: int | None
    new_quantity: int | None

    def restored_quantity(self, current: int | None) -> int | None:
        """The stock as it would be without the change: what was sold since stays sold."""
        if self.quantity is None or self.new_quantity is None or current is None:
            return self.quantity
        return max(0, self.quantity + current - self.new_quantity)


class ListingBefore(_Frozen):
    """A listing's variants before a bulk change, and the version that the change gave it."""

    listing_id: UUID
    version: int
    variants: tuple[VariantBefore, ...]

    @classmethod
    def of(cls, before: ListingInput, after: ListingInput, *, listing_id: UUID, version: int) -> Self:
        """What turns a listing after the change into the one before it."""
        return cls(
            listing_id=listing_id,
            version=version,
            variants=tuple(
                VariantBefore(
                    choice=each.choice,
                    price=each.price,
                    compare_at=each.compare_at,
                    quantity=each.quantity,
                    new_quantity=changed.quantity,
                )
                for each, changed in zip(before.variants, after.variants, strict=True)
            ),
        )

    def with_prices(self, listing_input: ListingInput) -> ListingInput:
        """The listing with its former prices."""
        by_choice = {each.choice: each for each in self.variants}
        return _with_variants(
            listing_input,
            [
                {"price": by_choice[each.choice].price, "compare_at": by_choice[each.choice].compare_at}
                for each in listing_input.variants
            ],
        )

    def with_stock(self, listing_input: ListingInput) -> ListingInput:
        """The listing with its former stock, less what was sold since."""
        by_choice = {each.choice: each for each in self.variants}
        return _with_variants(
            listing_input,
            [{"quantity": by_choice[each.choice].restored_quantity(each.quantity)} for each in listing_input.variants],
        )


def _with_variants(listing_input: ListingInput, values: list[dict[str, int | None]]) -> ListingInput:
    variants: tuple[VariantInput, ...] = tuple(
        each.model_copy(update=changed) for each, changed in zip(listing_input.variants, values, strict=True)
    )
    return listing_input.model_copy(update={"variants": variants})
