"""Other names of the same thing, as the registry's indexers matched them to MeSH in the records.

A record's derived section names a MeSH heading and the words in the record that it was found for
(*Intervertebral Disc Displacement*, found as *disc herniation*). Both are names of one concept.
Only pairs are believed whose words are a whole condition, keyword or intervention of that record:
the published field also holds chance words of the text.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path

from equipoise.registry.record import Study, conditions, get, interventions, keywords
from equipoise.registry.search.words import words

Words = tuple[str, ...]

_MOST = 12
"""Other names tried for a term, the commonest first."""
_AMBIGUOUS = 3
"""Words found for this many headings name none of them."""


class Synonyms:
    """Which names go together; ``pairs`` counts the records that say so."""

    def __init__(self, pairs: Mapping[tuple[Words, Words], int] | None = None) -> None:
        self.pairs = Counter(pairs or {})

    def add(self, studies: Iterable[Study]) -> None:
        """Learn from more records."""
        for study in studies:
            self.pairs.update(_pairs(study))
        self.__dict__.pop("names", None)

    @cached_property
    def names(self) -> dict[Words, tuple[Words, ...]]:
        """Return the other names of each name, the commonest first."""
        headings: dict[Words, set[Words]] = defaultdict(set)
        for heading, found in self.pairs:
            headings[found].add(heading)
        concept: dict[Words, Counter[Words]] = defaultdict(Counter)
        for (heading, found), count in self.pairs.items():
            if len(headings[found]) < _AMBIGUOUS:
                concept[heading][found] += count
        names: dict[Words, Counter[Words]] = defaultdict(Counter)
        for heading, forms in concept.items():
            group = forms + Counter({heading: sum(forms.values())})
            for name in group:
                names[name].update(group)
        return {
            name: tuple(sorted((each for each in group if each != name),
                               key=lambda each: (-group[each], each)))[:_MOST]
            for name, group in names.items()
        }  # fmt: skip

    def of(self, name: Words) -> tuple[Words, ...]:
        """Return the other names of ``name``."""
        return self.names.get(name, ())

    def cut(self, units: list[Words]) -> list[list[Words]]:
        """Return a term's words in runs: the longest known names, and single words between."""
        runs, at = [], 0
        while at < len(units):
            end = next(
                (end for end in range(len(units), at + 1, -1)
                 if tuple(w for unit in units[at:end] for w in unit) in self.names),
                at + 1,
            )  # fmt: skip
            runs.append(units[at:end])
            at = end
        return runs

    def write(self, path: Path) -> None:
        """Write the pairs to a file."""
        rows = [[" ".join(a), " ".join(b), count] for (a, b), count in sorted(self.pairs.items())]
        path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Synonyms:
        """Read what :meth:`write` wrote; none where there is no file."""
        rows = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        return cls({(tuple(a.split()), tuple(b.split())): count for a, b, count in rows})


def _pairs(study: Study) -> set[tuple[Words, Words]]:
    named = {tuple(words(each)) for each in (*conditions(study), *keywords(study))}
    for each in interventions(study):
        named.add(tuple(words(each.get("name", ""))))
        others = each.get("otherNames")
        named.update(tuple(words(other)) for other in (others if isinstance(others, list) else ()))
    found = set()
    for kind in ("condition", "intervention"):
        leaves = get(study, f"derivedSection.{kind}BrowseModule.browseLeaves", [])
        for leaf in leaves if isinstance(leaves, list) else []:
            if isinstance(leaf, Mapping) and leaf.get("asFound") and leaf.get("name"):
                heading = tuple(words(_in_order(str(leaf["name"]))))
                form = tuple(words(leaf["asFound"]))
                if heading and form in named and form != heading:
                    found.add((heading, form))
    return found


def _in_order(name: str) -> str:
    """Return a heading as people write it: ``Pain, Postoperative`` as ``Postoperative Pain``."""
    return " ".join(reversed(name.split(", "))) if name.count(", ") == 1 else name
