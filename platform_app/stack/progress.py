"""Show the steps of a start with their seconds: live in a terminal, as plain lines elsewhere."""

import time
from contextlib import suppress
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class StartProgress:
    """The running steps; a context manager, because a live display has to be closed."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True)
        self._started: dict[str, float] = {}
        self._tasks: dict[str, TaskID] = {}
        self._live = _progress_display(self._console) if self._console.is_terminal else None

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def start(self, name: str) -> None:
        """A step starts; several can run at once."""
        self._started[name] = time.monotonic()
        if self._live:
            self._tasks[name] = self._live.add_task(name, total=1)

    def finish(self, name: str) -> None:
        """A step has succeeded."""
        seconds = time.monotonic() - self._started.pop(name)
        if self._live:
            self._live.remove_task(self._tasks.pop(name))
        self.print_line(f"  {name:<28} {seconds:5.1f} s")

    def print_line(self, line: str) -> None:
        """Print a line above the running steps; a closed output does not stop the run."""
        with suppress(BrokenPipeError):
            self._console.print(line, markup=False)


def _progress_display(console: Console) -> Progress:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True)
