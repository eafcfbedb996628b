"""What options of ``check`` say about messages: their schema, their fields, samples of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pnfilter.cli.terminal import CommandError, json_line, reason_of

if TYPE_CHECKING:
    from pnfilter.cli.filter_text import FilterText, ReadFailure
    from pnfilter.input.payloads import Payload
    from pnfilter.lint.check import MessageSchema
    from pnfilter.lint.samples import Sampling
    from pnfilter.semantics.assumptions import Assumptions

#: Bytes of the longest schema that is read.
MAX_SCHEMA_BYTES = 16 << 20
#: Keywords of JSON Schema, of which a schema that says something has one at least.
KEYWORDS = frozenset(
    "type enum const properties patternProperties additionalProperties propertyNames required "
    "minProperties maxProperties dependentRequired dependentSchemas dependencies "
    "unevaluatedProperties allOf anyOf oneOf not if then else definitions".split()
)
#: Keywords that constrain nothing.
ANNOTATIONS = frozenset(
    "title description default examples deprecated readOnly writeOnly id".split()
)
_OTHER_TYPES = frozenset({"array", "string", "number", "integer", "boolean", "null"})


def read_schema(name: str, option: str | None) -> MessageSchema:
    """The schema of a file that the option names, or else the settings."""
    import json

    from pnfilter.extraction.trees import read_regular
    from pnfilter.lint.check import MessageSchema

    by = "schema of the settings:" if option is None else "--schema"
    try:
        if option is None:
            content = read_regular(name, MAX_SCHEMA_BYTES)
        else:
            # What a user names may be a pipe.
            with open(name, "rb") as stream:
                content = stream.read(MAX_SCHEMA_BYTES + 1)
        if len(content) > MAX_SCHEMA_BYTES:
            raise CommandError(f"{by} {name}: longer than {MAX_SCHEMA_BYTES:,} bytes")
        schema = json.loads(content)
    except OSError as error:
        raise CommandError(f"{by} {reason_of(error, name)}") from None
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{by} {name}: not JSON: {error}") from None
    if not isinstance(schema, dict):
        raise CommandError(f"{by} {name}: a JSON Schema of messages is an object")
    reason = _no_schema(schema)
    if reason:
        raise CommandError(f"{by} {name}: {reason}")
    try:
        return MessageSchema(schema)
    except ValueError as error:
        raise CommandError(f"{by} {name}: {error}") from None
    except RecursionError:
        raise CommandError(f"{by} {name}: nested too deeply") from None


def _no_schema(schema: dict[str, Any]) -> str:
    """Why an object is no JSON Schema of messages; empty if it may be one."""
    types = schema.get("type", "object")
    named = types if isinstance(types, list) else [types]
    # Other types are refused with their place, unless this is something else altogether.
    if "object" not in named and all(name in _OTHER_TYPES for name in named if str(name) == name):
        return f"a message is an object, and the type of this schema is {json_line(types)[:80]}"
    if not schema or any(key in KEYWORDS or key.startswith("$") for key in schema):
        return ""
    if ANNOTATIONS.issuperset(schema):
        return ""
    return (
        "not a JSON Schema but a message, it seems (samples are given by --messages; "
        "pnfilter infer makes a schema of them)"
    )


def known_fields(names: list[str]) -> list[str]:
    """The fields of ``--known-field``; ``CommandError`` for an invalid one."""
    from pnfilter.diagnostics import FilterSyntaxError
    from pnfilter.syntax import nodes
    from pnfilter.syntax.parser import parse

    for name in names:
        try:
            known = isinstance(parse(name), nodes.Path)
        except FilterSyntaxError:
            known = False
        if not known:
            raise CommandError(f"--known-field {name}: not a field; write it as meta.region")
    return names


def sample_files(
    sources: Iterable[FilterText | ReadFailure],
    names: list[str],
    payload: Payload,
    known_fields: Iterable[str] | None,
    assumed: Assumptions | None = None,
) -> tuple[Sampling, list[str]]:
    """All filters on all messages of files, and what of these files could not be read."""
    from pnfilter.cli.filter_text import FilterText
    from pnfilter.cli.progress import Progress
    from pnfilter.input.reader import MessageReader, total_size
    from pnfilter.lint.samples import Sampling

    texts = (source.text for source in sources if isinstance(source, FilterText))
    sampling = Sampling(texts, known_fields, assumed)
    failures: list[str] = []
    with Progress(total_size(names)) as progress:
        reader = MessageReader(
            payload=payload,
            complain=failures.append,
            note=progress.note,
            advance=progress.advance,
        )
        for name in names:
            for item in reader.read(name):
                sampling.look(item.message)
    if not sampling.total and not failures:
        failures.append(f"--messages {', '.join(names)}: no message in it")
    return sampling, failures
