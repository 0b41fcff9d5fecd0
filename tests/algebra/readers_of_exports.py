"""Small readers for exported files: they read the matrices back as another program would, and refuse what that would refuse."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import sympy


class UnreadableError(ValueError):
    """The text is not in the language it claims to be."""


def without_comments(text: str, language: str) -> str:
    """The text without comments; a Mathematica comment that never ends is refused."""
    if language == "wl":
        # a comment mark inside a string is text
        text = re.sub(r'"(?:\\.|[^"\\])*"|\(\*.*?\*\)', lambda m: m[0] if m[0][0] == '"' else "", text, flags=re.S)
        strings_left_out = re.sub(r'"(?:\\.|[^"\\])*"', "", text)
        if "(*" in strings_left_out or "*)" in strings_left_out:
            raise UnreadableError("a comment does not end")
        return text
    mark = r"(?<!\\)%" if language == "tex" else "#"  # an escaped per cent sign is text
    return "\n".join(re.split(mark, line)[0] for line in text.splitlines())


def literal(text: str, opening: str) -> str:
    """The bracketed text that starts at the beginning of ``text``, strings respected."""
    closing = {"[": "]", "{": "}"}[opening]
    depth, quoted, previous = 0, False, ""
    for position, character in enumerate(text):
        if character == '"' and previous != "\\":
            quoted = not quoted
        elif not quoted and character in (opening, closing):
            depth += 1 if character == opening else -1
            if depth == 0:
                return text[: position + 1]
        previous = character
    raise UnreadableError("brackets do not balance")


def assigned(text: str, symbol: str, sign: str, opening: str) -> str:
    """The list that is assigned to ``symbol``."""
    match = re.search(rf"^{symbol} {re.escape(sign)} (?:matrix\(\w+, )?(?={re.escape(opening)})", text, flags=re.M)
    if match is None:
        raise UnreadableError(f"{symbol} is not assigned")
    return literal(text[match.end() :], opening)


def nested(text: str, opening: str, number: Callable[[str], Any]) -> Any:
    """Nested lists of numbers; every item of a list must be written."""
    text = text.strip()
    if not text.startswith(opening):
        return number(text)
    if literal(text, opening) != text:
        raise UnreadableError(f"text after a list: {text[-20:]}")
    items, depth, start, inside = [], 0, 0, text[1:-1]
    for position, character in enumerate(inside + ","):
        depth += (character in "[{(") - (character in "]})")
        if character == "," and depth == 0:
            items.append(inside[start:position].strip())
            start = position + 1
    if items and not items[-1]:
        items.pop()  # a comma may follow the last item in Python and Sage
    if any(not item for item in items):
        raise UnreadableError("an item of a list is missing")
    return [nested(item, opening, number) for item in items]


def number_of(language: str) -> Callable[[str], sympy.Expr]:
    """How a number of the language reads."""

    def read(text: str) -> sympy.Expr:
        if language == "wl":
            text = text.replace("Sqrt[", "(sqrt[").replace("*^", "e").replace("^", "**")
            text = text.replace("(sqrt[", "sqrt(").replace("]", ")")
        if language == "g":
            text = text.replace("Sqrt(", "sqrt(")
        if not re.fullmatch(r"[-+*/(). \de]*(?:sqrt\([\d/]+\)[-+*/(). \de]*)*", text) or not text:
            raise UnreadableError(f"not a number: {text!r}")
        return sympy.Float(float(text)) if "." in text else sympy.sympify(text)

    return read


SIGN = {"wl": "=", "sage": "=", "g": ":="}
OPENING = {"wl": "{", "sage": "[", "g": "["}


def read_matrices(text: str, symbol: str, language: str) -> list[sympy.Matrix]:
    """The matrices of ``generators`` or ``errors``, or the one of ``metric``."""
    bare = without_comments(text, language)
    body = assigned(bare, symbol, SIGN[language], OPENING[language])
    body = re.sub(r"matrix\(\w+, (\[.*?\n    \])\)", r"\1", body, flags=re.S)
    entries = nested(body, OPENING[language], number_of(language))
    return [sympy.Matrix(entries)] if symbol == "metric" else [sympy.Matrix(matrix) for matrix in entries]


def read_brackets(text: str, language: str) -> dict[tuple[int, int, int], sympy.Expr]:
    """Structure constants ``f[i, j, k]`` for i < j, counted from 0."""
    bare, number = without_comments(text, language), number_of(language)
    if language == "wl":
        rules = re.findall(r"\{(\d+), (\d+), (\d+)\} -> ([^,{}]+?)(?=[,}])", bare)
        table = {(int(i) - 1, int(j) - 1, int(k) - 1): number(value) for i, j, k, value in rules}
    elif language == "g":
        rows = nested(assigned(bare, "structureConstants", ":=", "["), "[", number)
        table = {(int(i) - 1, int(j) - 1, int(row[m + 1]) - 1): row[m] for i, j, row in rows for m in range(0, len(row), 2)}
    else:
        body = assigned(bare, "structure_constants", "=", "{")
        rows = re.findall(r"\((\d+), (\d+)\): \{(.*?)\}", body)
        pairs = [(i, j, *term.split(": ")) for i, j, row in rows for term in row.split(", ")]
        table = {(int(i), int(j), int(k)): number(value) for i, j, k, value in pairs}
    return {key: value for key, value in table.items() if key[0] < key[1]}


ENVIRONMENTS = re.compile(r"\\(begin|end)\{(\w+\*?)\}|\\([\[\]])")


def check_latex(text: str) -> None:
    """Environments, displays and braces must balance, as a compiler would insist."""
    bare, open_ones = without_comments(text, "tex").replace("\\\\", " "), []
    for kind, environment, display in ENVIRONMENTS.findall(bare):
        name = environment or "display"
        if kind == "begin" or display == "[":
            open_ones.append(name)
        elif not open_ones or open_ones.pop() != name:
            raise UnreadableError(f"{name} ends without a beginning")
    if open_ones:
        raise UnreadableError(f"{open_ones[-1]} does not end")
    depth = 0
    for character in re.sub(r"\\[{}]", "", bare):
        depth += (character == "{") - (character == "}")
        if depth < 0:
            break
    if depth:
        raise UnreadableError("braces do not balance")


def read_latex(text: str) -> list[tuple[str, sympy.Matrix]]:
    """Symbol and matrix of every display; errors after ± are left out."""
    check_latex(text)
    displays = re.findall(r"\\\[\n(.*?) =\n\\begin\{pmatrix\}\n(.*?)\n\\end\{pmatrix\}\n\\\]", without_comments(text, "tex"), flags=re.S)
    return [(symbol, sympy.Matrix([[_latex_number(e) for e in row.split("&")] for row in body.split("\\\\")])) for symbol, body in displays]


def _latex_number(text: str) -> sympy.Expr:
    plain = re.sub(r"(?<=\d)\(\d+\)", "", text.split(r"\pm")[0]).replace(r" \times 10^", "*10**").replace(r"\sqrt", "sqrt").replace(" ", "")
    plain = re.sub(r"\\frac\{(.*?)\}\{(\d+)\}(?!\})", r"((\1)/\2)", plain)
    plain = re.sub(r"sqrt\{(\d+)\}", r"sqrt(\1)", plain).replace("{", "(").replace("}", ")")
    if "\\" in plain:
        raise UnreadableError(f"not a number: {text!r}")
    return sympy.sympify(plain)
