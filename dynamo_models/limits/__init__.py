"""Usage limits: exact however many ask at once, on a counter beside the log of uses.

``windows`` for how long a use counts · ``items`` what counters and notes of requests are made of · ``limiter`` what is
declared and asked · ``consuming``, ``refunding``, ``reconciling`` what it does · ``fields`` what HTTP says of it ·
``views``, ``throttles`` where it stands in Django and in REST framework · ``addresses`` callers without an account.
"""

from dynamo_models.limits.decision import Decision, Quota
from dynamo_models.limits.items import CounterItem, UseItem
from dynamo_models.limits.limiter import Limiter
from dynamo_models.limits.reconciling import Reconciled
from dynamo_models.limits.signals import decided
from dynamo_models.limits.windows import Window

__all__ = ["CounterItem", "Decision", "Limiter", "Quota", "Reconciled", "UseItem", "Window", "decided"]
