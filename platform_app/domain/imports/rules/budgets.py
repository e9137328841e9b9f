"""How many bytes an import may cost. Each is counted while the file streams, before anything is done with them."""

from platform_app.domain.imports.errors import FileRefused

_MIB = 1 << 20

# The longest description that the catalog takes: 50,000 characters of four bytes.
MAX_CELL_BYTES = 200_000
# Five such cells. A row is the least that is held in memory, by the reader and by the worker.
MAX_ROW_BYTES = _MIB
# A CSV row ends where its quotes do: this much is read in search of its end, and counted with 64 bytes a cell.
MAX_RECORD_BYTES = 8 * _MIB
# Names of columns stand in the run, which its page loads again at each batch.
MAX_NAME_BYTES = 1000
# A file waits in /tmp while it is read, which in the cluster is 256 MiB of the pod's memory. The text of its rows may
# have no more, so that a workbook that repeats a string is counted like the CSV it stands for.
MAX_FILE_BYTES = 192 * _MIB
# The XML of a workbook streams through its reader: it costs time, not memory.
MAX_UNPACKED_BYTES = 1024 * _MIB
# A workbook's shared strings come before its cells and are the one part that its reader keeps whole.
MAX_STRINGS_BYTES = 64 * _MIB
# The address space of a workbook's reader. Twice this is still below the memory limit of a worker's pod.
READER_MEMORY = 384 * _MIB
# Processor time of a workbook's reader, a twelfth of what its job may take.
READER_SECONDS = 300
# Rows of one product are worked on together: 500 variants, their pictures and as many rows again that are refused.
MAX_PRODUCT_ROWS = 2000
MAX_PRODUCT_BYTES = 8 * _MIB
# What a batch loads; Python's objects for it are several times as large.
BATCH_ROWS = 5000
BATCH_BYTES = 16 * _MIB
# What a run copies into the database: a file of the largest size, with the name of each cell's column.
MAX_RUN_BYTES = 512 * _MIB
# What all runs of a shop have there at once, until their reports are archived: two of the largest.
MAX_SHOP_BYTES = 1024 * _MIB
_CELL = 6  # the quotes, colon and comma of a cell


def text_bytes(text: str) -> int:
    """The size of a text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode())


def staged_bytes(cells: dict[str, str]) -> int:
    """What a row costs in the database."""
    return sum(text_bytes(name) + text_bytes(cell) + _CELL for name, cell in cells.items())


def require_file(size: int) -> None:
    """FileRefused when a stored file is too large to be read."""
    if size > MAX_FILE_BYTES:
        raise FileRefused(
            f"The file has {size:,} bytes; {MAX_FILE_BYTES:,} is the most. Split it and import the parts."
        )


def require_run(size: int, *, line: int) -> None:
    """FileRefused when the rows of a run cost too much up to this line."""
    if size > MAX_RUN_BYTES:
        raise FileRefused(
            f"The rows take {size:,} bytes up to line {line:,}; {MAX_RUN_BYTES:,} is the most for one import. "
            "Split the file and import the parts."
        )


def require_shop(size: int) -> None:
    """FileRefused when the runs of a shop together cost too much."""
    if size > MAX_SHOP_BYTES:
        raise FileRefused(
            f"With this file the shop's open imports take {size:,} bytes; {MAX_SHOP_BYTES:,} is the most. "
            "Run or discard one of them, then upload this file again."
        )
