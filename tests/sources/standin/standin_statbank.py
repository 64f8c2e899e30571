"""Statbank as documented, over tables given as json-stat2: PxWebApi v2 and v1.

Written from the interface's documentation and apart from the client: it shares no code with it.
"""

import fnmatch
import itertools
import json
import re


class Refusal(Exception):  # noqa: N818 -- it is an answer, not a fault
    """A refusal as problem+json; 500 has an empty body."""

    def __init__(self, status, title=""):
        self.status = status
        self.title = title


class Table:
    """One table, its region under plain codes and under a code list."""

    def __init__(self, document, *, aggregated="agg_KommSummer"):
        self.document = document
        self.updated = document["updated"]
        self.discontinued = False
        self.aggregated = aggregated
        self.label = document["label"]

    def codes(self, name):
        index = self.document["dimension"][name]["category"]["index"]
        return sorted(index, key=index.get)

    def labels(self, name):
        return self.document["dimension"][name]["category"]["label"]

    @property
    def is_aggregated(self):
        return "Region" in self.document["id"] and self.codes("Region")[0].startswith("K-")

    def info(self, number):
        periods = self.codes("Tid")
        return {
            "id": number,
            "type": "Table",
            "label": self.label,
            "updated": self.updated,
            "firstPeriod": periods[0],
            "lastPeriod": periods[-1],
            "discontinued": self.discontinued,
            "variableNames": [self.document["dimension"][d]["label"] for d in self.document["id"]],
        }

    def metadata(self):
        """json-stat2 without figures; the region has its plain codes, and its code lists."""
        document = json.loads(json.dumps(self.document)) | {"value": [], "updated": self.updated}
        document.pop("status", None)
        if self.is_aggregated:
            region = document["dimension"]["Region"]
            codes = self.codes("Region")
            region["category"] = {
                "index": {code[2:]: place for place, code in enumerate(codes)},
                "label": {code[2:]: self.labels("Region")[code] for code in codes},
            }
            region["extension"]["codelists"] = [
                {"id": self.aggregated, "label": "Kommuner 2024", "type": "Aggregation"}
            ]
        return document

    def codelist(self):
        return {
            "id": self.aggregated,
            "label": "Kommuner 2024, sammenslåtte tidsserier",
            "language": "no",
            "type": "Aggregation",
            "values": [
                {"code": code, "label": self.labels("Region")[code], "valueMap": [code[2:]]}
                for code in self.codes("Region")
            ],
        }

    def cut(self, picked, *, plain=False):
        """The part of the table with these codes, as the service writes it."""
        ids = self.document["id"]
        sizes = self.document["size"]
        places = [[self.codes(name).index(code) for code in picked[name]] for name in ids]
        strides = [1] * len(ids)
        for axis in reversed(range(len(ids) - 1)):
            strides[axis] = strides[axis + 1] * sizes[axis + 1]
        cells = [
            sum(place * stride for place, stride in zip(cell, strides, strict=True))
            for cell in itertools.product(*places)
        ]
        status = self.document.get("status", {})
        document = json.loads(json.dumps({k: v for k, v in self.document.items() if k != "value"}))
        document["updated"] = self.updated
        document["size"] = [len(each) for each in places]
        for name in ids:
            category = document["dimension"][name]["category"]
            # The keys stand in another order than the positions, as they may.
            category["index"] = {
                code: picked[name].index(code) for code in sorted(picked[name], reverse=True)
            }
            category["label"] = {code: self.labels(name)[code] for code in category["index"]}
            if plain and name == "Region":
                category["index"] = {code[2:]: n for code, n in category["index"].items()}
                category["label"] = {code[2:]: text for code, text in category["label"].items()}
            if "unit" in category:
                category["unit"] = {code: category["unit"][code] for code in category["index"]}
        document["value"] = [self.document["value"][cell] for cell in cells]
        document.pop("status", None)
        signs = {str(n): status[str(cell)] for n, cell in enumerate(cells) if str(cell) in status}
        if signs:
            document["status"] = signs
        return document


def selection_of(query):
    """The selection in the address of a GET: ``valueCodes[Tid]=2023,2024&codelist[Region]=…``."""
    lines = {}
    for key, text in query.items():
        if named := re.fullmatch(r"(valueCodes|codelist)\[(\w+)\]", key):
            line = lines.setdefault(named[2], {"variableCode": named[2], "valueCodes": []})
            # an expression with a comma stands in brackets
            values = re.findall(r"\[[^]]*\]|[^,]+", text)
            if named[1] == "codelist":
                line["codelist"] = text
            else:
                line["valueCodes"] = [value.strip("[]") for value in values]
    return {"selection": list(lines.values())}


def select_v2(table, body, *, limit):
    """What a v2 selection asks for; refused as documented."""
    picked = {}
    plain = False
    for line in body["selection"]:
        name, wanted = line["variableCode"], line["valueCodes"]
        if name not in table.document["id"]:
            raise Refusal(400, "Non-existent variable")
        if len(set(wanted)) < len(wanted):
            raise Refusal(500)
        codes = table.codes(name)
        if table.is_aggregated and name == "Region":
            plain = not line.get("codelist")
        if line.get("codelist") not in (None, "", table.aggregated):
            raise Refusal(400, "Non-existent codelist")
        cut = plain and name == "Region"
        shown = [code[2:] for code in codes] if cut else codes
        found = [code for each in wanted for code in _expression(each, shown)]
        picked[name] = [code for code in shown if code in found]
        if cut:
            picked[name] = [f"K-{code}" for code in picked[name]]
    for name in table.document["id"]:
        if name not in picked:
            raise Refusal(400, "Missing selection for mandantory variable")
    return _limited(table, picked, limit, plain=plain)


def _expression(text, codes):
    call = re.match(r"(\w+)\((.*)\)$", text)
    words = call[2].split(",") if call else []
    match call[1] if call else "":
        case "from":
            found = [code for code in codes if code >= words[0]]
        case "to":
            found = [code for code in codes if code <= words[0]]
        case "range":
            found = [code for code in codes if words[0] <= code <= words[1]]
        case "top":
            found = codes[-int(words[0]) :]
        case "bottom":
            found = codes[: int(words[0])]
        case "" if "*" in text or "?" in text:
            found = fnmatch.filter(codes, text)
        case "" if text in codes:
            found = [text]
        case "":
            raise Refusal(400, "Non-existent value")
        case _:
            raise Refusal(400, "Illegal selection expression")
    return found


def select_v1(table, body, *, limit):
    """What a v1 query asks for."""
    picked = {}
    for line in body["query"]:
        name, chosen = line["code"], line["selection"]
        codes = table.codes(name) if name in table.document["id"] else []
        match chosen["filter"].partition(":"):
            case ("item", "", ""):
                picked[name] = [code for code in codes if code in chosen["values"]]
            case ("agg", ":", "KommSummer"):
                picked[name] = [code for code in codes if code in chosen["values"]]
            case _:
                raise Refusal(400, "The request for variable is wrong")
        if len(picked[name]) < len(chosen["values"]):
            raise Refusal(400, "The request for variable is wrong")
    if set(picked) != set(table.document["id"]) or body["response"]["format"] != "json-stat2":
        raise Refusal(400, "The request is wrong")
    return _limited(table, picked, limit)


def metadata_v1(table):
    """v1's description of a table."""
    rows = []
    for name in table.document["id"]:
        described = table.document["dimension"][name]
        codes = table.codes(name)
        plain = table.is_aggregated and name == "Region"
        rows.append(
            {
                "code": name,
                "text": described["label"],
                "values": [code[2:] for code in codes] if plain else codes,
                "valueTexts": [table.labels(name)[code] for code in codes],
                **({"elimination": True} if described["extension"]["elimination"] else {}),
                **({"time": True} if name == "Tid" else {}),
            }
        )
    return {"title": table.label, "variables": rows}


def _limited(table, picked, limit, *, plain=False):
    size = 1
    for codes in picked.values():
        size *= len(codes)
    if size > limit:
        raise Refusal(403, "Too many cells selected")
    return table.cut(picked, plain=plain)
