"""Peaks of memory, each of a separate process: `python -m tests.imports.measuring` runs the waiting import jobs."""

import json
import re
import subprocess
import sys
from pathlib import Path

from platform_app.infra import xlsx
from platform_app.infra.settings import ROOT
from tests.imports.helpers import take_jobs
from workers.imports_files import LIMITS

# A minimal parent process: the peak of a process includes its memory before `exec`.
_PEAK_OF_CHILD = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(1024 * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"""


def peak_of_reader(path: Path, *, limits: xlsx.Limits = LIMITS) -> int:
    """The peak memory of the reader of this workbook, in bytes."""
    command = [sys.executable, "-I", "-c", _PEAK_OF_CHILD, *xlsx.command(path, limits=limits)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def peak_of_worker() -> int:
    """Run the waiting import jobs in a process like a worker's; its peak memory in bytes."""
    command = [sys.executable, "-m", "tests.imports.measuring"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    return int(json.loads(done.stdout.splitlines()[-1])["peak"])


def _main() -> None:
    while jobs := take_jobs("imports"):  # a run takes as many turns as it needs
        for job in jobs:
            job.perform()
        if jobs[-1].func_name != "workers.imports.run":
            break
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert peak is not None
    sys.stdout.write(json.dumps({"peak": 1024 * int(peak[1])}) + "\n")


if __name__ == "__main__":
    _main()
