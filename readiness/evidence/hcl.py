"""HCL as blocks and values, each with its line; the one home of python-hcl2.

Reads Terraform's native syntax (`.tf`) and its JSON form (`.tf.json`). What only Terraform can know, a
reference, a call, a condition, stays an `Expression` that says what it refers to. Comments are dropped by the
parser: a block that is commented out is not there.

Bounds: bytes, and what makes the parser slow: long runs of blank lines and deep nesting.

Source:
    HCL native syntax specification; Terraform, "JSON Configuration Syntax".
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

LIMIT_BYTES = 1_000_000
LIMIT_BLANK = 1_000  # characters of white space in a row: the parser's time grows with their square
LIMIT_DEPTH = 120
_TERMS = frozenset({"expr_term", "interpolation", "braces_index", "expression"})
_ATTRIBUTE = frozenset(
    {"get_attr_expr_term", "index_expr_term", "attr_splat_expr_term", "full_splat_expr_term"}
)


class NotHcl(ValueError):
    """A text that can't be read as HCL, or only past the bounds; `line` is 1-based."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


class Expression(NamedTuple):
    """A value that only Terraform can work out."""

    text: str
    references: tuple[str, ...] = ()  # dotted, without indexes: aws_sns_topic.page.arn, var.env, module.x.arn
    parts: tuple[Any, ...] = ()  # of a template: texts and values
    branches: tuple[Any, ...] = ()  # of a condition: what it gives if it holds, and if not
    function: str = ""
    arguments: tuple[Any, ...] = ()
    reference: str = ""  # where it is one reference and no more


class Attribute(NamedTuple):
    value: Any  # text, number, boolean, None, tuple, dict or Expression
    line: int | None
    keys: tuple[str | int, ...] = ()  # where it stands in a JSON file


class Block(NamedTuple):
    """One block; in JSON a nested one stands among the attributes, and `nested` finds both."""

    type: str
    labels: tuple[str, ...]
    attributes: Mapping[str, Attribute]
    blocks: tuple["Block", ...]
    line: int | None
    keys: tuple[str | int, ...] = ()

    def value(self, name: str) -> Any:
        """The value of an attribute; None where it is left out."""
        found = self.attributes.get(name)
        return found.value if found is not None else None

    def nested(self, name: str) -> tuple["Block", ...]:
        found = [block for block in self.blocks if block.type == name]
        attribute = self.attributes.get(name)
        value = attribute.value if attribute is not None else None
        for one in value if isinstance(value, tuple) else (value,):
            if attribute is not None and isinstance(one, dict):
                inner = {key: Attribute(item, attribute.line, attribute.keys) for key, item in one.items()}
                found.append(Block(name, (), inner, (), attribute.line, attribute.keys))
        return tuple(found)

    @property
    def is_dynamic(self) -> bool:
        return any(block.type == "dynamic" for block in self.blocks)

    def expressions(self) -> Iterator[Expression]:
        """Every expression inside it."""
        for attribute in self.attributes.values():
            yield from expressions_in(attribute.value)
        for block in self.blocks:
            yield from block.expressions()


def expressions_in(value: Any) -> Iterator[Expression]:
    if isinstance(value, Expression):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from expressions_in(one)
    elif isinstance(value, dict):
        for one in value.values():
            yield from expressions_in(one)


def blocks_of(text: bytes, json_form: bool) -> tuple[Block, ...]:
    """The blocks of a file.

    Raises:
        NotHcl: it is no HCL, or past the bounds.
    """
    if len(text) > LIMIT_BYTES:
        raise NotHcl(f"{len(text)} bytes, more than {LIMIT_BYTES} are not read", 1)
    try:
        plain = text.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise NotHcl("it is no UTF-8 text", text.count(b"\n", 0, wrong.start) + 1) from wrong
    try:
        return _json_blocks(plain) if json_form else _Reader(plain).body(_tree(plain), 0)[1]
    except RecursionError as wrong:
        raise NotHcl("it is nested too deeply", 1) from wrong


def _tree(text: str) -> Any:
    blank = re.search(rf"\s{{{LIMIT_BLANK},}}", text)
    if blank is not None:
        raise NotHcl(f"more than {LIMIT_BLANK} blanks in a row", text.count("\n", 0, blank.start()) + 1)
    import hcl2
    from lark.exceptions import LarkError

    try:
        return hcl2.parses_to_tree(text).children[0]
    except LarkError as wrong:
        line = getattr(wrong, "line", 1)
        what = getattr(getattr(wrong, "token", None), "value", None)
        near = f" at {str(what)[:40]!r}" if what else ""
        raise NotHcl(f"it is no HCL{near}", line if isinstance(line, int) and line > 0 else 1) from wrong


class _Reader:
    """The parser's tree as blocks and values."""

    def __init__(self, text: str) -> None:
        self.text = text + "\n"

    def body(self, node: Any, depth: int) -> tuple[dict[str, Attribute], tuple[Block, ...]]:
        _bounded(depth)
        attributes: dict[str, Attribute] = {}
        blocks: list[Block] = []
        for child in _trees(node):
            if child.data == "attribute":
                name, *_, value = child.children
                attributes[_word(name)] = Attribute(self.value(value, depth + 1), child.meta.line)
            elif child.data == "block":
                words = [
                    _word(one) for one in _trees(child) if one.data not in ("body", "new_line_or_comment")
                ]
                inner = next(one for one in _trees(child) if one.data == "body")
                own, nested = self.body(inner, depth + 1)
                blocks.append(Block(words[0], tuple(words[1:]), own, nested, child.meta.line))
        return attributes, tuple(blocks)

    def value(self, node: Any, depth: int) -> Any:
        _bounded(depth)
        kind = str(node.data)
        inner = [one for one in _trees(node) if one.data != "new_line_or_comment"]
        if kind in _TERMS and len(inner) == 1:
            return self.value(inner[0], depth + 1)
        if kind == "literal_value":
            return {"true": True, "false": False, "null": None}[str(node.children[0])]
        if kind in ("int_lit", "float_lit"):
            return _number(str(node.children[0]))
        if kind == "string":
            return self._template(node, depth)
        if kind in ("heredoc_template", "heredoc_template_trim"):
            return self._heredoc(str(node.children[0]), depth)
        if kind == "tuple":
            return tuple(self.value(one, depth + 1) for one in inner)
        if kind == "object":
            pairs = [list(_trees(elem)) for elem in inner if elem.data == "object_elem"]
            return {self._key(pair[0], depth): self.value(pair[-1], depth + 1) for pair in pairs}
        return self._expression(node, kind, inner, depth)

    def _expression(self, node: Any, kind: str, inner: list[Any], depth: int) -> Any:
        text = self.text[node.meta.start_pos : node.meta.end_pos]
        if kind == "identifier" or kind in _ATTRIBUTE:
            path = self._path(node, depth)
            if path:
                return Expression(text, (".".join(path),), reference=".".join(path))
        values = [self.value(one, depth + 1) for one in inner if one.data not in ("identifier", "arguments")]
        if kind == "function_call":
            given = next((one for one in inner if one.data == "arguments"), None)
            values = [self.value(one, depth + 1) for one in _trees(given)
                      if one.data != "new_line_or_comment"] if given is not None else []  # fmt: skip
            name = _word(inner[0])
            return Expression(text, _references(values), (), (), name, tuple(values))
        if kind == "conditional":
            return Expression(text, _references(values), (), tuple(values[1:]))
        if kind == "unary_op" and values and isinstance(values[0], int | float) and text.startswith("-"):
            return -values[0]
        return Expression(text, _references(values))

    def _path(self, node: Any, depth: int) -> list[str]:
        """The names of a chain such as `aws_sns_topic.page[0].arn`; empty where it starts with no name."""
        _bounded(depth)
        kind = str(node.data)
        inner = [one for one in _trees(node) if one.data != "new_line_or_comment"]
        if kind == "identifier":
            return [str(node.children[0])]
        if kind == "expr_term" and len(inner) == 1:
            return self._path(inner[0], depth + 1)
        if kind not in _ATTRIBUTE:
            return []
        base = self._path(inner[0], depth + 1)
        names = [_word(one) for part in inner[1:] for one in part.iter_subtrees_topdown()
                 if one.data == "identifier"] if kind != "index_expr_term" else []  # fmt: skip
        return [*base, *names] if base else []

    def _key(self, node: Any, depth: int) -> str:
        found = self.value(node.children[0], depth + 1) if node.children else ""
        if isinstance(found, Expression):
            return found.reference or found.text
        return str(found)

    def _template(self, node: Any, depth: int) -> Any:
        parts: list[Any] = []
        for part in _trees(node):
            child = part.children[0]
            if not hasattr(child, "data"):
                parts.append(_unescaped(str(child)))
            elif child.data == "interpolation":
                parts.append(self.value(child, depth + 1))
            else:
                parts.append(Expression(self.text[child.meta.start_pos : child.meta.end_pos]))
        return template(parts)

    def _heredoc(self, token: str, depth: int) -> Any:
        lines = token.splitlines(keepends=True)
        body = "".join(lines[1:-1])
        if lines[0].startswith("<<-"):
            indents = [len(one) - len(one.lstrip()) for one in lines[1:-1] if one.strip()]
            body = "".join(one[min(indents, default=0) :] if one.strip() else one for one in lines[1:-1])
        return template(parts_of(body, depth))


def template(parts: list[Any]) -> Any:
    """The text of a template's parts, or the expression that it is."""
    if all(not isinstance(part, Expression) for part in parts):
        return "".join(str(part) for part in parts)
    if len(parts) == 1:
        return parts[0]
    text = "".join(f"${{{part.text}}}" if isinstance(part, Expression) else str(part) for part in parts)
    return Expression(text, _references(parts), tuple(parts))


def parts_of(text: str, depth: int = 0) -> list[Any]:
    """The texts and values of a template that stands in a heredoc or in JSON."""
    parts: list[Any] = []
    position = 0
    for hole in re.finditer(r"(?<!\$)\$\{", text):
        if hole.start() < position:
            continue
        end, level = hole.end(), 1
        while end < len(text) and level:
            level += (text[end] == "{") - (text[end] == "}")
            end += 1
        if level:
            break
        parts.append(text[position : hole.start()])
        parts.append(_parsed(text[hole.end() : end - 1], depth + 1))
        position = end
    parts.append(text[position:])
    return [part for part in parts if part != ""]


def _parsed(text: str, depth: int) -> Any:
    _bounded(depth)
    try:
        source = f"value = ({text.strip('~')})"
        return _Reader(source).body(_tree(source), depth)[0]["value"].value
    except (NotHcl, KeyError):
        return Expression(text)


def _json_blocks(text: str) -> tuple[Block, ...]:
    """Blocks of the JSON form: `{"resource": {type: {name: {…}}}}`."""
    try:
        raw = json.loads(text)
    except ValueError as wrong:
        raise NotHcl(f"it is no JSON: {wrong}", getattr(wrong, "lineno", 1)) from wrong
    depths = {"resource": 2, "data": 2, "module": 1, "variable": 1, "output": 1, "provider": 1, "locals": 0}
    found: list[Block] = []
    for kind, value in raw.items() if isinstance(raw, dict) else ():
        if kind in depths:
            found.extend(_json_bodies(kind, (), value, depths[kind], (kind,)))
    return tuple(found)


def _json_bodies(
    kind: str, labels: tuple[str, ...], value: Any, left: int, keys: tuple[str | int, ...]
) -> Iterator[Block]:
    if isinstance(value, list):
        for index, one in enumerate(value):
            yield from _json_bodies(kind, labels, one, left, (*keys, index))
    elif isinstance(value, dict) and left:
        for name, one in value.items():
            yield from _json_bodies(kind, (*labels, name), one, left - 1, (*keys, name))
    elif isinstance(value, dict):
        attributes = {
            name: Attribute(_json_value(one, 0), None, (*keys, name))
            for name, one in value.items()
            if name != "//"
        }
        yield Block(kind, labels, attributes, (), None, keys)


def _json_value(value: Any, depth: int) -> Any:
    _bounded(depth)
    if isinstance(value, str):
        return template(parts_of(value))
    if isinstance(value, list):
        return tuple(_json_value(one, depth + 1) for one in value)
    if isinstance(value, dict):
        return {name: _json_value(one, depth + 1) for name, one in value.items()}
    return value


def _bounded(depth: int) -> None:
    if depth > LIMIT_DEPTH:
        raise NotHcl("it is nested too deeply", 1)


def _trees(node: Any) -> Iterator[Any]:
    return (child for child in node.children if hasattr(child, "data"))


def _word(node: Any) -> str:
    """A name, or a label in quotes."""
    if node.data != "string":
        return str(node.children[0])
    return "".join(str(part.children[0]) for part in _trees(node))


def _references(values: Any) -> tuple[str, ...]:
    found = (name for value in values for one in expressions_in(value) for name in one.references)
    return tuple(dict.fromkeys(found))


def _number(text: str) -> int | float:
    return int(text) if re.fullmatch(r"-?\d{1,30}", text) else float(text)


def _unescaped(text: str) -> str:
    text = text.replace("$${", "${").replace("%%{", "%{")
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "t": "\t", "r": "\r"}.get(found[1], found[1]), text)
