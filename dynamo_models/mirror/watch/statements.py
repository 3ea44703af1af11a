"""Which tables a statement writes to, as far as its text tells: for the statements that no hook of the ORM's announced.

In doubt a table counts as written to: a false alarm costs a look, and a missed one a row.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlparse import lexer
from sqlparse import tokens as kinds

VERBS = frozenset({"INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE", "TRUNCATE", "COPY", "LOAD"})
_ANY_VERB = re.compile(rf"\b(?:{'|'.join(sorted(VERBS))})\b", re.IGNORECASE)
_READS = re.compile(r"\s*SELECT\b", re.IGNORECASE)
# What makes, alters and removes tables writes no row; a trigger's body is carried out another time.
_DEFINES = frozenset({"CREATE", "ALTER", "DROP", "GRANT", "REVOKE", "COMMENT"})
# Behind these the word is part of a clause: FOR UPDATE, FOR NO KEY UPDATE, ON DELETE, DO UPDATE, WHEN ... THEN UPDATE.
_CLAUSES = frozenset({"FOR", "KEY", "ON", "DO", "THEN", "AFTER", "BEFORE", "."})
_MODIFIERS = frozenset({"LOW_PRIORITY", "QUICK", "IGNORE"})
# Where the names of what is written to end.
_ENDS = {
    "INSERT": frozenset({"(", "VALUES", "VALUE", "SELECT", "SET", "DEFAULT", "AS", "WITH", "OVERRIDING", "TABLE"}),
    "UPDATE": frozenset({"SET"}),
    "DELETE": frozenset({"WHERE", "RETURNING", "ORDER", "LIMIT"}),
    "MERGE": frozenset({"USING", "ON"}),
    "TRUNCATE": frozenset({"RESTART", "CONTINUE", "CASCADE", "RESTRICT"}),
    "COPY": frozenset({"(", "FROM", "TO"}),
    "LOAD": frozenset({"(", "FIELDS", "COLUMNS", "LINES", "SET", "CHARACTER", "PARTITION"}),
}
_ENDS["REPLACE"] = _ENDS["INSERT"]


@dataclass(frozen=True)
class Written:
    """A statement's verb, in capitals, and a table that it writes to."""

    verb: str
    table: str


def written(sql: str, tables: Collection[str]) -> list[Written]:
    """Which of these tables a statement, or several with semicolons between, writes to, each once."""
    if _READS.match(sql) and ";" not in sql:
        return []
    lowered = sql.lower()
    if not any(table.lower() in lowered for table in tables) or not _ANY_VERB.search(sql):
        return []
    known = {table.lower(): table for table in tables}
    return list(dict.fromkeys(_written(list(_words(sql)), known)))


def _written(words: list[tuple[str, bool]], known: dict[str, str]) -> Iterator[Written]:
    begins, defines = True, False
    for at, (word, quoted) in enumerate(words):
        verb = "" if quoted else word.upper()
        defines = (begins and verb in _DEFINES) or (defines and verb != ";")
        begins = verb == ";"
        if defines or verb not in VERBS or (at and words[at - 1][0].upper() in _CLAUSES):
            continue
        for name in _targets(verb, words[at + 1 :]):
            if name.lower() in known:
                yield Written(verb, known[name.lower()])


def _targets(verb: str, words: list[tuple[str, bool]]) -> Iterator[str]:
    """The names between a verb and where its targets end; qualifiers, aliases and joined tables are among them."""
    ends, depth = _ENDS[verb], 0
    if verb == "DELETE" and next((word.upper() for word, _ in words if word.upper() not in _MODIFIERS), "") == "FROM":
        ends = ends | {"USING"}  # what is behind it is only read
    for word, quoted in words:
        told = "" if quoted else word.upper()
        if not depth and (told in ends or told in {";", ")"}):
            return
        depth += {"(": 1, ")": -1}.get(told, 0)
        if quoted or told.isidentifier():
            yield word


def _words(sql: str) -> Iterator[tuple[str, bool]]:
    """The words of a statement without its strings and comments, and whether each is a quoted name."""
    for kind, text in lexer.tokenize(sql):  # type: ignore[no-untyped-call]
        if kind in kinds.Comment or kind in kinds.Whitespace or kind in kinds.Newline:
            continue
        if kind in kinds.String.Symbol or text[:1] in {"`", '"', "["}:
            yield text[1:-1].replace(text[-1:] * 2, text[-1:]), True
        elif kind in kinds.Literal:
            continue
        else:
            for word in re.findall(r"\w+|[^\w\s]", text):
                yield word, False
