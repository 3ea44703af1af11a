"""`task`, which makes a function one that a worker can carry out: Django's own from 6.0 on, its backport before."""

import django

if django.VERSION >= (6, 0):
    from django.tasks import task
else:
    from django_tasks import task

__all__ = ["task"]
