"""Hooks: names inside Reflex and its socket libraries that this package relies on, checked before they are used.

Each module lists its own as `HOOKS`. They are not public API, so any upgrade may change them; the check then fails with
the hook's name, before a page misbehaves.
"""

import inspect
import linecache
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from pkgutil import resolve_name
from types import CodeType
from typing import Any


class MissingHookError(RuntimeError):
    """A library no longer provides what a hook needs."""


@dataclass(frozen=True)
class Hook:
    """Something inside a library that we call, replace or override.

    `name` is `module:object`, or `package/path` for a file of a package. `parameters` are a function's parameters
    without self. `source` lists texts that its source code must contain, such as a call or an assignment.
    """

    name: str
    reason: str
    parameters: tuple[str, ...] | None = None
    source: tuple[str, ...] = ()


def verify(hooks: Iterable[Hook]) -> None:
    """Check every hook; MissingHookError lists all that are missing or different."""
    problems = [f"{hook.name}: {problem} ({hook.reason})" for hook in hooks for problem in find_problems(hook)]
    if problems:
        raise MissingHookError("Reflex has changed inside:\n" + "\n".join(problems))


def find_problems(hook: Hook) -> list[str]:
    """What the hook needs but the library does not provide."""
    if "/" in hook.name:
        text = _read_package_file(hook.name)
        return ["the file is gone"] if text is None else _find_missing_texts(hook, text)
    try:
        target = resolve_name(hook.name)
    except (ImportError, AttributeError):
        return ["it is gone"]
    problems = []
    if hook.parameters is not None and (parameters := _parameters(target)) != hook.parameters:
        problems.append(f"it takes {parameters}, not {hook.parameters}")
    return problems + (_find_missing_texts(hook, _read_source(target)) if hook.source else [])


def _parameters(target: object) -> tuple[str, ...]:
    if not callable(target):
        return ()
    return tuple(name for name in inspect.signature(target).parameters if name != "self")


def _find_missing_texts(hook: Hook, text: str) -> list[str]:
    return [f"its source does not contain {each!r}" for each in hook.source if each not in text]


def _read_source(function: Any) -> str:
    """A function's source code. inspect.getsource would first search all modules, which takes two seconds."""
    code: CodeType = inspect.unwrap(function).__code__
    return "".join(linecache.getlines(code.co_filename)[code.co_firstlineno - 1 : _last_line(code)])


def _last_line(code: CodeType) -> int:
    nested = (_last_line(each) for each in code.co_consts if isinstance(each, CodeType))
    return max((*(line for _, _, line in code.co_lines() if line), *nested), default=code.co_firstlineno)


def _read_package_file(name: str) -> str | None:
    package, _, path = name.partition("/")
    spec = find_spec(package)
    folder = Path(spec.origin).parent if spec and spec.origin else None
    file = folder / path if folder else None
    return file.read_text() if file and file.is_file() else None
