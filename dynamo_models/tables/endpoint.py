"""The clients that reach a table and its auto scaling, and whether AWS itself is behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from botocore.config import Config
from botocore.exceptions import BotoCoreError

from dynamo_models import transport
from dynamo_models.schema.table import Provisioned, Table
from dynamo_models.transport import failures

_AWS_DOMAINS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")


@dataclass(frozen=True)
class Endpoint:
    """client: DynamoDB's. scaling: Application Auto Scaling's, or None. aws: whether AWS answers, and no stand-in."""

    client: Any
    scaling: Any
    aws: bool


def is_aws(url: str | None) -> bool:
    """Whether an endpoint's URL is AWS's own: none given, or a regional or private one of theirs."""
    return url is None or (urlsplit(url).hostname or "").endswith(_AWS_DOMAINS)


def endpoint(table: Table) -> Endpoint:
    """The endpoint that ``table`` lives at, as settings say now. Raises SettingsError where they name too little."""
    try:
        return _endpoint(table)
    except BotoCoreError as error:
        raise failures.translate(error, "Connecting", table.endpoint_name) from error


def _endpoint(table: Table) -> Endpoint:
    shared = transport.connection(table.name)
    client = shared.client
    aws = is_aws(shared.host)
    scaling = None
    if isinstance(table.options.capacity, Provisioned):
        # A stand-in for several services has them all behind one URL; at AWS each has its own.
        config = client.meta.config
        scaling = shared.session.create_client(
            "application-autoscaling",
            client.meta.region_name,
            endpoint_url=None if aws else shared.host,
            config=Config(
                connect_timeout=config.connect_timeout,
                read_timeout=config.read_timeout,
                retries={"total_max_attempts": 3, "mode": "standard"},
            ),
        )
    return Endpoint(client, scaling, aws)
