"""What a deployment counts: a signal for every answer of a limiter."""

from django.dispatch import Signal

decided = Signal()
"""Sent with ``limiter``, ``action``, ``outcome`` and ``tries``.

outcome: a ``Decision``'s reason, or ``given back`` of a refund. tries: how often DynamoDB was asked to write; above 1
there were conflicts, throttles or time-outs. A receiver's error is logged, and changes no answer.
"""
