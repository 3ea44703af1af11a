"""The door that a WSGI server opens: it names the settings and hands over the application."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "algoitny.settings")

application = get_wsgi_application()
