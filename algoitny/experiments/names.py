"""The tables' names at the endpoint: by environment, or from SSM parameters where settings ask for them.

ALGOITNY_TABLE_PARAMETERS=1 reads ``/experimentation/{environment}/dynamodb/{table}-table`` for all tables, in one
request and once for each process. A parameter that is not there leaves the name of the environment; an SSM that does
not answer is an error, since the name that it would have told may be another one.
"""

from functools import lru_cache

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session
from django.conf import settings

from dynamo_models import EndpointError, conf

KEYS = ("assignments", "events", "experiments", "feature-flags", "overrides")


def table_name(key: str) -> str:
    """The name of the table that the documents call ``key``. EndpointError where SSM is to tell and does not."""
    environment = settings.ALGOITNY_ENVIRONMENT
    if settings.ALGOITNY_TABLE_PARAMETERS:
        known = _parameters(environment, settings.ALGOITNY_SSM_ENDPOINT, conf.connection_settings())
        if key in known:
            return known[key]
    return f"experimentation-{key}-{environment}"


def forget() -> None:
    """Ask SSM again when a name is next needed."""
    _parameters.cache_clear()


@lru_cache(maxsize=8)  # a failure is not kept: the next call asks again
def _parameters(environment: str, endpoint: str, reached: conf.ConnectionSettings) -> dict[str, str]:
    paths = {f"/experimentation/{environment}/dynamodb/{key}-table": key for key in KEYS}
    try:
        client = Session().create_client(
            "ssm",
            region_name=reached.region,
            endpoint_url=endpoint or None,
            aws_access_key_id=reached.access_key_id,
            aws_secret_access_key=reached.secret_access_key,
            aws_session_token=reached.session_token,
            config=Config(connect_timeout=reached.connect_timeout, read_timeout=reached.read_timeout),
        )
        found = client.get_parameters(Names=list(paths))["Parameters"]
    except (BotoCoreError, ClientError) as error:
        raise EndpointError(
            f"SSM did not tell the names of the experiments' tables: {error}. Look at ALGOITNY_SSM_ENDPOINT and the "
            "credentials, or leave ALGOITNY_TABLE_PARAMETERS out to have them named by ALGOITNY_ENVIRONMENT."
        ) from error
    return {paths[each["Name"]]: each["Value"] for each in found}
