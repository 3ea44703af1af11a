"""How each language is started on this machine, and compiled where it has to be."""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

# V8 reserves address space that it never touches: it does not start in 512 MiB, and does in 1 GiB more than its heap.
_NODE_EXTRA_BYTES = 1 << 30


@dataclass(frozen=True, kw_only=True)
class Toolchain:
    """`run` is put before the path of `source`, or of `program` where `compile` makes that of the source."""

    source: str
    run: tuple[str, ...] = ()
    program: str = ""
    compile: tuple[str, ...] = ()
    extra_memory_bytes: int = 0

    def environment(self) -> dict[str, str]:
        """The compiler finds its assembler and linker by PATH."""
        return {"PATH": os.pathsep.join([str(Path(self.compile[0]).parent), os.defpath])} if self.compile else {}


def toolchains(memory_bytes: int) -> dict[str, Toolchain]:
    """Those that are on this machine, by our names of the languages."""
    # As -I isolates, but with a hash seed that is heard, so that the order of a set is the same each time; -S leaves
    # out the installed packages.
    found = {"python": Toolchain(source="solution.py", run=(sys.executable, "-s", "-S", "-P", "-X", "utf8"))}
    if node := shutil.which("node"):
        heap = f"--max-old-space-size={max(memory_bytes >> 20, 16)}"
        found["javascript"] = Toolchain(source="solution.js", run=(node, heap), extra_memory_bytes=_NODE_EXTRA_BYTES)
    if compiler := shutil.which("cc"):
        options = ("-O2", "-std=gnu17", "-o", "program", "solution.c", "-lm")
        found["c"] = Toolchain(source="solution.c", program="program", compile=(compiler, *options))
    if compiler := shutil.which("g++") or shutil.which("c++"):
        options = ("-O2", "-std=gnu++17", "-o", "program", "solution.cpp")
        found["cpp"] = Toolchain(source="solution.cpp", program="program", compile=(compiler, *options))
    return found
