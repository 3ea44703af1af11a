"""Generates, for each entity class, the code that constructs, encodes and decodes its items.

The meaning is PynamoDB's own, attribute by attribute (a property test compares the two), plus the computed keys. What
the generated code does not take as it is, it hands to the attribute or the key, whose errors say what is wrong.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pynamodb.attributes import Attribute, AttributeNullError
from pynamodb.attributes import ListAttribute as PynamoList
from pynamodb.attributes import MapAttribute as PynamoMap

from dynamo_models.codec.inline import NAMES, Inline, inline
from dynamo_models.errors import ValueRefused
from dynamo_models.keys import predicate
from dynamo_models.keys.facets import BoolFacet, DateFacet, IntFacet, TextFacet, TimeFacet, UuidFacet
from dynamo_models.keys.template import Literal
from dynamo_models.schema.attribute import Attr
from dynamo_models.schema.definition import SCHEMA_VERSION, TYPE_NAME, EntityDefinition, EntitySchema
from dynamo_models.schema.key import BoundKey, PlainHalf, TemplateHalf

RawDict = dict[str, dict[str, Any]]

# Below this many characters no key is near DynamoDB's 1,024 bytes, whatever the characters.
SHORT_KEY = 256


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


def compile_codec(schema: EntitySchema) -> Codec:
    """Generate and compile. DefinitionError where the entity's definition has faults."""
    schema.usable()
    writer = _Writer(schema)
    source = "\n".join([*writer.construct(), "", *writer.encode(), "", *writer.decode(), ""])
    names = writer.names
    exec(compile(source, f"<codec of {schema.name}>", "exec"), names)  # noqa: S102 - our own source, no input in it
    return Codec(names["construct"], names["encode"], names["decode"], source)


def encode_other(instance: Any, name: str, attr: Attribute[Any]) -> dict[str, Any] | None:
    """The wire form of an attribute that is not inlined, as PynamoDB's container makes it; None where it is absent."""
    value = getattr(instance, name)
    try:
        if isinstance(value, PynamoMap) and not value.validate(null_check=True):
            raise ValueRefused(f"{name} is not correctly typed")
        if value is None:
            encoded = None
        elif isinstance(attr, PynamoList | PynamoMap):
            encoded = attr.serialize(value, null_check=True)
        else:
            encoded = attr.serialize(value)
    except AttributeNullError as error:
        error.prepend_path(name)
        raise ValueRefused(f"{type(instance).__name__}: {error}") from error
    if encoded is None:
        if not attr.null:
            absent(instance, name)
        return None
    return {attr.attr_type: encoded}


def absent(instance: Any, name: str) -> None:
    raise ValueRefused(
        f"{type(instance).__name__}: {name} is absent, and the attribute is not declared with null=True: give it a value."
    )


def plain(instance: Any, name: str, attr: Attribute[Any], value: Any) -> Any:
    """The value as the encoder takes it, after the attribute has checked it. ValueRefused where it cannot be."""
    if value is None:
        absent(instance, name)
    try:
        return attr.deserialize(attr.serialize(value))
    except ValueRefused as refused:
        raise ValueRefused(f"{type(instance).__name__}: {refused}") from refused


def decode_other(schema: EntitySchema, instance: Any, raw: RawDict) -> None:
    """Decode attribute by attribute, as PynamoDB's container does: defaults first, then what is stored."""
    instance.attribute_values = {TYPE_NAME: schema.entity}
    for name, attr in schema.attributes.items():
        default = attr.default
        value = default() if callable(default) else default
        if value is not None:
            setattr(instance, name, value)
        held = raw.get(attr.attr_name)
        if held and "NULL" not in held:
            setattr(instance, name, attr.deserialize(attr.get_value(held)))


class _Writer:
    def __init__(self, schema: EntitySchema) -> None:
        self.schema = schema
        self.attributes = schema.attributes
        self.inlines: dict[str, Inline | None] = {name: inline(attr) for name, attr in self.attributes.items()}
        self.number = {name: n for n, name in enumerate(self.attributes)}
        self.names: dict[str, Any] = {
            **NAMES,
            "cls": schema.entity,
            "new": object.__new__,
            "UNSET": UNSET,
            "absent": absent,
            "plain": plain,
            "encode_other": encode_other,
            "schema": schema,
            "decode_other": decode_other,
            "crc32": zlib.crc32,
            "check_key": check_key,
            "set_version": SCHEMA_VERSION,
        }
        for name, attr in self.attributes.items():
            self.names[f"A{self.number[name]}"] = attr
        for n, key in enumerate(schema.keys.values()):
            self.names[f"K{n}"] = key

    # construct

    def construct(self) -> list[str]:
        parameters: list[str] = []
        entries = [f"'{TYPE_NAME}': cls"]
        after: list[str] = []
        for name, attr in self.attributes.items():
            n = self.number[name]
            default = attr.default_for_new if attr.default_for_new is not None else attr.default
            value = name
            if default is None:
                parameters.append(f"{name}=None" if attr.null else name)
            elif callable(default):
                self.names[f"D{n}"] = default
                parameters.append(f"{name}=UNSET")
                value = f"(D{n}() if {name} is UNSET else {name})"
            else:
                self.names[f"D{n}"] = default
                parameters.append(f"{name}=D{n}")
            if type(attr).__set__ in (Attr.__set__, Attribute.__set__):
                entries.append(f"'{name}': {value}")
            else:
                # Absent until it is set, as PynamoDB leaves it: its own setter decides what it becomes.
                after += [f"    {name} = {value}", f"    if {name} is not None: self.{name} = {name}"]
        return [
            f"def construct(self, *, {', '.join(parameters)}):" if parameters else "def construct(self):",
            f"    self.attribute_values = {{{', '.join(entries)}}}",
            *after,
        ]

    # encode

    def encode(self) -> list[str]:
        schema = self.schema
        loads: list[str] = []
        lines: list[str] = []
        entries = [f"{schema.table.type_attribute!r}: {{'S': {schema.type_name!r}}}"]
        if schema.schema_version > 1:
            entries.append(f"{SCHEMA_VERSION!r}: {{'N': '{schema.schema_version}'}}")
        later: list[str] = []
        needed = frozenset().union(*(key.depends for key in schema.keys.values()))
        for name, attr in self.attributes.items():
            stored = repr(attr.attr_name)
            n = self.number[name]
            form = self.inlines[name]
            if form is None:
                later += [f"    w = encode_other(self, {name!r}, A{n})", f"    if w is not None: out[{stored}] = w"]
                if name in needed:
                    later.append(f"    v{n} = d.get({name!r})")
                continue
            prepared, entry = self.encode_attribute(name, attr, form)
            if attr.null:
                lines.append(f"    v{n} = d.get({name!r})")
                later.append(f"    if v{n} is not None:")
                later += [f"        {line}" for line in (*prepared, f"out[{stored}] = {entry}")]
            else:
                loads.append(f"        v{n} = d[{name!r}]")
                lines += [f"    {line}" for line in prepared]
                entries.append(f"{stored}: {entry}")
        lines.append(f"    out = {{{', '.join(entries)}}}")
        lines += later
        for n, key in enumerate(schema.keys.values()):
            lines += self.encode_key(f"K{n}", key)
        lines.append("    return out")
        head = ["def encode(self):", "    d = self.attribute_values"]
        if loads:
            head += ["    try:", *loads, "    except KeyError as error: absent(self, error.args[0])"]
        return head + lines

    def encode_attribute(self, name: str, attr: Attribute[Any], form: Inline) -> tuple[list[str], str]:
        """The lines that make the value what the encoder takes, and its wire form."""
        n = self.number[name]
        v = f"v{n}"
        test = form.test.replace("$v", v)
        if isinstance(attr, Attr) and attr.choices is not None:
            self.names[f"C{n}"] = frozenset(attr.choices)
            test = f"({test}) and {v} in C{n}"
        lines = [f"if not ({test}): {v} = plain(self, {name!r}, A{n}, {v})"]
        if test.startswith(f"{v}.__class__ is ") and " and " not in test:
            lines = [f"if {v}.__class__ is not {test.split(' is ')[1]}: {v} = plain(self, {name!r}, A{n}, {v})"]
        if "$iso" in form.encode:
            in_utc = f"({v} if {v}.tzinfo is UTC else {v}.astimezone(UTC))"
            lines.append(f"i{n} = {in_utc}.isoformat('T', 'microseconds')[:26]")
        return lines, f"{{'{form.kind}': {form.encode.replace('$v', v).replace('$iso', f'i{n}').replace('$a', f'A{n}')}}}"

    def encode_key(self, label: str, key: BoundKey) -> list[str]:
        conditions = [] if key.index is None else self.conditions(label, key)
        lines: list[str] = []
        checks: list[str] = []
        texts: dict[str, str] = {}
        for half in (key.pk, key.sk):
            if isinstance(half, PlainHalf):
                if self.attributes[half.name].attr_type in ("S", "B"):
                    checks.append(f"not v{self.number[half.name]}")
            elif half is not None:
                expression, refused = self.text(half)
                checks += refused
                texts[half.attribute.name] = expression
        if key.index is not None and key.is_plain:
            # The attributes are the key: they are written already, and an empty one is what cannot be.
            checks = [f"{check[4:]} is not None and {check}" for check in checks]
            return [f"    if {check}: {label}.wire(self.attribute_values)" for check in checks]
        pad = "    "
        if conditions:
            lines.append(f"    if {' and '.join(conditions)}:")
            pad = "        "
        if checks:
            lines.append(f"{pad}if {' or '.join(checks)}: {label}.wire(self.attribute_values)")
        for n, (name, expression) in enumerate(texts.items()):
            lines.append(f"{pad}t{n} = {expression}")
            if key.shards and name == key.pk.attribute.name:
                identity = " + '\\x00' + ".join(
                    f"next(iter(out[{attribute.name!r}].values()))" for attribute in self.schema.primary.attributes
                )
                assert isinstance(key.pk, TemplateHalf)  # noqa: S101 - only templates are sharded
                lines.append(f"{pad}t{n} += {key.pk.template.delimiter!r} + str(crc32(({identity}).encode()) % {key.shards})")
            if "{" in expression:
                lines.append(f"{pad}if len(t{n}) > {SHORT_KEY}: check_key({label}, {name!r}, t{n})")
            lines.append(f"{pad}out[{name!r}] = {{'S': t{n}}}")
        return lines

    def conditions(self, label: str, key: BoundKey) -> list[str]:
        conditions: list[str] = []
        known: set[str] = set()
        for leaf in predicate.conjuncts(key.when):
            if leaf == predicate.EMPTY:
                continue
            if isinstance(leaf, predicate.Lookup) and leaf.op == "exact" and isinstance(leaf.value, bool) and not leaf.path:
                conditions.append(f"v{self.number[leaf.name]} is {leaf.value}")
                known.add(leaf.name)
            else:
                conditions = [f"{label}.when.holds(self.attribute_values)"]
                known = set()
                break
        for name in sorted(key.facets - known):
            if self.attributes[name].null:
                conditions.append(f"v{self.number[name]} is not None")
        return conditions

    def text(self, half: TemplateHalf) -> tuple[str, list[str]]:
        """The expression of a key's text, and the tests that send it to the key itself, which says what is wrong."""
        template = half.template
        parts: list[str] = []
        refused: list[str] = []
        for segment in template.segments:
            if isinstance(segment, Literal):
                parts.append(segment.text.replace("{", "{{").replace("}", "}}"))
                continue
            n = self.number[segment.name]
            kind = template.kind(segment)
            v = f"v{n}"
            if isinstance(kind, TextFacet):
                if kind.escape:
                    self.names[f"F{n}"] = kind
                    parts.append(f"{{F{n}.encode({v})}}")
                    refused.append(f"not {v}")
                else:
                    parts.append(f"{{{v}}}")
                    refused += [f"{template.delimiter!r} in {v}", f"not {v}"]
            elif isinstance(kind, BoolFacet):
                parts.append(f"{{'true' if {v} else 'false'}}")
            elif isinstance(kind, IntFacet):
                parts.append(f"{{{v}:0{kind.width}d}}" if kind.width else f"{{{v}}}")
                if kind.width:
                    refused.append(f"not 0 <= {v} < {10**kind.width}")
            elif isinstance(kind, TimeFacet):
                parts.append(f"{{i{n}[:{kind.width}]}}" if kind.lossy else f"{{i{n}}}Z")
            elif isinstance(kind, DateFacet):
                parts.append(f"{{{v}.isoformat()}}")
            elif isinstance(kind, UuidFacet):
                parts.append(f"{{{v}}}")
        body = template.delimiter.join(parts).replace("\\", "\\\\").replace('"', '\\"')
        return f'f"{body}"', list(dict.fromkeys(refused))

    # decode

    def decode(self) -> list[str]:
        schema = self.schema
        lines = ["def decode(raw):", "    self = new(cls)", "    self._stored = raw"]
        if schema.schema_version > 1:
            lines += [
                "    held = raw.get(set_version)",
                f"    if held is None or held['N'] != '{schema.schema_version}': raw = schema.upgraded(raw)",
            ]
        lines += [f"    self.attribute_values = d = {{'{TYPE_NAME}': cls}}", "    try:"]
        for name, attr in self.attributes.items():
            lines += [f"        {line}" for line in self.decode_attribute(name, attr)]
        if lines[-1] == "    try:":
            lines.append("        pass")
        lines += ["    except (KeyError, TypeError): decode_other(schema, self, raw)", "    return self"]
        return lines

    def decode_attribute(self, name: str, attr: Attribute[Any]) -> list[str]:
        form = self.inlines[name]
        n = self.number[name]
        stored = repr(attr.attr_name)
        held = f"w = raw.get({stored})"
        # Sent to decode_other: there the default is made, or the error says what is wrong with the value.
        missing = "if w is None or 'NULL' in w: raise KeyError"
        if form is None:
            set_it = f"setattr(self, {name!r}, A{n}.deserialize(A{n}.get_value(w)))"
            if attr.default is not None:
                return [held, missing, set_it]
            return [held, f"if w is not None and 'NULL' not in w: {set_it}"]
        if not attr.null and attr.default is None:
            value = form.decode.replace("$w", f"raw[{stored}]['{form.kind}']")
            return [f"d[{name!r}] = {value}"]
        value = form.decode.replace("$w", f"w['{form.kind}']")
        if callable(attr.default):
            return [held, missing, f"d[{name!r}] = {value}"]
        lines = [held, f"if w is not None: d[{name!r}] = {value}"]
        if attr.default is not None:
            self.names[f"E{n}"] = attr.default
            lines.append(f"else: d[{name!r}] = E{n}")
        return lines


def check_key(key: BoundKey, name: str, text: str) -> None:
    """KeyRefused for a key longer than DynamoDB takes."""
    limit = 2048 if name == key.pk.attribute.name else 1024
    size = len(text.encode())
    if size > limit:
        raise key.refusal("", f"it is {size} bytes and DynamoDB takes {limit}")


def codec_of(entity: type[EntityDefinition]) -> Codec:
    """The codec of an entity, made at its first use."""
    found: Codec | None = entity.__dict__.get("_codec")
    if found is None:
        found = compile_codec(entity.schema)
        entity._codec = found  # type: ignore[attr-defined]  # noqa: SLF001 - made here, and read here alone
    return found
