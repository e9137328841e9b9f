"""The launcher finds Python, and creates the environment or recreates an incomplete one."""

import os
import subprocess
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

from platform_app.infra.settings import ROOT


@pytest.fixture
def launcher(tmp_path: Path) -> ModuleType:
    """The launcher of a project at `tmp_path`."""
    copy = tmp_path / "my project" / "plaza"
    copy.parent.mkdir()
    copy.write_bytes((ROOT / "plaza").read_bytes())
    (copy.parent / "requirements.txt").write_text("")
    spec = spec_from_loader("launcher", SourceFileLoader("launcher", str(copy)))
    assert spec is not None
    module = module_from_spec(spec)
    assert spec.loader is not None
    spec.loader.exec_module(module)
    return module


def test_without_a_recent_python_it_says_so(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    tried = subprocess.run(
        [ROOT / "plaza", "up"], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert tried.returncode == 1
    assert tried.stderr.startswith("Plaza needs Python 3.11 or newer")
    assert tried.stderr.count("\n") == 1


def test_an_interrupted_environment_is_recreated(launcher: ModuleType) -> None:
    launcher.create_environment()
    (launcher.VENV / "half-installed").touch()
    assert not launcher.is_installed("requirements.txt")
    launcher.create_environment()
    assert not (launcher.VENV / "half-installed").exists()
    assert launcher.is_usable()
    assert launcher.INCOMPLETE.exists()


def test_packages_count_as_installed_until_the_requirements_change(launcher: ModuleType) -> None:
    launcher.create_environment()
    launcher.marker("requirements.txt").write_text(launcher.fingerprint("requirements.txt"))
    assert not launcher.is_installed("requirements.txt")
    launcher.INCOMPLETE.unlink()
    assert launcher.is_installed("requirements.txt")
    (launcher.ROOT / "requirements.txt").write_text("another")
    assert not launcher.is_installed("requirements.txt")


def test_an_environment_of_another_folder_is_recreated(launcher: ModuleType) -> None:
    launcher.create_environment()
    launcher.INCOMPLETE.unlink()
    (launcher.VENV / "moved-along").touch()
    launcher.marker("requirements.txt").write_text("0123 /somewhere/else/.venv")
    launcher.create_environment()
    assert not (launcher.VENV / "moved-along").exists()


def test_a_working_environment_from_another_tool_is_kept(launcher: ModuleType) -> None:
    launcher.create_environment()
    launcher.INCOMPLETE.unlink()
    (launcher.VENV / "mine").touch()
    launcher.create_environment()
    assert (launcher.VENV / "mine").exists()


def test_the_indexes_of_pip_are_passed_to_uv(launcher: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("UV_", "PIP_"))]:
        monkeypatch.delenv(name)
    configuration = launcher.ROOT / "pip.conf"
    configuration.write_text("[global]\nindex-url = http://mirror.invalid/simple\nfind-links =\n  /one\n  /two\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(configuration))
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "http://extra.invalid/simple")
    passed = launcher.uv_environment()
    assert passed["UV_DEFAULT_INDEX"] == "http://mirror.invalid/simple"
    assert passed["UV_EXTRA_INDEX_URL"] == "http://extra.invalid/simple"
    assert passed["UV_FIND_LINKS"] == "/one,/two"
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://own.invalid/simple")
    assert launcher.uv_environment() == dict(os.environ)


def test_the_command_imports_our_packages_first(launcher: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    seen = launcher.command_environment()
    assert seen["PATH"] == f"{launcher.VENV}/bin:/usr/bin"
    assert seen["PYTHONPATH"] == f"{launcher.ROOT}:/elsewhere"
