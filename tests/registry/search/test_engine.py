from __future__ import annotations

import importlib
import sys

import pytest

from tests.refusal import refusal


def test_without_the_engine_a_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tantivy", None)
    monkeypatch.delitem(sys.modules, "equipoise.registry.search.engine", raising=False)
    problem = refusal(importlib.import_module, "equipoise.registry.search.engine")
    assert "tantivy" in problem.what
    assert "equipoise[registry]" in problem.todo
