"""What a package is made for."""

import sys
from dataclasses import dataclass
from typing import Final, Literal

Architecture = Literal["arm64", "x86_64"]

_MACHINES: Final = {"arm64": "aarch64", "x86_64": "x86_64"}


@dataclass(frozen=True)
class Target:
    """A Lambda runtime ("python3.13") on an architecture. Its system is Amazon Linux 2023, which has glibc 2.34."""

    runtime: str
    architecture: Architecture

    @property
    def version(self) -> str:
        return self.runtime.removeprefix("python")

    @property
    def platform(self) -> str:
        """As uv names it."""
        return f"{_MACHINES[self.architecture]}-manylinux_2_34"

    @property
    def markers(self) -> dict[str, str]:
        """What requirements are decided by (PEP 508)."""
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
    """For handlers that an emulator runs with the interpreter that asks."""
    import platform

    architecture: Architecture = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
    return Target(f"python{sys.version_info.major}.{sys.version_info.minor}", architecture)
