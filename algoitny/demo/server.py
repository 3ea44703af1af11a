"""The application as a server process, eight requests at once: ``python -m algoitny.demo.server 127.0.0.1:8000``."""

import logging
import sys

import waitress
from django.contrib.staticfiles.handlers import StaticFilesHandler

from algoitny.wsgi import application

THREADS = 8


def main() -> None:
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a queue is what a busy machine has
    waitress.serve(StaticFilesHandler(application), listen=sys.argv[1], threads=THREADS, _quiet=True)


if __name__ == "__main__":
    main()
