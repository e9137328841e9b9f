"""The command line: finds the module of a command, runs it, and turns errors into one sentence."""

import os
import sys
from importlib import import_module
from typing import NoReturn

import typer
from typer.exceptions import TyperException
from typer.main import get_command

from platform_app.cli.errors import CommandError, explain
from platform_app.domain.shared.errors import ProductError
from platform_app.infra.errors import Outage
from platform_app.stack.errors import StackError

# Commands and their descriptions, by group and module; a module is only imported when one of its commands is called.
COMMANDS = {
    ("Everything on this machine", "stack"): {
        "up": "start Plaza and everything it needs",
        "down": "stop it",
        "status": "show the running processes and the URL",
        "logs": "show the logs of all processes or of one tier",
        "doctor": "check this machine and suggest fixes",
    },
    ("Development", "frontend"): {
        "dev": "run with hot reload",
        "build": "compile the frontend",
        "publish": "upload it to its bucket, or copy it to a folder",
    },
    ("New code", "new"): {
        "new": "write the skeleton of a noun",
    },
    ("Quality", "checks"): {
        "test": "run the tests",
        "check": "format, lint, types, import rules",
    },
    ("Database", "database"): {
        "db": "migrate, distribute, back up and restore the database",
    },
    ("Data", "data"): {
        "seed": "fill in demo data",
        "import": "import listings from a file",
    },
    ("For the operator", "search"): {
        "search": "show searches that found nothing",
    },
    ("Prices of several currencies", "exchange_rates"): {
        "rates": "show and import exchange rates",
    },
    ("Help, contact, terms, privacy and imprint", "sitepages"): {
        "page": "show and edit the pages that the footer links",
    },
    ("Reports of listings", "reports"): {
        "report": "list and close the reports of listings",
    },
    ("Users", "users"): {
        "user": "create, promote, ban and unban users; reset two-factor sign-in",
    },
    ("Shops", "shops"): {
        "shop": "add an owner to a shop",
    },
    ("One tier, as containers run it", "tiers"): {
        "web": "pages, events and the API",
        "api": "REST only",
        "worker": "run the jobs of one queue",
        "clock": "relay the outbox, run the schedule",
    },
    ("Deployment", "deploy"): {
        "deploy": "switch colours, write the configuration of the edge",
    },
    ("Benchmarks", "bench"): {
        "bench": "measure and print a table",
    },
}
MODULES = {name: module for (_, module), commands in COMMANDS.items() for name in commands}


def main() -> None:
    """Run the command given on the command line and exit with its code."""
    arguments = sys.argv[1:]
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        print(overview())
        sys.exit(0)
    if arguments[0] not in MODULES:
        exit_with_error(f"There is no command {arguments[0]}; ./plaza --help lists them.", code=2)
    try:
        sys.exit(run(arguments))
    except (CommandError, ProductError, StackError, Outage) as failure:
        exit_with_error(str(failure), code=1)
    except TyperException as usage_error:
        exit_with_error(
            f"{usage_error.format_message().rstrip('.')}. ./plaza {arguments[0]} --help shows the usage.",
            code=usage_error.exit_code,
        )
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output has closed the pipe, as `head` does.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        sentence = explain(error)
        if not sentence:
            raise
        exit_with_error(sentence, code=1)


def run(arguments: list[str]) -> int:
    """Run the command line with the module of its command; return the exit code."""
    command = get_command(load_app(arguments[0]))
    # Typer drops the command's name if it is the only one in its module.
    is_single_command = not hasattr(command, "commands")
    prog, rest = (f"./plaza {arguments[0]}", arguments[1:]) if is_single_command else ("./plaza", arguments)
    code = command.main(args=rest, prog_name=prog, standalone_mode=False)
    return code if isinstance(code, int) else 0


def load_app(name: str) -> typer.Typer:
    """The Typer app with this command."""
    module = import_module(f"platform_app.cli.{MODULES[name]}")
    app: typer.Typer = module.load() if hasattr(module, "load") else module.app
    return app


def overview() -> str:
    """All commands, by group."""
    lines = ["Usage: ./plaza COMMAND [OPTIONS]     ./plaza COMMAND --help describes one"]
    for (title, _), commands in COMMANDS.items():
        lines += ["", title, *(f"  {name:<8} {text}" for name, text in commands.items())]
    return "\n".join(lines)


def exit_with_error(sentence: str, *, code: int) -> NoReturn:
    """Print the error on standard error, and exit."""
    print(sentence, file=sys.stderr)
    sys.exit(code)
