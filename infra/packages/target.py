"""The platform that a package is built for."""

import sys
from dataclasses import dataclass
from typing import Final, Literal

Architecture = Literal["arm64", "x86_64"]

_MACHINES: Final = {"arm64": "aarch64", "x86_64": "x86_64"}


@dataclass(frozen=True)
class Target:
    """A Lambda runtime ("python3.13") and an architecture, on Amazon Linux 2023 (glibc 2.34)."""

    runtime: str
    architecture: Architecture

    @property
    def version(self) -> str:
        """The Python version: "3.13"."""
        return self.runtime.removeprefix("python")

    @property
    def platform(self) -> str:
        """uv's name of the platform."""
        return f"{_MACHINES[self.architecture]}-manylinux_2_34"

    @property
    def markers(self) -> dict[str, str]:
        """The values of the environment markers in requirements (PEP 508)."""
        return {
            "implementation_name": "cpython",
            "os_name": "posix",
            "platform_machine": _MACHINES[self.architecture],
            "platform_python_implementation": "CPython",
            "platform_system": "Linux",
            "python_full_version": f"{self.version}.0",
            "python_version": self.version,
            "sys_platform": "linux",
        }

    def __str__(self) -> str:
        return f"{self.runtime}-{self.architecture}"


def local_target() -> Target:
    """This process's interpreter and machine: an emulator runs handlers with the same interpreter."""
    import platform

    architecture: Architecture = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
    return Target(f"python{sys.version_info.major}.{sys.version_info.minor}", architecture)
