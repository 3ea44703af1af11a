"""Sets limits on its own process and becomes the program. Run by its path, so it imports nothing of ours.

Setting them between fork and exec instead is not safe in a process with threads, which a web server is.
Arguments: the limits as JSON (`{"RLIMIT_CPU": [5, 6], …}`), then the program's path and arguments.
"""

import json
import os
import resource
import signal
import sys


def main() -> None:
    limits, command = json.loads(sys.argv[1]), sys.argv[2:]
    for name, (soft, hard) in limits.items():
        kind = getattr(resource, name, None)
        if kind is None:
            continue
        ceiling = resource.getrlimit(kind)[1]
        if ceiling != resource.RLIM_INFINITY:  # nobody may raise it again, and lowering it is what we want
            soft, hard = min(soft, ceiling), min(hard, ceiling)  # noqa: PLW2901
        try:
            resource.setrlimit(kind, (soft, hard))
        except (ValueError, OSError):
            if name != "RLIMIT_AS":  # macOS knows that limit and refuses to set it
                raise
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):  # by Python, and so by what it becomes
        signal.signal(ignored, signal.SIG_DFL)
    os.execv(command[0], command)  # noqa: S606 - what this process is for


if __name__ == "__main__":
    main()
