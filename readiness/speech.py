"""What a check says, before anything is made of it: findings and proofs that are sound, or nonsense.

A finding that is malformed would break a later stage, and with it every other outcome: so the fields
of each are looked at when it is said.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from types import GeneratorType

from readiness.outcome import SEVERITIES, Edit, Finding, Location, Operand, Proof, Subject

LONGEST_NUMBER = 1024  # bits of an operand


def nonsense_in(said: object) -> str:
    """What is wrong with one thing that a check yielded; empty when it is a sound Finding or Proof."""
    if type(said) is not Finding and type(said) is not Proof:
        return f"yielded {type(said).__name__}; expected Finding or Proof"
    name = type(said).__name__
    if type(said.message) is not str or not said.message:
        return f"yielded a {name} whose message is {type(said.message).__name__}; expected a text"
    if said.at is not None and not _is_location(said.at):
        return f"yielded a {name} whose at is {type(said.at).__name__}; expected a Location"
    if said.about is not None and not (
        type(said.about) is Subject and all(type(word) is str for word in said.about)
    ):
        return f"yielded a {name} whose about is no Subject of texts"
    if type(said.operands) is not tuple:
        return f"yielded a {name} whose operands are {type(said.operands).__name__}; expected a tuple"
    for operand in said.operands:
        if type(operand) is not Operand:
            return f"yielded a {name} with {type(operand).__name__} among its operands; expected Operand"
        wrong = _wrong_value(operand.value)
        if wrong:
            return f"yielded a {name} whose operand {operand.name} is {wrong}; expected a number or a text"
        if operand.at is not None and not _is_location(operand.at):
            return f"yielded a {name} whose operand {operand.name} has no Location as its place"
        if operand.worse not in ("more", "less", "") or not type(operand.unit) is type(operand.name) is str:
            return f"yielded a {name} whose operand {operand.name} has no sound name, unit or direction"
    if type(said) is Finding and (
        type(said.fix) is not str or type(said.key) is not str or said.at_most not in (None, *SEVERITIES)
    ):
        return "yielded a Finding whose fix, key or at_most is of the wrong kind"
    if type(said) is Finding and said.edits and not _are_edits(said.edits):
        return "yielded a Finding whose edits are no Edits with a Location each"
    if type(said) is Finding and not (
        type(said.environments) is tuple and all(type(name) is str for name in said.environments)
    ):
        return "yielded a Finding whose environments are no tuple of names"
    return ""


def _wrong_value(value: object) -> str:
    if type(value) is int and value.bit_length() > LONGEST_NUMBER:
        return f"a number of {value.bit_length()} bits"
    if type(value) is float and (value != value or abs(value) == float("inf")):
        return str(value)
    return "" if type(value) in (int, float, str) else type(value).__name__


def _are_edits(edits: object) -> bool:
    return type(edits) is tuple and all(
        type(one) is Edit and _is_location(one.at) and one.op in ("set", "remove") for one in edits
    )


def _is_location(at: object) -> bool:
    return (
        type(at) is Location
        and type(at.source) is str
        and type(at.file) is str
        and type(at.keys) is tuple
        and (at.line is None or type(at.line) is int)
    )


def close(said: object) -> None:
    """Ends a generator that was left halfway, so that the interpreter has no complaint to print later."""
    if type(said) is GeneratorType and said.gi_frame is None:
        return  # it came to its end
    end = getattr(said, "close", None)
    if end is not None:
        with suppress(BaseException):
            end()


def one_by_one(said: object) -> Iterable[object]:
    if isinstance(said, (str, bytes, Mapping)) or not hasattr(said, "__iter__"):
        raise TypeError(f"returned {type(said).__name__}; a check yields Finding and Proof")
    return said
