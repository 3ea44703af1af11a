"""Generates, for each entity class, the code that constructs, encodes and decodes its items.

The meaning is PynamoDB's own, attribute by attribute (a property test compares the two), plus the computed keys. What
the generated code does not take as it is, it hands over to ``unusual``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pynamodb.attributes import Attribute

from dynamo_models.codec import inline, keys, unusual
from dynamo_models.codec.inline import Inline
from dynamo_models.codec.keys import KeyWriter
from dynamo_models.codec.unusual import RawDict
from dynamo_models.schema.attribute import Attr
from dynamo_models.schema.definition import SCHEMA_VERSION, TYPE_NAME, EntityDefinition, EntitySchema


class _Unset:
    def __repr__(self) -> str:
        return "<default>"


UNSET: Any = _Unset()


@dataclass(frozen=True)
class Codec:
    """The generated functions of an entity, and their source for whoever wants to look."""

    construct: Callable[..., None]
    encode: Callable[[Any], RawDict]
    decode: Callable[[Any], Any]
    source: str


def codec_of(entity: type[EntityDefinition]) -> Codec:
    """The codec of an entity, made at its first use."""
    found: Codec | None = entity.__dict__.get("_codec")
    if found is None:
        found = compile_codec(entity.schema)
        entity._codec = found  # type: ignore[attr-defined]  # noqa: SLF001 - made here, and read here alone
    return found


def compile_codec(schema: EntitySchema) -> Codec:
    """Generate and compile. DefinitionError where the entity's definition has faults."""
    schema.usable()
    writer = _Writer(schema)
    source = "\n".join([*writer.construct(), "", *writer.encode(), "", *writer.decode(), ""])
    names = writer.names | writer.keys.names
    exec(compile(source, f"<codec of {schema.name}>", "exec"), names)  # noqa: S102 - our own source, no input in it
    construct = names["construct"]
    construct.__qualname__ = f"{schema.name}.__init__"  # what Python names where an argument is missing or unknown
    return Codec(construct, names["encode"], names["decode"], source)


class _Writer:
    """Writes the source. Attribute number 3 is ``A3`` in it, its value ``v3``; what is stored of it is ``w``.

    The constructor's own names begin with an underscore: its arguments are the entity's attributes, of which none does.
    """

    def __init__(self, schema: EntitySchema) -> None:
        self.schema = schema
        self.attributes = schema.attributes
        self.inlines: dict[str, Inline | None] = {name: inline.inline(attr) for name, attr in self.attributes.items()}
        self.number = {name: n for n, name in enumerate(self.attributes)}
        self.keys = KeyWriter(self.attributes, self.inlines, schema.primary)
        self.names: dict[str, Any] = {
            **inline.NAMES,
            **keys.NAMES,
            "_cls": schema.entity,
            "_UNSET": UNSET,
            "new": object.__new__,
            "schema": schema,
            "encode_value": unusual.encode_value,
            "exact": unusual.exact,
            "explain": unusual.explain,
            "decode_item": unusual.decode_item,
            "REFUSALS": unusual.REFUSALS,
            **{f"A{self.number[name]}": attr for name, attr in self.attributes.items()},
        }

    def construct(self) -> list[str]:
        parameters: list[str] = []
        entries = [f"'{TYPE_NAME}': _cls"]
        after: list[str] = []
        for name, attr in self.attributes.items():
            default = attr.default_for_new if attr.default_for_new is not None else attr.default
            made = f"_D{self.number[name]}"
            value = name
            if default is None:
                parameters.append(f"{name}=None" if attr.null else name)
            elif callable(default):
                parameters.append(f"{name}=_UNSET")
                value = f"({made}() if {name} is _UNSET else {name})"
            else:
                parameters.append(f"{name}={made}")
            self.names[made] = default
            if _sets_plainly(attr):
                entries.append(f"'{name}': {value}")
            else:
                # Absent until it is set, as PynamoDB leaves it: its own setter decides what it becomes.
                after += [f"    {name} = {value}", f"    if {name} is not None: _self.{name} = {name}"]
        return [
            f"def construct({', '.join(['_self', '*', *parameters] if parameters else ['_self'])}):",
            f"    _self.attribute_values = {{{', '.join(entries)}}}",
            *after,
        ]

    def encode(self) -> list[str]:
        schema = self.schema
        entries = [f"{schema.table.type_attribute!r}: {{'S': {schema.type_name!r}}}"]
        if schema.schema_version > 1:
            entries.append(f"{SCHEMA_VERSION!r}: {{'N': '{schema.schema_version}'}}")
        lines: list[str] = []
        later: list[str] = []
        depended = frozenset().union(*(key.depends for key in schema.keys.values()))
        for name, attr in self.attributes.items():
            n = self.number[name]
            stored = f"out[{attr.attr_name!r}]"
            form = self.inlines[name]
            if form is None:
                later += [f"w = encode_value(self, {name!r}, A{n})", f"if w is not None: {stored} = w"]
                later += [f"v{n} = d.get({name!r})"] if name in depended else []
                continue
            prepared, entry = self.encode_attribute(name, attr, form)
            if attr.null:
                later += [f"v{n} = d.get({name!r})", f"if v{n} is not None:"]
                later += [f"    {line}" for line in (*prepared, f"{stored} = {entry}")]
            else:
                lines += [f"v{n} = d[{name!r}]", *prepared]
                entries.append(f"{attr.attr_name!r}: {entry}")
        lines += [f"out = {{{', '.join(entries)}}}", *later]
        # The primary key first: the shard of another is counted from it.
        for n, key in enumerate(sorted(schema.keys.values(), key=lambda key: key.index is not None)):
            lines += self.keys.lines(key, f"K{n}")
        return [
            "def encode(self):",
            "    d = self.attribute_values",
            "    try:",
            *(f"        {line}" for line in lines),
            "        return out",
            "    except REFUSALS as error: explain(self, error)",
        ]

    def encode_attribute(self, name: str, attr: Attribute[Any], form: Inline) -> tuple[list[str], str]:
        """The lines that make a value what the encoder takes, and the expression of its wire form."""
        n = self.number[name]
        unless = form.unless
        if isinstance(attr, Attr) and attr.choices is not None:
            self.names[f"C{n}"] = attr.choices
            unless = f"{unless} or $v not in C{n}"
        lines = [f"if {unless}: $v = exact(A{n}, {name!r}, $v)"]
        if "$iso" in form.encode:
            lines.append(f"i{n} = time_text($v)")
        entry = f"{{'{form.kind}': {form.encode.replace('$iso', f'i{n}').replace('$a', f'A{n}')}}}"
        return [line.replace("$v", f"v{n}") for line in lines], entry.replace("$v", f"v{n}")

    def decode(self) -> list[str]:
        schema = self.schema
        lines = ["def decode(raw):", "    self = new(_cls)", "    self._stored = raw"]
        if schema.schema_version > 1:
            lines += [
                f"    w = raw.get({SCHEMA_VERSION!r})",
                f"    if w is None or w.get('N') != '{schema.schema_version}': raw = schema.upgraded(raw)",
            ]
        lines += [f"    self.attribute_values = d = {{'{TYPE_NAME}': _cls}}", "    try:"]
        defaults: list[str] = []
        for name, attr in self.attributes.items():
            stored, absent = self.decode_attribute(name, attr, self.inlines[name])
            lines += [f"        {line}" for line in stored]
            defaults += [f"        {line}" for line in absent]
        if lines[-1] == "    try:":
            lines.append("        pass")
        lines.append("    except REFUSALS: decode_item(schema, self, raw)")
        # Once nothing can fail any more: a default is made once for an item, here or by decode_item.
        lines += ["    else:", *defaults] if defaults else []
        return [*lines, "    return self"]

    def decode_attribute(self, name: str, attr: Attribute[Any], form: Inline | None) -> tuple[list[str], list[str]]:
        """The lines for what is stored, and those for what is not. The first raise for what decode_item has to see."""
        n = self.number[name]
        stored = repr(attr.attr_name)
        target = f"d[{name!r}]" if _sets_plainly(attr) else f"self.{name}"
        if form is not None and attr.default is None and not attr.null:
            return [f"d[{name!r}] = {form.decode.replace('$w', f'raw[{stored}][{form.kind!r}]')}"], []
        lines = [f"w{n} = raw.get({stored})", f"if w{n}:"]
        if form is None:
            lines += [
                f"    if 'NULL' in w{n}: raise LookupError",
                f"    {target} = A{n}.deserialize(A{n}.get_value(w{n}))",
            ]
        else:
            lines.append(f"    d[{name!r}] = {form.decode.replace('$w', f'w{n}[{form.kind!r}]')}")
        if attr.default is None:
            return lines, []
        self.names[f"E{n}"] = attr.default
        return lines, [f"if not w{n}: {target} = E{n}{'()' if callable(attr.default) else ''}"]


def _sets_plainly(attr: Attribute[Any]) -> bool:
    """Whether setting the attribute is putting its value among the others, and nothing else."""
    return type(attr).__set__ in (Attr.__set__, Attribute.__set__)
