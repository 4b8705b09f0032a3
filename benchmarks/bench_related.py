"""How well related trials are found: against TF-IDF and BM25, on trials known to belong together.

    python benchmarks/bench_related.py            # the table
    python benchmarks/bench_related.py --learn    # the weights fitted on all queries, too
    python benchmarks/bench_related.py --write    # renew the record and the table of the docs
    python benchmarks/bench_related.py --splits   # ours over reciprocal ranks, split otherwise too

The query is the trial itself. Numbers of trials in texts and publications of results are no
evidence here: they are what the known pairs were made of.
"""

from __future__ import annotations

import argparse
import gzip
import json
import lzma
import pickle
import tarfile
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from related_learning import FOLDS, components, fit, groups

from equipoise.exchange import ctgov_legacy_xml
from equipoise.registry.related.evidence import NAMES
from equipoise.registry.related.fields import fields
from equipoise.registry.related.index import CANDIDATES, Index
from equipoise.registry.related.sentence import installed
from equipoise.registry.related.sentence import told as read_by_model
from equipoise.registry.related.space import Growing

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[1] / "shared" / "data" / "registry"
RECORD = HERE / "record" / "related.json"
PAGE = HERE.parent / "docs" / "registry" / "related.md"
CACHE = Path(tempfile.gettempdir()) / "equipoise-related"
GOLDS = {
    "cochrane": "same systematic review",
    "publication": "same publication of results",
    "cross-reference": "one names the other",
}
FUSION = "TF-IDF and MiniLM, reciprocal ranks"
SPLITS = (7, 1, 2, 3, 4, 5)
TOP, DEEP, FUSED = 10, 100, 1000
DISCOUNT = 1 / np.log2(np.arange(2, TOP + 2))
BOOTSTRAPS = 2000
LEAST = 0.005

Gold = dict[str, dict[str, set[str]]]
Ranking = Callable[[str], list[str]]


def studies(wanted: set[str]) -> dict[str, dict[str, Any]]:
    """Return the records of the numbers wanted: full ones where there are, else their texts."""
    found: dict[str, dict[str, Any]] = {}
    with lzma.open(DATA / "records/trial_texts_101k.ndjson.xz", "rt") as file:
        for line in file:
            told = json.loads(line)
            if told["nct_id"] in wanted:
                found[told["nct_id"]] = _of_texts(told)
    with tarfile.open(DATA / "records/ctgov_legacy_xml.tar.xz") as archive:
        for member in archive:
            stored = archive.extractfile(member)
            name = Path(member.name).stem
            if stored and (name in wanted or not name.startswith("NCT")):
                study = ctgov_legacy_xml.read(stored.read())
                number = study["protocolSection"]["identificationModule"]["nctId"]
                if number in wanted:
                    found[number] = study
    with gzip.open(DATA / "records/ctgov_v2_studies.ndjson.gz", "rt") as file:
        for line in file:
            study = json.loads(line)
            number = study["protocolSection"]["identificationModule"]["nctId"]
            if number in wanted:
                study.pop("resultsSection", None)
                found[number] = study
    return dict(sorted(found.items()))


def _of_texts(told: Mapping[str, str]) -> dict[str, Any]:
    description = {
        "briefSummary": told.get("brief_summary"),
        "detailedDescription": told.get("detailed_description"),
    }
    identification = {"nctId": told["nct_id"], "briefTitle": told.get("brief_title")}
    parts = {"identificationModule": identification, "descriptionModule": description}
    return {"protocolSection": parts}


def corpus() -> list[str]:
    """Return the numbers of the corpus."""
    with gzip.open(DATA / "gold/bench_corpus_ids.txt.gz", "rt") as file:
        return file.read().split()


def gold(held: set[str]) -> Gold:
    """Return what is related to what, by kind, among the records held."""
    reviews: dict[str, set[str]] = defaultdict(set)
    for line in (DATA / "gold/cochrane_review_nct.tsv").read_text().splitlines():
        review, number = line.split("\t")[:2]
        reviews[review].add(number)
    found: Gold = {kind: defaultdict(set) for kind in GOLDS}
    for members in reviews.values():
        for each in members & held:
            found["cochrane"][each] |= (members & held) - {each}
    named = {"publication": "shared_publication_pairs", "cross-reference": "nct_cross_references"}
    for kind, file in named.items():
        for line in (DATA / f"gold/{file}.tsv").read_text().splitlines():
            one, other = line.split("\t")[:2]
            if {one, other} <= held and one != other:
                found[kind][one].add(other)
                found[kind][other].add(one)
    return {kind: {q: r for q, r in sorted(of.items()) if r} for kind, of in found.items()}


def ndcg(ranked: list[str], relevant: set[str]) -> float:
    """Return nDCG at 10 (Järvelin and Kekäläinen 2002, doi:10.1145/582415.582418), gain 0 or 1."""
    gains = np.array([each in relevant for each in ranked[:TOP]], float)
    return float(gains @ DISCOUNT[: len(gains)] / DISCOUNT[: min(TOP, len(relevant))].sum())


def recall(ranked: list[str], relevant: set[str]) -> float:
    """Return the share of the relevant among the first 100."""
    return len(relevant & set(ranked[:DEEP])) / len(relevant)


def baselines(held: Mapping[str, dict[str, Any]]) -> dict[str, Ranking]:
    """Return TF-IDF (sublinear) and BM25 (k1 1.2, b 0.75) of title, summary, description."""
    growing = Growing()
    for study in held.values():
        of = fields(study)
        words = of["title"] + of["summary"] + of["description"]
        growing.add(Counter(words))
    counts = growing.space().counts
    n, ids = counts.shape[0], list(held)
    place = {each: i for i, each in enumerate(ids)}
    frequency = np.bincount(counts.indices, minlength=counts.shape[1])
    rows = np.repeat(np.arange(n), np.diff(counts.indptr))
    plain = (1 + np.log(counts.data)) * (np.log((n + 1) / (frequency + 1)) + 1)[counts.indices]
    plain /= np.sqrt(np.bincount(rows, plain**2, minlength=n))[rows]
    tfidf = sp.csr_matrix((plain, counts.indices, counts.indptr), shape=counts.shape)
    length = np.asarray(counts.sum(axis=1)).ravel()
    slow = 1.2 * (0.25 + 0.75 * length / length.mean())
    weight = np.log(1 + (n - frequency + 0.5) / (frequency + 0.5))[counts.indices]
    okapi = weight * counts.data * 2.2 / (counts.data + slow[rows])
    bm25 = sp.csr_matrix((okapi, counts.indices, counts.indptr), shape=counts.shape)

    def by(left: sp.csr_matrix, right: sp.csr_matrix) -> Ranking:
        turned = right.T.tocsr()

        def rank(query: str) -> list[str]:
            scores = (left[place[query]] @ turned).toarray().ravel()
            scores[place[query]] = -1
            return [ids[i] for i in np.argsort(-scores, kind="stable")[:FUSED]]

        return cache(rank)

    return {"TF-IDF": by(tfidf, tfidf), "BM25": by(counts, bm25)}


def meant(ids: list[str], meanings: np.ndarray, tfidf: Ranking) -> dict[str, Ranking]:
    """Return the nearest by meaning, and their reciprocal ranks added to those of TF-IDF.

    (Cormack, Clarke and Büttcher 2009, doi:10.1145/1571941.1572114.)
    """
    place = {each: i for i, each in enumerate(ids)}

    def by_meaning(query: str) -> list[str]:
        scores = meanings @ meanings[place[query]]
        scores[place[query]] = -1
        return [ids[i] for i in np.argsort(-scores, kind="stable")[:FUSED]]

    def fused(query: str) -> list[str]:
        scores: Counter[str] = Counter()
        for ranked in (tfidf(query), by_meaning(query)):
            for rank, each in enumerate(ranked, 1):
                scores[each] += 1 / (60 + rank)
        return sorted(scores, key=lambda each: (-scores[each], each))

    return {"MiniLM": by_meaning, FUSION: fused}


def interval(values: np.ndarray) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of the mean over queries."""
    rng = np.random.default_rng(20230130)  # noqa: TID251 — resamples queries
    means = rng.choice(values, (BOOTSTRAPS, len(values))).mean(axis=1)
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def all_evidence(index: Index, held: Mapping[str, Any], queries: list[str]) -> dict[str, Any]:
    """Return for each query the candidates' numbers and what speaks for each of them."""
    found = {}
    for query in queries:
        places, told = index.evidence(held[query], linked=False)
        found[query] = ([index.ids[place] for place in places], told)
    return found


def rankings(evidence: Mapping[str, Any], weights: Mapping[str, np.ndarray]) -> Ranking:
    """Return the ranking by the weights of each query (those fitted without it, when left out)."""

    def rank(query: str) -> list[str]:
        numbers, told = evidence[query]
        return [numbers[i] for i in np.argsort(-(told @ weights[query]), kind="stable")]

    return rank


def left_out(evidence: Mapping[str, Any], known: Gold, folds: Mapping[str, int]) -> Ranking:
    """Return the ranking of each query by weights fitted on the other folds."""
    queries = sorted({q for of in known.values() for q in of})
    weights: dict[str, np.ndarray] = {}
    for fold in range(FOLDS):
        fitted = fit(evidence, known, [q for q in queries if folds[q] != fold])
        weights |= {q: fitted for q in queries if folds[q] == fold}
    return rankings(evidence, weights)


def gains(ours: Ranking, theirs: Ranking, known: Gold) -> Iterator[tuple[str, str]]:
    """Yield by kind the ratio of the mean nDCG, with its 95 % interval, groups resampled."""
    group = groups(known)
    for kind, of in known.items():
        both = np.array([[ndcg(rank(q), r) for rank in (ours, theirs)] for q, r in of.items()])
        _, member = np.unique([group[q] for q in of], return_inverse=True)
        sums = np.stack([np.bincount(member, column) for column in both.T])
        rng = np.random.default_rng(20230130)  # noqa: TID251 — resamples groups
        drawn = sums[:, rng.integers(0, sums.shape[1], (BOOTSTRAPS, sums.shape[1]))].sum(axis=2)
        low, high = np.quantile(drawn[0] / drawn[1], (0.025, 0.975))
        yield kind, f"{both[:, 0].sum() / both[:, 1].sum():.3f} ({low:.3f} to {high:.3f})"


def main() -> None:
    """Measure, and write what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--learn", action="store_true", help="print the weights of all queries")
    parser.add_argument("--write", action="store_true", help="renew the record and the docs' table")
    parser.add_argument("--fresh", action="store_true", help="read records and meanings anew")
    parser.add_argument("--splits", action="store_true", help="print gains for other splits")
    given = parser.parse_args()
    held = _held(given.fresh)
    known = gold(set(held))
    queries = sorted({q for of in known.values() for q in of})
    found = baselines(held)
    started = time.perf_counter()
    index = Index.build(held.values())
    built_s = time.perf_counter() - started
    meanings = _meanings(held, given.fresh)
    if meanings is not None:
        found |= meant(list(held), meanings.astype(np.float32), found["TF-IDF"])
    started = time.perf_counter()
    told_by = {"ours, by words": all_evidence(index, held, queries)}
    query_ms = (time.perf_counter() - started) / len(queries) * 1000
    if meanings is not None:
        meaning = Index(index.ids, index.spaces, index.known, meanings)
        told_by["ours, with meaning"] = all_evidence(meaning, held, queries)
    for name, evidence in told_by.items():
        found[name] = left_out(evidence, known, components(known, FOLDS))
        if given.splits and FUSION in found:
            for seed in SPLITS:
                ours = left_out(evidence, known, components(known, FOLDS, seed))
                print(
                    name,
                    seed,
                    *(f"{kind} {told}" for kind, told in gains(ours, found[FUSION], known)),
                )
        if given.learn:
            print(name)
            for column, weight in zip(NAMES, fit(evidence, known, queries), strict=True):
                if weight > LEAST:
                    print(f'        "{column}": {weight:.3g},')
    told: dict[str, Any] = {
        "records": len(held),
        "build_s": round(built_s),
        "candidates": CANDIDATES,
        "query_ms": round(query_ms, 1),
        "table": list(_table(found, known)),
    }
    print(_markdown(told))
    print(f"{len(held)} records, built in {built_s:.0f} s, {query_ms:.1f} ms a query")
    if given.write:
        RECORD.write_text(json.dumps(told, indent=2) + "\n")
        _renew(_markdown(told))


def _meanings(held: Mapping[str, Any], fresh: bool) -> np.ndarray | None:
    """What the sentence model reads in each record; None where it is not installed."""
    model, kept = installed(), CACHE / "meanings.npy"
    if model is None:
        return None
    if fresh or not kept.exists():
        np.save(kept, model.encode(map(read_by_model, held.values())).astype(np.float16))
    return np.asarray(np.load(kept))


def _table(found: Mapping[str, Ranking], known: Gold) -> Iterator[dict[str, Any]]:
    for kind, of in known.items():
        for name, rank in found.items():
            ranked = {query: rank(query) for query in of}
            scores = np.array([ndcg(ranked[q], relevant) for q, relevant in of.items()])
            low, high = interval(scores)
            deep = np.mean([recall(ranked[q], relevant) for q, relevant in of.items()])
            yield {
                "gold": kind,
                "queries": len(of),
                "method": name,
                "ndcg": round(scores.mean(), 3),
                "low": round(low, 3),
                "high": round(high, 3),
                "recall": round(float(deep), 3),
            }


def _markdown(told: Mapping[str, Any]) -> str:
    lines = ["| known to be related | queries | method | nDCG@10 (95 % interval) | R@100 |",
             "|---|---|---|---|---|"]  # fmt: skip
    lines += [
        f"| {GOLDS[row['gold']]} | {row['queries']} | {row['method']} | {row['ndcg']:.3f} "
        f"({row['low']:.3f} to {row['high']:.3f}) | {row['recall']:.3f} |"
        for row in told["table"]
    ]
    return "\n".join(lines)


def _renew(table: str) -> None:
    start, end = "<!-- measured -->", "<!-- end -->"
    before, rest = PAGE.read_text().split(start)
    PAGE.write_text(f"{before}{start}\n{table}\n{end}{rest.split(end, 1)[1]}")


def _held(fresh: bool) -> dict[str, Any]:
    CACHE.mkdir(exist_ok=True)
    kept = CACHE / "held.pickle"
    if fresh or not kept.exists():
        kept.write_bytes(pickle.dumps(studies(set(corpus()))))
    return pickle.loads(kept.read_bytes())  # noqa: S301 — its own cache


if __name__ == "__main__":
    main()
