"""Terraform files as blocks and values, and what of them stays open."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from readiness.evidence.context import Named, Sources
from readiness.evidence.documents import Documents
from readiness.evidence.hcl import LIMIT_BLANK, LIMIT_BYTES, Expression, NotHcl, blocks_of
from readiness.evidence.terraform import Referred, Resource, Terraform
from readiness.known import Unreadable
from readiness.tree import Tree, open_work_tree
from tests.faults import write


def terraform(at: Path, files: Mapping[str, str]) -> Terraform:
    write(at, dict(files))
    trees: dict[str, Tree] = {"repository": open_work_tree(str(at), "repository")}
    return Terraform.collect(Named({}), Documents(trees), Sources(trees))


def only(made: Terraform, *types: str) -> Resource:
    (found,) = made.of(*types)
    assert isinstance(found, Resource)
    return found


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ('"a"', "a"),
        ('"a\\"b\\n"', 'a"b\n'),
        ('"$${a}"', "${a}"),
        ("-80.5", -80.5),
        ("60", 60),
        ("true", True),
        ("null", None),
        ('["a", 1, ["b"]]', ("a", 1, ("b",))),
        ('{ "a" = 1, b : 2 }', {"a": 1, "b": 2}),
        ("<<E\na\n  b\nE", "a\n  b\n"),
        ("<<-E\n    a\n      b\n    E", "a\n  b\n"),
        ('("a")', "a"),
    ],
)
def test_literals(written: str, value: Any) -> None:
    (block,) = blocks_of(f"x {{\n  a = {written}\n}}\n".encode(), False)
    assert block.value("a") == value
    assert block.attributes["a"].line == 2


@pytest.mark.parametrize(
    ("written", "reference", "references"),
    [
        ("aws_sns_topic.page.arn", "aws_sns_topic.page.arn", ("aws_sns_topic.page.arn",)),
        ("aws_sns_topic.page[0].arn", "aws_sns_topic.page.arn", ("aws_sns_topic.page.arn",)),
        ("aws_sns_topic.page[*].arn", "aws_sns_topic.page.arn", ("aws_sns_topic.page.arn",)),
        ('"${var.a}"', "var.a", ("var.a",)),
        ('"a-${var.a}"', "", ("var.a",)),
        ("!var.a", "", ("var.a",)),
        ("var.a + 1", "", ("var.a",)),
        ("var.on ? var.a : var.b", "", ("var.on", "var.a", "var.b")),
        ("concat(var.a, [var.b])", "", ("var.a", "var.b")),
        ("<<E\n${var.a} b\nE", "", ("var.a",)),
    ],
)
def test_what_only_terraform_knows(written: str, reference: str, references: tuple[str, ...]) -> None:
    (block,) = blocks_of(f"x {{\n  a = {written}\n}}\n".encode(), False)
    value = block.value("a")
    assert isinstance(value, Expression)
    assert (value.reference, value.references) == (reference, references)


def test_what_is_commented_out_is_not_there() -> None:
    text = (
        b'# resource "a" "b" {}\n/*\nresource "a" "c" {}\n*/\n// resource "a" "d" {}\nresource "a" "e" {}\n'
    )
    (block,) = blocks_of(text, False)
    assert (block.labels, block.line) == (("a", "e"), 6)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b'resource "a" "b" {\n  x = \n}\n', 2),
        (b'resource "a" "b" {\n', 2),
        (b"a = 1\nb = \xff\n", 2),
        (b"a = " + b"[" * 3000 + b"]" * 3000, 1),
        (b"a {" * 3000 + b"}" * 3000, 1),
        (b"a = " + b"x." * 3000 + b"y", 1),
        (b"x = 1\na = <<E\n" + b"\n" * LIMIT_BLANK * 100, 2),
        (b"#" * (LIMIT_BYTES + 1), 1),
        (b"{", 1),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_broken_or_hostile_ends_quickly(text: bytes, line: int) -> None:
    with pytest.raises(NotHcl) as wrong:
        blocks_of(text, False)
    assert wrong.value.line == line


def test_the_json_form(tmp_path: Path) -> None:
    text = '{"resource": {"aws_x": {"a": {"n": "${var.b}-c", "m": [{"k": 1}], "l": ["${aws_y.d.arn}"]}}}}'
    found = only(terraform(tmp_path, {"main.tf.json": text}), "aws_x")
    assert found.block.nested("m")[0].value("k") == 1
    assert found.place("n").keys == ("resource", "aws_x", "a", "n")
    with pytest.raises(NotHcl):
        blocks_of(b"[", True)
    assert blocks_of(b"[1]", True) == ()


def test_arguments_and_outputs_of_modules_are_followed(tmp_path: Path) -> None:
    made = terraform(
        tmp_path,
        {
            "main.tf": 'module "alarms" {\n  source = "./alarms"\n  to = [module.topics.arn, local.other]\n}\n'
            'module "topics" {\n  source = "./topics"\n}\nlocals {\n  other = "arn:aws:sns:eu:1:b"\n}\n',
            "alarms/main.tf": 'variable "to" {}\nvariable "on" {\n  default = true\n}\n'
            'resource "aws_alarm" "a" {\n  to = concat(var.to, [])\n  on = var.on\n}\n',
            "topics/main.tf": 'resource "aws_topic" "t" {}\noutput "arn" {\n  value = aws_topic.t.arn\n}\n',
        },
    )
    alarm = only(made, "aws_alarm")
    topic, other = alarm.items("to")
    assert isinstance(topic, Referred)
    assert (topic.resource.subject.namespace, topic.resource.name, topic.attribute) == ("topics", "t", "arn")
    assert other == "arn:aws:sns:eu:1:b"
    assert alarm.value("on") is True  # nobody but callers can set it


def test_a_variable_of_a_root_is_open_whatever_its_default(tmp_path: Path) -> None:
    made = terraform(
        tmp_path,
        {"main.tf": 'variable "on" {\n  default = true\n}\nresource "aws_x" "a" {\n  on = var.on\n}\n'},
    )
    value = only(made, "aws_x").value("on")
    assert isinstance(value, Expression)
    assert value.reference == "var.on"


def test_branches_are_both_possible(tmp_path: Path) -> None:
    text = 'resource "aws_x" "a" {\n  to = var.on ? ["a"] : ["b"]\n}\n'
    assert only(terraform(tmp_path, {"main.tf": text}), "aws_x").items("to") == ("a", "b")


def test_locals_that_lead_to_themselves_end(tmp_path: Path) -> None:
    text = 'locals {\n  a = local.b\n  b = [local.a]\n}\nresource "aws_x" "a" {\n  to = local.a\n}\n'
    assert only(terraform(tmp_path, {"main.tf": text}), "aws_x").items("to")


def test_locals_that_multiply_end_quickly(tmp_path: Path) -> None:
    lines = [f"  l{n} = [{', '.join([f'local.l{n + 1}'] * 50)}]" for n in range(30)]
    text = "locals {\n" + "\n".join(lines) + '\n  l30 = "x"\n}\nresource "aws_x" "a" {\n  to = local.l0\n}\n'
    assert len(only(terraform(tmp_path, {"main.tf": text}), "aws_x").items("to")) <= 200


def test_what_is_not_made_is_not_given(tmp_path: Path) -> None:
    text = 'resource "aws_x" "a" {\n  count = 0\n}\nresource "aws_x" "b" {\n  count = var.on ? 1 : 0\n}\n'
    assert only(terraform(tmp_path, {"main.tf": text}), "aws_x").name == "b"


def test_a_broken_file_harms_only_what_it_names(tmp_path: Path) -> None:
    made = terraform(
        tmp_path,
        {
            "a.tf": 'resource "aws_x" "a" {\n',
            "b.tf": 'resource "aws_x" "b" {}\nresource "aws_y" "b" {}\n',
            "tests/c.tf": 'resource "aws_x" "c" {}\n',
        },
    )
    broken, found = made.of("aws_x")
    assert isinstance(broken, Unreadable)
    assert (broken.at.file, broken.at.line, broken.kinds) == ("a.tf", 2, frozenset({"aws_x"}))
    assert isinstance(found, Resource)
    assert only(made, "aws_y").name == "b"
