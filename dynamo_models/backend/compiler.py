"""The compilers that Django asks for: each query goes to the store that is to answer it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from django.db.models.expressions import Col
from django.db.models.sql import compiler
from django.db.models.sql.constants import GET_ITERATOR_CHUNK_SIZE, MULTI, SINGLE
from django.db.transaction import TransactionManagementError

from dynamo_models.backend import coverage, places, scans
from dynamo_models.backend.columns import mirror_for
from dynamo_models.backend.errors import NotServed, translated
from dynamo_models.backend.reads import Read, read_of
from dynamo_models.backend.whitelist import refuse_unknown
from dynamo_models.backend.writers import SQLDeleteCompiler, SQLInsertCompiler, SQLUpdateCompiler
from dynamo_models.cutover import serving
from dynamo_models.errors import BudgetSpent, DynamoModelsError
from dynamo_models.mirror.registration import Mirror


class SQLCompiler(compiler.SQLCompiler):
    """Reads. A model that is not mirrored is read from SQL; one that is, from where ``serving.choose`` says."""

    sql: Any = None  # the compiler of the SQL alias, where SQL answers
    connection: Any
    elide_empty: bool
    using: Any

    def execute_sql(  # type: ignore[override]
        self, result_type: str = MULTI, chunked_fetch: bool = False, chunk_size: int = GET_ITERATOR_CHUNK_SIZE
    ) -> Any:
        mirror = mirror_for(self.query.model) if self.query.model is not None else None
        if mirror is None:
            return self.by_sql(result_type, chunked_fetch, chunk_size)
        self.connection.validate_no_broken_transaction()
        self.connection.collected.settle()
        read, refused = self.understood(mirror)
        choice = self.chosen(mirror, read)
        if read is not None and read.way is None and (choice.store == "dynamodb" or self.connection.coverage_file):
            read, refused = self.with_parents(read)
        if refused is not None:
            self.write_down(mirror, refused)
            if choice.authority == "dynamodb":
                raise refused
            if choice.store == "dynamodb":
                reason = "; ".join((f"{places.described(self.query, mirror)}: {refused.reason}", *refused.candidates))
                serving.unserved(mirror, reason, coverage.place(), using=self.connection.sql_alias)
        chunked = chunked_fetch and result_type == MULTI
        if choice.store == "sql" or read is None:
            compared = choice.compare and refused is None and not chunked and read is not None
            return self.by_sql(result_type, chunked_fetch, chunk_size, compared=read if compared else None)
        if self.query.select_for_update:
            return self.locked(mirror, read, result_type)
        return self.by_dynamodb(mirror, read, choice, result_type, chunk_size if chunked else None)

    def understood(self, mirror: Mirror) -> tuple[Read | None, NotServed | None]:
        """What the query reads, and why DynamoDB cannot answer it where it cannot."""
        try:
            refuse_unknown(self.query)
            if all(type(each) is Col for each in self.query.annotations.values()):
                self.setup_query()
            found = read_of(
                self.query,
                mirror,
                [each for each, _, _ in self.select or ()],
                using=self.using,
                nulls_first=self.connection.sql.features.order_by_nulls_first,
            )
            pending = tuple(each for each in self.connection.collected.intents.about(mirror) if each.writes)
            scan = scans.allowed() if places.authority(mirror, self.connection) == "dynamodb" else None
            found = replace(found, pending=pending, whole=bool(self.query.select_for_update), scan=scan)
            return found.found(reading=False), None
        except NotServed as refused:
            return None, refused

    def with_parents(self, read: Read) -> tuple[Read | None, NotServed | None]:
        """The same, with the rows read that foreign keys of the query lead to."""
        try:
            return read.found(reading=True), None
        except NotServed as refused:
            return None, refused

    def chosen(self, mirror: Mirror, read: Read | None) -> serving.Choice:
        """Who answers: the one place where that is decided."""
        sql_alias = self.connection.sql_alias
        way = None if read is None else read.way
        choice = serving.choose(
            mirror,
            pks=None if read is None else read.asked.pks,
            partition=None if way is None else way.partition,
            using=sql_alias,
        )
        locks = self.query.select_for_update
        if choice.authority == "sql" and (locks or places.in_block(self.connection)):
            # The block sees what it has written itself, and a lock is SQL's to take.
            return serving.Choice(store="sql", authority="sql", compare=False)
        return choice

    def by_sql(self, result_type: str, chunked_fetch: bool, chunk_size: int, *, compared: Read | None = None) -> Any:
        """The answer of SQL; the other's is compared with it off this thread where ``compared`` says how to ask it."""
        places.unbound(self.query, self.using)
        self.sql = self.query.get_compiler(using=self.connection.sql_alias, elide_empty=self.elide_empty)
        began = time.perf_counter()
        found = self.sql.execute_sql(result_type, chunked_fetch=chunked_fetch, chunk_size=chunk_size)
        self.select, self.klass_info = self.sql.select, self.sql.klass_info
        self.annotation_col_map, self.col_count = self.sql.annotation_col_map, getattr(self.sql, "col_count", None)
        if compared is None:
            return found
        if result_type == SINGLE:
            self.compare(compared, _one(found, compared), "sql", time.perf_counter() - began)
            return found
        rows = [list(row) for row in self.sql.results_iter(found)]
        self.sql = None  # its rows are converted already
        self.compare(compared, [tuple(row) for row in rows], "sql", time.perf_counter() - began)
        return [rows]

    def by_dynamodb(
        self, mirror: Mirror, read: Read, choice: serving.Choice, result_type: str, chunk_size: int | None
    ) -> Any:
        """The answer of DynamoDB. Where it fails and SQL has authority, that is counted, and SQL answers."""
        if chunk_size is not None:
            return _translated(read.chunks(chunk_size))
        began = time.perf_counter()
        try:
            rows = read.rows()
        except BudgetSpent as spent:
            raise NotServed(str(spent), candidates=scans.ADVICE) from spent
        except DynamoModelsError as error:
            if choice.authority == "sql":
                serving.failed(mirror, error, using=self.connection.sql_alias)
                return self.by_sql(result_type, False, GET_ITERATOR_CHUNK_SIZE)
            with translated():
                raise
        if choice.compare:
            self.compare(read, [tuple(row) for row in rows], "dynamodb", time.perf_counter() - began)
        if result_type == SINGLE:
            return tuple(rows[0]) if rows else None
        return [rows]

    def locked(self, mirror: Mirror, read: Read, result_type: str) -> Any:
        """Rows that the block is held to: should another writer change one until it ends, the block fails."""
        query = self.query
        if not places.in_block(self.connection):
            raise TransactionManagementError("select_for_update cannot be used outside of a transaction.")
        if query.select_for_update_skip_locked or set(query.select_for_update_of) - {"self"}:
            raise NotServed(
                "it asks for skip_locked or for locks of other tables; a row is only known to be locked late"
            )
        with translated():
            items = list(read.items())
            rows = read.rows(items)
        self.connection.collected.lock(mirror, items)
        return (tuple(rows[0]) if rows else None) if result_type == SINGLE else [rows]

    def compare(self, read: Read, answer: list[tuple[Any, ...]], store: str, took: float) -> None:
        """Have the other store asked the same, where the query has one answer."""
        asked = read.asked
        cut = asked.sliced and (asked.start > 0 or len(answer) >= (asked.stop or 0))
        if cut and read.kind == "rows" and not places.totally_ordered(asked):
            return  # which rows of equal rank are in the slice is anybody's choice
        query, sql_alias, using, mirror = self.query.clone(), self.connection.sql_alias, self.using, asked.mirror
        elide_empty, kind = self.elide_empty, read.kind

        def ask_sql() -> list[tuple[Any, ...]]:
            asking = query.clone().get_compiler(using=sql_alias, elide_empty=elide_empty)
            if kind != "rows":
                return _one(asking.execute_sql(SINGLE), read)
            return [tuple(row) for row in asking.results_iter()]

        def ask_dynamodb() -> list[tuple[Any, ...]]:
            asking = query.clone().get_compiler(using=using, elide_empty=elide_empty)
            again, refused = asking.understood(mirror)
            if again is None:
                raise refused
            return [tuple(row) for row in again.found(reading=True).rows()]

        asks = {"sql": ask_sql, "dynamodb": ask_dynamodb}
        serving.compare(
            asked.mirror,
            ask_other=asks["dynamodb" if store == "sql" else "sql"],
            ask_again=asks[store],
            answer=answer,
            what=f"{asked} ({read.kind})",
            store=store,
            ordered=read.kind != "rows" or places.totally_ordered(asked),
            took=took,
            using=sql_alias,
        )

    def write_down(self, mirror: Mirror, refused: NotServed) -> None:
        """Keep a query that DynamoDB cannot serve for ``manage.py dynamo_coverage``."""
        file = self.connection.coverage_file
        if file is not None:
            found = coverage.Unserved(
                place=coverage.place(),
                model=mirror.label,
                query=places.described(self.query, mirror),
                reason=refused.reason,
                candidates=refused.candidates,
            )
            coverage.record(file, found)

    def results_iter(
        self,
        results: Any = None,
        tuple_expected: bool = False,
        chunked_fetch: bool = False,
        chunk_size: int = GET_ITERATOR_CHUNK_SIZE,
    ) -> Iterator[Any]:
        """The rows. Those of DynamoDB are Python's values already, and are not converted."""
        if results is None:
            results = self.execute_sql(MULTI, chunked_fetch=chunked_fetch, chunk_size=chunk_size)
        if self.sql is not None:
            rows: Iterator[Any] = self.sql.results_iter(results, tuple_expected=tuple_expected)
            return rows
        rows = itertools.chain.from_iterable(results)
        return map(tuple, rows) if tuple_expected else rows

    def get_converters(self, expressions: Iterable[Any]) -> Any:
        return self.sql.get_converters(expressions) if self.sql is not None else {}

    def apply_converters(self, rows: Any, converters: Any) -> Any:
        return iter(rows) if self.sql is None else self.sql.apply_converters(rows, converters)

    def explain_query(self) -> Iterator[str]:
        mirror = mirror_for(self.query.model)  # type: ignore[arg-type]
        read, refused = (None, None) if mirror is None else self.understood(mirror)
        if read is not None and read.way is not None:
            yield read.way.explain()
            return
        if refused is not None:
            yield str(refused)
        yield from self.query.get_compiler(using=self.connection.sql_alias).explain_query()


class SQLAggregateCompiler(SQLCompiler):
    """A count of a slice, which Django asks as a query of a query."""

    def setup_query(self, with_col_aliases: bool = False) -> None:
        """An outer query has no columns of its own."""


def _one(found: Any, read: Read) -> list[tuple[Any, ...]]:
    """What SQL gave as its one row. Of a question that nothing can match it is not even asked for the number."""
    if found is None:
        return [(0,)] if read.kind == "count" else []
    return [tuple(found)]


def _translated(chunks: Iterator[Any]) -> Iterator[Any]:
    with translated():
        yield from chunks


__all__ = ["SQLAggregateCompiler", "SQLCompiler", "SQLDeleteCompiler", "SQLInsertCompiler", "SQLUpdateCompiler"]
