"""The way a Django application moves to DynamoDB: entities, keys and access patterns in a single table, on PynamoDB."""

from django.db.models import Q

from dynamo_models.entity import Entity, Manager
from dynamo_models.errors import (
    AlreadyExists,
    BatchIncomplete,
    BudgetSpent,
    ConditionFailed,
    Conflict,
    CursorRefused,
    DeferredAttribute,
    DefinitionError,
    DoesNotExist,
    DynamoModelsError,
    EndpointError,
    ItemTooLarge,
    KeyRefused,
    MultipleObjectsReturned,
    NeedsScan,
    QueryRefused,
    RequestRefused,
    SettingsError,
    StaleWrite,
    TableMissing,
    Throttled,
    TransactionCanceled,
    UnknownItem,
    ValueRefused,
)
from dynamo_models.reading.collection import Collection
from dynamo_models.reading.queryset import Page, QuerySet
from dynamo_models.schema.attribute import Attr
from dynamo_models.schema.attributes import now
from dynamo_models.schema.definition import upgrade
from dynamo_models.schema.fields import (
    Bool,
    Bytes,
    BytesSet,
    Date,
    Expires,
    Float,
    Int,
    Json,
    List,
    Map,
    Number,
    NumberSet,
    Text,
    TextSet,
    Timestamp,
    Uuid,
    Version,
)
from dynamo_models.schema.key import Key, Unique
from dynamo_models.schema.table import Index, LocalIndex, OnDemand, Provisioned, camel_case, numeric, pascal_case
from dynamo_models.table import Table
from dynamo_models.transport import Usage, capture
from dynamo_models.writing.transaction import Transaction

__all__ = [
    "AlreadyExists", "Attr", "BatchIncomplete", "Bool", "BudgetSpent", "Bytes", "BytesSet", "Collection",
    "ConditionFailed", "Conflict", "CursorRefused", "Date", "DeferredAttribute", "DefinitionError", "DoesNotExist",
    "DynamoModelsError", "EndpointError", "Entity", "Expires", "Float", "Index", "Int", "ItemTooLarge", "Json", "Key",
    "KeyRefused", "List", "LocalIndex", "Manager", "Map", "MultipleObjectsReturned", "NeedsScan", "Number", "NumberSet",
    "OnDemand", "Page", "Provisioned", "Q", "QueryRefused", "QuerySet", "RequestRefused", "SettingsError", "StaleWrite",
    "Table", "TableMissing", "Text", "TextSet", "Throttled", "Timestamp", "Transaction", "TransactionCanceled",
    "Unique", "UnknownItem", "Usage", "Uuid", "ValueRefused", "Version", "camel_case", "capture", "now",
    "numeric", "pascal_case", "upgrade",
]  # fmt: skip
