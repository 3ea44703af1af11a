"""The tutor's one table.

Deletion protection keeps it where whoever manages it would delete it. It is encrypted by the account's managed key, or
by the customer's own that ALGOITNY_TUTOR_ENCRYPTION names.
"""

from django.conf import settings

from algoitny.tables import TAGS
from dynamo_models import Index, OnDemand, Table, camel_case

INDEX = "GSI1PK-GSI1SK-index"

navigator = Table(
    "learning-navigator",
    indexes=[Index(INDEX, pk="GSI1PK", sk="GSI1SK")],
    attribute_names=camel_case,
    ttl="expiresAt",
    capacity=OnDemand(),
    recovery=True,
    encryption=settings.ALGOITNY_TUTOR_ENCRYPTION,
    deletion_protection=True,
    tags=TAGS,
)
