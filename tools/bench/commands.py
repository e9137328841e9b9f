"""`./plaza bench`: all benchmarks by name."""

import typer

from tools.bench import (
    activity,
    dev,
    events,
    freshness,
    fuzz,
    hostile,
    imports,
    machine,
    pages,
    photos,
    pictures,
    scale,
    search,
)
from tools.drill import failover_drill

app = typer.Typer()
group = typer.Typer(help="Measure and print the figures.")
app.add_typer(group, name="bench")
group.command(name="import")(imports.import_)
group.command(name="search")(search.search)
group.command(name="events")(events.events)
group.command(name="freshness")(freshness.freshness)
group.command(name="fuzz")(fuzz.fuzz)
group.command(name="hostile")(hostile.hostile)
group.command(name="activity")(activity.activity_stats)
group.command(name="machine")(machine.machine)
group.command(name="pages")(pages.pages)
group.command(name="photos")(photos.photos)
group.command(name="pictures")(pictures.measure)
group.command(name="scale")(scale.scale)
group.command(name="dev")(dev.dev)
group.command(name="failover-drill")(failover_drill.failover_drill)
