"""AlgoItny with a database and an endpoint of its own, as BANK says of both (``tests.switch.world``)."""

import json
import os

import pymysql

pymysql.version_info = (2, 2, 7, "final", 0)
pymysql.install_as_MySQLdb()

from algoitny.settings import *  # noqa: E402, F403
from algoitny.settings import DATABASES, DYNAMO_MODELS  # noqa: E402

_bank = json.loads(os.environ["BANK"])
DATABASES["default"] = _bank["database"]
DYNAMO_MODELS |= {
    "ENDPOINT": _bank["endpoint"],
    "ACCESS_KEY_ID": "test",
    "SECRET_ACCESS_KEY": "test",
    "CUTOVER": {"COMPARED_READS": 1, "LAG": 60},
}
