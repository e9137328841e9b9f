"""A streaming reader for multipart forms: first the fields, then one file in chunks, never the whole file at once."""

from python_multipart.multipart import MultipartParser, parse_options_header

MAX_FIELD_BYTES = 16 * 1024  # of all fields together, including names
MAX_PARTS = 30
FILE = "file"


class MalformedForm(Exception):
    """The form cannot be read; the message says why."""


class MultipartReader:
    """`feed` it the received bytes; `take_chunk` returns the new part of the file.

    Data after the file is skipped, as S3 does.
    """

    def __init__(self, boundary: bytes) -> None:
        self.fields: dict[str, str] = {}
        self.file_type = ""
        self.has_file = False
        self.is_complete = False
        self._is_in_file = False
        self._chunk, self._value = bytearray(), bytearray()
        self._header, self._headers = bytearray(), dict[bytes, bytes]()
        self._field_bytes = self._parts = 0
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._on_part_begin,
                "on_header_field": self._on_header_field,
                "on_header_value": self._on_header_value,
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers_finished,
                "on_part_data": self._on_part_data,
                "on_part_end": self._on_part_end,
                "on_end": self._on_end,
            },
        )

    def feed(self, chunk: bytes) -> None:
        """Process received bytes; MalformedForm, or the parser's own FormParserError."""
        self._parser.write(chunk)

    def take_chunk(self) -> bytes:
        """The part of the file received since the last call."""
        chunk = bytes(self._chunk)
        self._chunk.clear()
        return chunk

    def _on_part_begin(self) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise MalformedForm(f"it has more than {MAX_PARTS} fields.")
        self._headers.clear()
        self._header.clear()
        self._value.clear()

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        self._headers[bytes(self._header).lower()] = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _on_headers_finished(self) -> None:
        self._name = self._field_name()
        self._count_field_bytes(len(self._name))
        self._is_in_file = self._name == FILE
        if self._is_in_file and self.has_file:
            raise MalformedForm("it has more than one file.")
        if self._is_in_file:
            self.has_file = True
            kind, _ = parse_options_header(self._headers.get(b"content-type", b"").decode("latin-1"))
            self.file_type = kind.decode("latin-1")

    def _field_name(self) -> str:
        kind, options = parse_options_header(self._headers.get(b"content-disposition", b"").decode("latin-1"))
        if kind != b"form-data" or b"name" not in options:
            raise MalformedForm("one of its fields has no name.")
        return options[b"name"].decode("latin-1")

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._is_in_file:
            self._chunk += data[start:end]
            return
        self._count_field_bytes(end - start)
        self._value += data[start:end]

    def _on_part_end(self) -> None:
        if self._is_in_file or self.has_file:
            return
        if self._name in self.fields:
            raise MalformedForm(f'it has more than one "{self._name[:40]}".')
        self.fields[self._name] = self._value.decode("utf-8", errors="replace")

    def _on_end(self) -> None:
        self.is_complete = True

    def _count_field_bytes(self, size: int) -> None:
        self._field_bytes += size
        if self._field_bytes > MAX_FIELD_BYTES:
            raise MalformedForm(f"its fields have more than {MAX_FIELD_BYTES} bytes.")


def parse_boundary(content_type: str) -> bytes | None:
    """The boundary of a multipart form; None for any other body."""
    kind, options = parse_options_header(content_type)
    return options.get(b"boundary") if kind == b"multipart/form-data" else None
