"""Random table definitions for the property tests, near enough to each other that one can become the other."""

from __future__ import annotations

from hypothesis import strategies as st

from dynamo_models.schema.table import Index, LocalIndex, OnDemand, Provisioned, Table, numeric

ATTRIBUTES = ("alpha", "beta", "gamma")
INDEXES = ("First", "Second", "Third", "Fourth")

amounts = st.integers(1, 50) | st.tuples(st.integers(1, 10), st.integers(11, 60))
provisioned = st.builds(Provisioned, read=amounts, write=amounts, target=st.sampled_from([50, 70]))
projections = st.sampled_from(["all", "keys", ("title",), ("title", "state"), ("state", "title"), ("alpha", "PK")])


@st.composite
def tables(draw, *, name="Walk", ttls=(None, "expires"), streams=(None, "new"), locals_=()):
    """A definition whose key attributes have any type, so that one index may be in another's way."""
    types = {attribute: draw(st.sampled_from("SN")) for attribute in ATTRIBUTES}

    def key(attribute):
        return numeric(attribute) if types[attribute] == "N" else attribute

    capacity = draw(st.just(OnDemand()) | provisioned)
    indexes = []
    for index in draw(st.lists(st.sampled_from(INDEXES), unique=True)):
        pk, sk = draw(st.permutations(ATTRIBUTES))[:2]
        own = draw(st.none() | provisioned) if isinstance(capacity, Provisioned) else None
        indexes.append(
            Index(
                index,
                pk=key(pk),
                sk=draw(st.sampled_from([None, key(sk)])),
                projection=draw(projections),
                capacity=own,
            )
        )
    indexes += [LocalIndex(local) for local in locals_]
    return Table(
        name,
        indexes=indexes,
        capacity=capacity,
        ttl=draw(st.sampled_from(ttls)),
        recovery=draw(st.booleans()),
        encryption=draw(st.sampled_from([None, "aws", "0f9c-key"])),
        stream=draw(st.sampled_from(streams)),
        tags=draw(st.dictionaries(st.sampled_from(["team", "stage", "cost"]), st.sampled_from(["a", "b"]))),
        deletion_protection=draw(st.booleans()),
    )
