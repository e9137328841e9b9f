"""Peaks of memory, each of a process of its own: `python -m tests.imports.measuring` does the import jobs that wait."""

import json
import re
import subprocess
import sys
from pathlib import Path

from platform_app.infra import xlsx
from platform_app.infra.settings import ROOT
from tests.imports.helpers import sent
from workers.imports_files import LIMITS

# A parent as small as can be: what a process used before it became another program counts as that one's.
_PEAK_OF_CHILD = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(1024 * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"""


def peak_of_reader(path: Path, *, limits: xlsx.Limits = LIMITS) -> int:
    """The most memory that the reader of this workbook holds at once, in bytes."""
    command = [sys.executable, "-I", "-c", _PEAK_OF_CHILD, *xlsx.command(path, limits=limits)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def peak_of_worker() -> int:
    """Do the import jobs that wait in a process like a worker's; the most memory that it holds at once, in bytes."""
    command = [sys.executable, "-m", "tests.imports.measuring"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    return int(json.loads(done.stdout.splitlines()[-1])["peak"])


def _main() -> None:
    for job in sent("imports"):
        job.perform()
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert peak is not None
    sys.stdout.write(json.dumps({"peak": 1024 * int(peak[1])}) + "\n")


if __name__ == "__main__":
    _main()
