"""`./plaza bench machine`: the speed of this machine, compared with the reference in docs/figures.json."""

from typing import Annotated

import psutil
import typer

from platform_app.cli.running import DataOption, use_data_directory
from platform_app.infra.settings import ROOT
from tools.bench import calibration, figures, report
from tools.bench.figures import Reference


def machine(
    machine_name: Annotated[
        str, typer.Option("--as-reference", metavar="NAME", help="Make this machine the one of factor 1.0.")
    ] = "",
    data: DataOption = None,
) -> None:
    """Measure Python, JSON, sockets and PostgreSQL, as every benchmark does before it starts."""
    use_data_directory(data)
    known = figures.load()
    if machine_name:
        revision = report.committed_revision(ROOT)
        reference = Reference(machine=machine_name, revision=revision, parts=calibration.measure_undisturbed())
        figures.save(known.model_copy(update={"reference": reference}))
        print(f"Factor 1.0 is now {machine_name}: {reference.parts}")
        return
    print(calibration.describe(calibration.factor(calibration.measure(), known.reference.parts)))
    print(f"The load of the last minute was {psutil.getloadavg()[0]:.1f} on {psutil.cpu_count()} cores.")
