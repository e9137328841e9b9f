"""What applies to every row of a file: its columns, how it writes numbers, and the shop's currency."""

from dataclasses import dataclass, field
from datetime import date

from pydantic import BaseModel, ConfigDict


class RowRefused(Exception):
    """A row is rejected; the message says why."""


class FileProfile(BaseModel):
    """What was learned from a whole file: its used columns, and each price column's decimal mark if it shows one.

    `ignored` are the columns with content that is not imported, `remark` is what the seller has to know about the file.
    """

    model_config = ConfigDict(frozen=True)

    columns: tuple[str, ...] = ()
    decimal_marks: dict[str, str] = {}
    ignored: tuple[str, ...] = ()
    remark: str = ""


@dataclass(frozen=True)
class Reading:
    """How the rows of a file are read. Without a profile, a column exists where a row has a cell."""

    currency: str
    today: date
    profile: FileProfile = field(default_factory=FileProfile)


@dataclass(frozen=True)
class Given:
    """The fields of a listing and its variants that a file has columns for; the others are not to be changed.

    `attributes` are the names that the file can set, None for all names.
    """

    fields: frozenset[str]
    attributes: frozenset[str] | None = None


EVERYTHING = Given(
    frozenset(
        "title description category condition status tags pictures options sku price compare_at quantity picture "
        "barcode weight measure base_measure".split()
    )
)
UNKNOWN_PRICE = 1  # of a variant in a file without prices; merging replaces it by the stored price
