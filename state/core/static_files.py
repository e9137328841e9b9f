"""The files of a build, served by the process itself."""

from pathlib import Path

from reflex.utils.precompressed_staticfiles import PrecompressedStaticFiles


class BuildFiles(PrecompressedStaticFiles):
    """The build's files; a browser gets the compressed twin of a file where there is one."""

    def __init__(self, directory: Path) -> None:
        """Serve this folder."""
        super().__init__(directory=directory, html=True, encodings=("brotli", "gzip"))
