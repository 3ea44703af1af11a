"""How much a program may use. `ALGOITNY_RUN_LIMITS` overrides any of these by name."""

from dataclasses import dataclass, fields

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The seconds and bytes of one run.

    `cpu_seconds` and `case_seconds` (wall time) are for one case, `compile_seconds` (wall time) for the compiler, and
    `run_seconds` (wall time) for it and all cases together. `memory_bytes` is of address space for each process,
    `file_bytes` of each file that it writes. `processes` are processes and threads on top of those that the user
    already has; the kernel does not hold root to it.
    """

    cpu_seconds: float = 5
    case_seconds: float = 10
    run_seconds: float = 60
    compile_seconds: float = 20
    memory_bytes: int = 512 << 20
    file_bytes: int = 1 << 20
    open_files: int = 64
    processes: int = 64


def configured() -> Limits:
    """The limits by the settings. Raises ImproperlyConfigured for a name or a value that is none."""
    known = {one.name for one in fields(Limits)}
    given = getattr(settings, "ALGOITNY_RUN_LIMITS", None) or {}
    for name, value in given.items():
        if name not in known:
            raise ImproperlyConfigured(
                f"ALGOITNY_RUN_LIMITS has {name!r}, which is no limit. Known: {', '.join(sorted(known))}."
            )
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            raise ImproperlyConfigured(f"ALGOITNY_RUN_LIMITS[{name!r}] is {value!r}; it takes a number above 0.")
    return Limits(**given)
