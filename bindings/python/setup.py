"""Builds the native library with cargo and puts it into the wheel, which fits any Python 3 of the platform."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parents[2]


def build_library() -> Path:
    """Returns the cdylib that cargo says it made; cargo decides where, so no path is assumed."""
    command = ["cargo", "build", "--release", "--locked", "--package", "csa-ffi", "--message-format", "json-render-diagnostics"]
    if shutil.which("cargo") is None:
        sys.exit("entra-csa builds its native library with cargo: install Rust from https://rustup.rs and try again")
    output = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True).stdout
    for line in output.splitlines():
        message = json.loads(line)
        if message.get("reason") == "compiler-artifact" and "cdylib" in message["target"]["crate_types"]:
            for name in message["filenames"]:
                if Path(name).suffix in {".so", ".dylib", ".dll"}:
                    return Path(name)
    sys.exit("cargo built no library")


class BuildWithLibrary(build_py):
    """Adds the library to the package."""

    def run(self) -> None:
        super().run()
        library = build_library()
        folder = Path(self.build_lib) / "entra_csa" / "lib"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy2(library, folder / library.name)


class PlatformWheel(bdist_wheel):
    """Tags the wheel for the platform but for no Python version: the library speaks C, not the Python API."""

    def finalize_options(self) -> None:
        super().finalize_options()
        self.root_is_pure = False

    def get_tag(self) -> tuple[str, str, str]:
        return ("py3", "none", super().get_tag()[2])


class NativeDistribution(Distribution):
    """Has a library although it has no extension module."""

    def has_ext_modules(self) -> bool:
        return True


setup(cmdclass={"build_py": BuildWithLibrary, "bdist_wheel": PlatformWheel}, distclass=NativeDistribution)
