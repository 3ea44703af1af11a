"""The three tables that AlgoItny's entities live in."""

from dynamo_models import Index, OnDemand, Provisioned, Table, pascal_case

TAGS = {"application": "algoitny"}

main = Table(
    "AlgoItny-Main",
    indexes=[Index("GSI1"), Index("GSI2"), Index("GSI3")],
    attribute_names=pascal_case,
    ttl="TTL",
    capacity=Provisioned(read=(25, 500), write=(10, 100), target=70),
    recovery=True,
    encryption="aws",
    stream="new_and_old",
    deletion_protection=True,
    tags=TAGS,
)

users = Table(
    "AlgoItny-Users",
    indexes=[Index("GSI1"), Index("GSI2"), Index("GSI3")],
    attribute_names=pascal_case,
    capacity=OnDemand(),
    recovery=True,
    encryption="aws",
    stream="new_and_old",
    deletion_protection=True,
    tags=TAGS,
)

plans = Table(
    "AlgoItny-Plans",
    indexes=[Index("GSI1")],
    attribute_names=pascal_case,
    capacity=OnDemand(),
    recovery=True,
    encryption="aws",
    stream="new_and_old",
    deletion_protection=True,
    tags=TAGS,
)
