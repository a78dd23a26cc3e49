"""Builds the native library with cargo and puts it into the wheel, which fits any Python 3 of the platform."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

HERE = Path(__file__).resolve().parent
# A source distribution carries the crates; in a checkout they are where they are.
CARRIED = HERE / "rust"
ROOT = CARRIED if CARRIED.is_dir() else HERE.parents[1]


def build_library() -> Path:
    """Returns the cdylib: the one in CSA_LIBRARY, else the one that cargo says it made. Cargo decides where, so no path is assumed."""
    if "CSA_LIBRARY" in os.environ:
        return Path(os.environ["CSA_LIBRARY"])
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


class SourceWithCrates(sdist):
    """Adds the crates, with the lock file, so that the library can be built from the archive alone."""

    def make_release_tree(self, base_dir: str, files: list[str]) -> None:
        # A library that a checkout has in the package is of one machine.
        super().make_release_tree(base_dir, [file for file in files if Path(file).parent.name != "lib"])
        rust = Path(base_dir) / "rust"
        shutil.copytree(ROOT / "crates", rust / "crates", ignore=shutil.ignore_patterns("target", "*.snap.new", "*.pending-snap"))
        for name in ("Cargo.toml", "Cargo.lock"):
            shutil.copy2(ROOT / name, rust / name)


class NativeDistribution(Distribution):
    """Has a library although it has no extension module."""

    def has_ext_modules(self) -> bool:
        return True


setup(
    cmdclass={"build_py": BuildWithLibrary, "bdist_wheel": PlatformWheel, "sdist": SourceWithCrates},
    distclass=NativeDistribution,
)
