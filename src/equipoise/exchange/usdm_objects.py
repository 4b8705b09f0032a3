"""The objects of a USDM study: numbered, coded, and with what the model has no place for.

CDISC, USDM v4.0.0 (June 2025). Names of extension attributes are the registry's data elements.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from html import escape
from typing import Any

from equipoise.exchange import usdm_codes as codes
from equipoise.exchange.ctgov_markup import plain

Study = Mapping[str, Any]
Json = dict[str, Any]

NOT_STATED = "Not stated in the registry record"
ELEMENT = "https://clinicaltrials.gov/data-api/about-api/study-data-structure#"
"""What the address of an extension attribute begins with; a data element's name follows."""


class Objects:
    """The objects of one study, whose identifiers differ, and the record that they are made of."""

    def __init__(self, study: Study) -> None:
        """Begin the objects of a record."""
        protocol = study.get("protocolSection") or {}
        self.protocol: Mapping[str, Any] = protocol
        self.design: Mapping[str, Any] = self.module("design")
        self.info: Mapping[str, Any] = self.design.get("designInfo") or {}
        self.counts: Counter[str] = Counter()
        self.organizations: list[Json] = []
        self.meshes = {
            str(mesh.get("term")).lower(): mesh
            for kind in ("condition", "intervention")
            for mesh in ((study.get("derivedSection") or {}).get(f"{kind}BrowseModule") or {}).get(
                "meshes", ()
            )
        }

    def module(self, name: str) -> Mapping[str, Any]:
        """Return a module of the protocol section."""
        found = self.protocol.get(f"{name}Module")
        return found if isinstance(found, Mapping) else {}

    def new(self, kind: str, **fields: Any) -> Json:
        """Return an object of a class of the model, with the fields that are given."""
        self.counts[kind] += 1
        given = {name: value for name, value in fields.items() if value is not None}
        return {"id": f"{kind}_{self.counts[kind]}", **given, "instanceType": kind}

    def code(self, term: codes.Term) -> Json:
        """Return a code of CDISC's terminology."""
        return self.new(
            "Code", code=term.code, codeSystem=codes.CDISC,
            codeSystemVersion=codes.CDISC_VERSION, decode=term.decode,
        )  # fmt: skip

    def coded(self, value: Any, terms: Mapping[str, codes.Term]) -> Json:
        """Return the code of a registry value; the registry's own where CDISC has none."""
        if not value:
            return self.code(codes.UNKNOWN)
        if value in terms:
            return self.code(terms[value])
        return self.new(
            "Code", code=str(value), codeSystem=codes.REGISTRY,
            codeSystemVersion=codes.REGISTRY_VERSION,
            decode=words(str(value)),
        )  # fmt: skip

    def alias(self, code: Json) -> Json:
        """Return a code as an alias code without aliases."""
        return self.new("AliasCode", standardCode=code)

    def mesh(self, name: str) -> list[Json]:
        """Return the MeSH term that the registry derived, where it is the very name."""
        mesh = self.meshes.get(name.lower())
        if mesh is None or not mesh.get("id"):
            return []
        return [self.new("Code", code=mesh["id"], codeSystem=codes.MESH,
                codeSystemVersion=NOT_STATED, decode=mesh["term"])]  # fmt: skip

    def extra(self, **elements: Any) -> list[Json]:
        """Return extension attributes of the data elements that have a value."""
        return [
            self.new("ExtensionAttribute", url=ELEMENT + name, **_value(each))
            for name, value in elements.items()
            for each in (value if isinstance(value, list) else [value])
            if each is not None
        ]

    def note(self, text: str) -> list[Json]:
        """Return a note about what the record does not say."""
        return [self.new("CommentAnnotation", text=text)]

    def organization(
        self,
        label: str,
        kind: Json,
        scheme: str = "",
        identifier: str = "",
        other_than: str | None = None,
    ) -> str:
        """Return the identifier of an organization, made when it is not there yet.

        ``other_than`` is one that it must not be: a study has one identifier of its sponsor.
        """
        for each in self.organizations:
            if each["label"] == label and each["id"] != other_than:
                return str(each["id"])
        made = self.new(
            "Organization", name=f"ORG_{len(self.organizations) + 1}", label=label, type=kind,
            identifierScheme=scheme or NOT_STATED, identifier=identifier or NOT_STATED,
        )  # fmt: skip
        self.organizations.append(made)
        return str(made["id"])


def words(value: str) -> str:
    """Return a value of the registry as words: ``NON_RANDOMIZED`` as ``Non randomized``."""
    return "Not applicable" if value == "NA" else value.replace("_", " ").capitalize()


def html(markdown: str) -> str:
    """Return a text of the registry as HTML: paragraphs, line breaks, nothing that acts."""
    paragraphs = re.split(r"\n\s*\n", plain(markdown).strip())
    return "".join(f"<p>{escape(each, quote=False)}</p>" for each in paragraphs).replace(
        "\n", "<br/>"
    )


def _value(value: Any) -> Json:
    kind = "valueBoolean" if isinstance(value, bool) else "valueInteger"
    return {kind: value} if isinstance(value, int) else {"valueString": str(value)}
