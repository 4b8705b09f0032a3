"""Every method on every real trial: ours, the reference, what was published, the difference.

    python benchmarks/validate.py            print the table; exit code 1 when a number disagrees
                                             or a reference value is neither compared nor explained
    python benchmarks/validate.py --write    write it to docs/validation.md too

The methods are in `benchmarks/validation/`, a file for each family.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import references, validation
from benchmarks.references import coverage
from benchmarks.validation.case import DATA, Case, gold

PAGE = Path(__file__).resolve().parents[1] / "docs" / "validation.md"
HEAD = "| trial | what | ours | reference | by | published | difference | |\n" + "|---" * 8 + "|"


def families() -> dict[str, Callable[[], Iterable[Case]]]:
    """Return the function that yields the cases of each family of methods, by its name."""
    names = sorted(module.name for module in pkgutil.iter_modules(validation.__path__))
    return {
        name: importlib.import_module(f"benchmarks.validation.{name}").cases
        for name in names
        if name != "case"
    }


def row(case: Case) -> str:
    """Return one line of the table."""
    reference = "" if case.reference is None else f"{case.reference:.7g}"
    difference = "" if case.difference is None else f"{case.difference:.1e}"
    printed = "" if case.published is None else f"{case.published} ({case.cited})"
    cells = (case.trial, case.what, f"{case.ours:.7g}", reference, case.source, printed, difference)
    verdict = "✓" if case.agrees else "✗"
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in (*cells, verdict)) + " |"


def main() -> int:
    """Print the table, and write it where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write docs/validation.md too")
    write = parser.parse_args().write
    if not DATA.exists():
        print("The real trials and reference values are not here: nothing was validated.")
        return 1
    found = {name: list(cases()) for name, cases in families().items()}
    every = [case for cases in found.values() for case in cases]
    wrong = sum(not case.agrees for case in every)
    covered = coverage(gold(), found)
    omitted = sum(not reason for _, others in covered.values() for reason in others.values())
    lines: list[str] = []
    for name, cases in found.items():
        lines += [f"\n## {name.replace('_', ' ').capitalize()}\n", HEAD, *map(row, cases)]
    verdict = f"{len(every) - wrong} of {len(every)} numbers agree."
    compared = ["\n## Reference values by family\n", *references.lines(covered)]
    print("\n".join([*lines, *compared, "", verdict]))
    if write:
        before = PAGE.read_text(encoding="utf-8").partition("<!-- table -->")[0]
        PAGE.write_text(
            before + "<!-- table -->\n\n" + "\n".join([verdict, *compared, *lines]) + "\n",
            encoding="utf-8",
        )
    return 1 if wrong or omitted else 0


if __name__ == "__main__":
    raise SystemExit(main())
