"""Draw architecture.svg from the tiers of `./plaza up`: `PYTHONPATH=. .venv/bin/python docs/architecture.py`."""

from html import escape
from pathlib import Path

from workers.queues import GENERAL, WORKERS

PAPER, INK, LINE, ACCENT = "#faf7f2", "#221d18", "#cfc5b8", "#a3431f"
BOX = 'rx="10" fill="#fff" stroke="{line}"'


def box(x: int, y: int, width: int, title: str, text: str, *, accent: bool = False) -> str:
    """A box for a tier, with its name and a description."""
    colour = ACCENT if accent else LINE
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="64" {BOX.format(line=colour)}/>'
        f'<text x="{x + 16}" y="{y + 27}" font-weight="600">{escape(title)}</text>'
        f'<text x="{x + 16}" y="{y + 48}" class="small">{escape(text)}</text>'
    )


def arrow(x1: int, y1: int, x2: int, y2: int, label: str = "", *, at: float = 0.5) -> str:
    """An arrow from a client to its server; `at` is the part of it after which the label stands."""
    x, y = round(x1 + (x2 - x1) * at) + 8, round(y1 + (y2 - y1) * at) + 4
    label_text = f'<text x="{x}" y="{y}" class="small">{escape(label)}</text>' if label else ""
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{INK}" marker-end="url(#head)"/>{label_text}'


def worker_text(name: str) -> str:
    """Which jobs a worker does."""
    return "jobs of all other queues" if name == GENERAL else f"jobs of the queue {name}"


def diagram() -> str:
    """The whole drawing."""
    elements = [
        box(40, 40, 300, "browser", "React app compiled from pages/ and state/"),
        box(480, 40, 300, "programs", "REST /api/v1, crawlers"),
        box(40, 180, 300, "web", "Reflex events over websockets", accent=True),
        box(480, 180, 300, "api", "FastAPI: REST, pages, pictures", accent=True),
        box(40, 460, 300, "clock", "outbox relay, schedule; one leads", accent=True),
        *(
            box(480, 420 + 76 * index, 300, f"worker {name}", worker_text(name), accent=True)
            for index, name in enumerate(WORKERS)
        ),
        box(40, 320, 220, "PostgreSQL", "all data, and the outbox"),
        box(300, 320, 220, "Valkey: state", "the state of each tab"),
        box(560, 320, 220, "Valkey: work", "jobs, cache, invalidations"),
        arrow(190, 104, 190, 180, "events"),
        arrow(630, 104, 630, 180, "HTTP"),
        arrow(150, 244, 150, 320, "read, write"),
        arrow(300, 244, 380, 320),
        arrow(560, 244, 250, 320),
        arrow(670, 244, 670, 320, "cache, invalidations"),
        arrow(150, 460, 150, 384, "outbox"),
        arrow(340, 478, 556, 380, "jobs", at=0.06),
        arrow(480, 522, 250, 384, "effects", at=0.8),
        arrow(720, 420, 720, 384),
    ]
    style = f"text{{font:15px Inter,Helvetica,Arial,sans-serif;fill:{INK}}}.small{{font-size:12px;fill:#6b6258}}"
    arrow_head = '<marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z"/></marker>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 820 {440 + 76 * len(WORKERS)}" role="img" aria-label="The tiers of Plaza and the connections between them">'
        f'<style>{style}</style><defs>{arrow_head}</defs><rect width="820" height="100%" fill="{PAPER}"/>{"".join(elements)}</svg>\n'
    )


if __name__ == "__main__":
    Path(__file__).with_suffix(".svg").write_text(diagram())
