"""What belongs together before a criterion is taken apart: ``male or female``, ``class B or C``."""

from __future__ import annotations

from collections.abc import Sequence

from equipoise.registry.draft import chunks
from equipoise.registry.draft.bounds import Group
from equipoise.registry.draft.chunks import LETTERS, Letters, Piece, named_class
from equipoise.registry.draft.lexing import Token
from equipoise.registry.draft.measures import sexes
from equipoise.registry.draft.quantities import quantities


def is_kind(piece: Piece, kind: str) -> bool:
    """Return whether a piece is a token of a kind."""
    return isinstance(piece, Token) and piece.kind == kind


def prepared(parts: Sequence[Piece]) -> list[Piece]:
    """Put letters of a class together, and names that a slash joins apart."""
    found: list[Piece] = []
    at = 0
    while at < len(parts):
        piece = parts[at]
        if isinstance(piece, Group):
            piece = Group(tuple(prepared(piece.parts)), piece.start, piece.end)  # type: ignore[arg-type]
        either = _either_sex(parts, at)
        if either is not None:
            found.append(either[0])
            at = either[1]
            continue
        letter = _letters(parts, at, found)
        if letter is not None:
            found.append(letter[0])
            at = letter[1]
            continue
        if is_kind(piece, "slash") and found and at + 1 < len(parts):
            around = chunks.words_of(found[-1:]), chunks.words_of(parts[at + 1 : at + 2])
            names = quantities()
            if " ".join(around) not in names and (all(w in names for w in around) or
                    all(sexes(w) for w in around)):  # fmt: skip
                piece = Token("or", "/", piece.start, piece.end)
        found.append(piece)
        at += 1
    return found


def _either_sex(parts: Sequence[Piece], at: int) -> tuple[Token, int] | None:
    """Put ``male or female`` together, which is no choice between two criteria."""
    tokens: list[Token] = []
    for piece in parts[at:]:
        if not isinstance(piece, Token) or not (
            piece.kind in {"and", "or", "slash", "comma"} or sexes(piece.text)
        ):
            break
        tokens.append(piece)
    while tokens and tokens[-1].kind != "word":
        tokens.pop()
    codes = {code for token in tokens for code in sexes(token.text)}
    if len(codes) < 2 or not sexes(tokens[0].text):
        return None
    words = " ".join(token.text for token in tokens if token.kind == "word")
    return Token("word", words, tokens[0].start, tokens[-1].end), at + len(tokens)


def _letters(
    parts: Sequence[Piece], at: int, before: Sequence[Piece]
) -> tuple[Letters, int] | None:
    piece = parts[at]
    if not (is_kind(piece, "word") and isinstance(piece, Token) and LETTERS.fullmatch(piece.text)):
        return None
    quantity = named_class(chunks.words_of(before[-6:]))
    if quantity is None or piece.text not in quantity.codes:
        return None
    codes, end, at = [piece.text], piece.end, at + 1
    while at + 1 < len(parts) and any(
        is_kind(parts[at], k) for k in ("or", "slash", "comma", "dash", "and")
    ):
        following = parts[at + 1]
        if not isinstance(following, Token) or following.text not in quantity.codes:
            break
        codes.append(following.text)
        end, at = following.end, at + 2
    return Letters(quantity, tuple(codes), piece.start, end), at
