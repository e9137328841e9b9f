"""Serves the files of a build."""

from pathlib import Path

from reflex.utils.precompressed_staticfiles import PrecompressedStaticFiles


class BuildFiles(PrecompressedStaticFiles):
    """The build's files; browsers get a compressed version if there is one."""

    def __init__(self, directory: Path) -> None:
        """Serve this folder."""
        super().__init__(directory=directory, html=True, encodings=("brotli", "gzip"))
