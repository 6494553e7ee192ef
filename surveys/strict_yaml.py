"""Text to plain values by a small, strict part of YAML.

Only text, whole numbers, true/false, null, lists and mappings with text keys. No anchors, aliases or
tags (so no bombs), no key twice, no deep nesting. `yes`, `no`, dates and fractions stay text, so that
an answer label `No` or the language key `no` is what it looks like.
"""

from __future__ import annotations

import re
from typing import Any, TypeAlias

import yaml
from yaml._yaml import CParser
from yaml.composer import Composer
from yaml.resolver import Resolver

from surveys.file_error import InstrumentFileError

PlainValue: TypeAlias = "str | int | bool | list[PlainValue] | dict[str, PlainValue] | None"

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 20
_NULL, _BOOL, _INT = "tag:yaml.org,2002:null", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:int"
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


class _NotAllowed(yaml.MarkedYAMLError):
    """YAML that is valid but has no place in an instrument file."""


class _StrictLoader(Composer, CParser, Resolver):
    """Composes nodes from the events of libyaml; refuses what `read_plain` does not allow.

    No value is ever constructed by a tag.
    """

    depth = 0

    def __init__(self, text: str) -> None:
        CParser.__init__(self, text)
        Composer.__init__(self)
        Resolver.__init__(self)

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: Any = self.peek_event()
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise _NotAllowed(problem="anchors (&) and aliases (*) are not allowed", problem_mark=event.start_mark)
        if getattr(event, "tag", None) is not None:
            raise _NotAllowed(problem="tags (!) are not allowed", problem_mark=event.start_mark)
        if self.depth >= MAX_DEPTH:
            raise _NotAllowed(problem=f"nested deeper than {MAX_DEPTH} levels", problem_mark=event.start_mark)
        self.depth += 1
        node: yaml.Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node


# Without this the loader would add to the rules of SafeLoader, which read `no` as false.
_StrictLoader.yaml_implicit_resolvers = {}
_StrictLoader.add_implicit_resolver(_NULL, re.compile(r"^(?:~|null|)$"), ["~", "n", ""])
_StrictLoader.add_implicit_resolver(_BOOL, re.compile(r"^(?:true|false)$"), ["t", "f"])
_StrictLoader.add_implicit_resolver(_INT, re.compile(r"^-?(?:0|[1-9][0-9]{0,8})$"), list("-0123456789"))


def read_plain(text: str, where: str) -> PlainValue:
    """The plain value that the text holds; None for an empty file. Raises InstrumentFileError."""
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise InstrumentFileError(where, "", "larger than 1 MiB", "Split it into several instruments.")
    node = _compose(text, where)
    return None if node is None else _plain(node, where, "")


def _compose(text: str, where: str) -> yaml.Node | None:
    try:
        node: yaml.Node | None = _StrictLoader(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        problem = f"{error.problem or error.context or 'cannot be read as YAML'}{line}"
        advice = "Write plain YAML: text, whole numbers, true or false, lists and keys."
        raise InstrumentFileError(where, "", problem, advice) from None
    except (yaml.YAMLError, ValueError, OverflowError):
        # PyYAML lets ValueError and OverflowError through for impossible escapes and version lines.
        advice = "Save it as plain UTF-8 YAML without control characters."
        raise InstrumentFileError(where, "", "cannot be read as YAML", advice) from None
    return node


def _plain(node: yaml.Node, where: str, path: str) -> PlainValue:
    if isinstance(node, yaml.MappingNode):
        return _plain_mapping(node, where, path)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, where, join_path(path, str(place))) for place, child in enumerate(node.value)]
    return _plain_scalar(node, where, path)


def _plain_mapping(node: yaml.MappingNode, where: str, path: str) -> dict[str, PlainValue]:
    result: dict[str, PlainValue] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise InstrumentFileError(where, path, "a key is not plain text", "Write each key as a single word.")
        key = _checked_text(key_node.value, where, path)
        if key in result:
            line = key_node.start_mark.line + 1
            raise InstrumentFileError(
                where, join_path(path, key), f"the key is there twice (line {line})", "Keep one of the two."
            )
        result[key] = _plain(value_node, where, join_path(path, key))
    return result


def _plain_scalar(node: yaml.Node, where: str, path: str) -> PlainValue:
    if node.tag == _NULL:
        return None
    if node.tag == _BOOL:
        return bool(node.value == "true")
    if node.tag == _INT:
        return int(node.value)
    return _checked_text(node.value, where, path)


def _checked_text(value: str, where: str, path: str) -> str:
    text = value.strip()
    if _UNPRINTABLE.search(text):
        advice = "Write the text on one line, without control characters (`>-` folds long text)."
        raise InstrumentFileError(where, path, "the text holds a line break or control character", advice)
    return text


def join_path(path: str, key: str) -> str:
    """The key path one step further down."""
    return f"{path}.{key}" if path else key
