"""The log of chat messages, keyed as its document has it, and the table of what the messages add up to."""

from algoitny.tables import TAGS
from dynamo_models import Index, OnDemand, Table, camel_case, numeric

messages = Table(
    "ChatMessages",
    pk="conversationId",
    sk=numeric("timestamp"),
    indexes=[
        Index("ModuleAnalyticsIndex", pk=numeric("moduleId"), sk=numeric("timestamp")),
        Index("StudentActivityIndex", pk=numeric("studentId"), sk=numeric("timestamp")),
        Index("ProviderUsageIndex", pk="provider", sk=numeric("timestamp")),
    ],
    attribute_names=camel_case,
    capacity=OnDemand(),
    recovery=True,
    encryption="aws",
    stream="new",
    deletion_protection=True,
    tags=TAGS,
)

analytics = Table(
    "ChatAnalytics",
    indexes=[Index("GSI1")],
    attribute_names=camel_case,
    ttl="expiresAt",
    capacity=OnDemand(),
    recovery=True,
    encryption="aws",
    deletion_protection=True,
    tags=TAGS,
)
