"""Size limits of imports in bytes. All are checked while the file streams, before the data is processed."""

from platform_app.domain.imports.errors import FileRefused

_MIB = 1 << 20

# The longest description that the catalog accepts: 50,000 characters of four bytes.
MAX_CELL_BYTES = 200_000
# Five such cells. The reader and the worker hold at least one row in memory.
MAX_ROW_BYTES = _MIB
# A quoted CSV row may span lines: the reader looks for its end up to this size, counting 64 bytes extra per cell.
MAX_RECORD_BYTES = 8 * _MIB
# Column names are stored in the run, which its page reloads after each batch.
MAX_NAME_BYTES = 1000
# The file is in /tmp while it is read, which in the cluster is 256 MiB of the pod's memory. The text of its rows has
# the same limit, so that a workbook that repeats a string counts like the equivalent CSV.
MAX_FILE_BYTES = 192 * _MIB
# The XML of a workbook streams through its reader: it costs time, not memory.
MAX_UNPACKED_BYTES = 1024 * _MIB
# A workbook's shared strings precede its cells and are the only part that the reader keeps in memory.
MAX_STRINGS_BYTES = 64 * _MIB
# The address space of the workbook reader process. Twice this is still below the memory limit of a worker's pod.
READER_MEMORY = 384 * _MIB
# CPU time of the workbook reader process, a twelfth of its job's timeout.
READER_SECONDS = 300
# The rows of one product are processed together: 500 variants, their pictures and as many rejected rows.
MAX_PRODUCT_ROWS = 2000
MAX_PRODUCT_BYTES = 8 * _MIB
# The size of one batch; as Python objects it takes several times as much.
BATCH_ROWS = 5000
BATCH_BYTES = 16 * _MIB
# The staged rows of one run: a file of the maximum size, plus a column name per cell.
MAX_RUN_BYTES = 512 * _MIB
# The staged rows of all a shop's runs until their reports are archived: two of the maximum size.
MAX_SHOP_BYTES = 1024 * _MIB
_CELL = 6  # JSON quotes, colon and comma per cell


def text_bytes(text: str) -> int:
    """The size of a text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode())


def staged_bytes(cells: dict[str, str]) -> int:
    """The size of a row in the database."""
    return sum(text_bytes(name) + text_bytes(cell) + _CELL for name, cell in cells.items())


def require_file(size: int) -> None:
    """Raise FileRefused if a stored file is too large to read."""
    if size > MAX_FILE_BYTES:
        raise FileRefused(
            f"The file has {size:,} bytes; the limit is {MAX_FILE_BYTES:,}. Split it and import the parts."
        )


def require_run(size: int, *, line: int) -> None:
    """Raise FileRefused if the rows of a run up to this line are too large."""
    if size > MAX_RUN_BYTES:
        raise FileRefused(
            f"The rows up to line {line:,} take {size:,} bytes; the limit for one import is {MAX_RUN_BYTES:,}. "
            "Split the file and import the parts."
        )


def require_shop(size: int) -> None:
    """Raise FileRefused if a shop's runs together are too large."""
    if size > MAX_SHOP_BYTES:
        raise FileRefused(
            f"With this file, the shop's open imports take {size:,} bytes; the limit is {MAX_SHOP_BYTES:,}. "
            "Run or discard one of them, then upload this file again."
        )
