"""A queue that takes nothing in."""

import django

if django.VERSION >= (6, 0):
    from django.tasks.backends.base import BaseTaskBackend
else:
    from django_tasks.backends.base import BaseTaskBackend


class BrokenQueue(BaseTaskBackend):
    def enqueue(self, task, args, kwargs):
        raise OSError("the queue's password is hunter2")
