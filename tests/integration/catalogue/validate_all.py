#!/usr/bin/env python3
"""Every published map against the metadata of all the entities and tables that are known of them.

usage: validate_all.py DUALWRITE

The sandbox serves what scripts/catalogue-source.json knows of 130 entities and 127 tables, as CSDL; `dualwrite maps validate`
compares all 132 maps with it. What it finds must be what known_problems.json lists, each with its reason.
"""
import json
import pathlib
import sys
import tempfile
from xml.sax.saxutils import quoteattr

import schema
from services import World

HERE = pathlib.Path(__file__).resolve().parent
FINOPS = "Microsoft.Dynamics.DataEntities"
DATAVERSE = "Microsoft.Dynamics.CRM"
TYPES = {"String": "String", "Memo": "String", "Boolean": "Boolean", "Decimal": "Decimal", "Money": "Decimal", "Double": "Double",
         "Integer": "Int32", "BigInt": "Int64", "Picklist": "Int32", "Status": "Int32", "State": "Int32",
         "Uniqueidentifier": "Guid"}
# The catalogue's names for entities whose public names no source shows; see scripts/catalogue.
ASSUMED = {"Asset management functional location lifecycle models": "AssetMaintenanceFunctionalLocationLifecycleModels",
           "Asset management functional location lifecycle states": "AssetMaintenanceFunctionalLocationLifecycleStates",
           "Asset management manufacturers": "AssetMaintenanceManufacturers"}


def document(namespace, types, sets):
    return ('<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices><Schema '
            f'Namespace="{namespace}" xmlns="http://docs.oasis-open.org/odata/ns/edm">{"".join(types)}'
            f'<EntityContainer Name="C">{"".join(sets)}</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>')


def entity_set(name, kind):
    return f"<EntitySet Name={quoteattr(name)} EntityType={quoteattr(kind)}/>"


def finops_document(source):
    types, sets, enums = [], [], {}
    for label, entity in source["entities"].items():
        collection = ASSUMED.get(label, label)
        properties = []
        names = dict(entity["properties"])
        for key in entity["keys"]:
            names.setdefault(key, {"type": "Edm.String"})
        for name, facts in names.items():
            kind = facts["type"]
            if kind == "enum":
                enum = "E_" + collection + "_" + name
                enums[enum] = facts.get("members") or ["No", "Yes"]
                kind = FINOPS + "." + enum
            properties.append(f"<Property Name={quoteattr(name)} Type={quoteattr(kind)}/>")
        key = "".join(f"<PropertyRef Name={quoteattr(name)}/>" for name in entity["keys"] or list(names)[:1])
        types.append(f'<EntityType Name={quoteattr("T_" + collection)}><Key>{key}</Key>{"".join(properties)}</EntityType>')
        sets.append(entity_set(collection, f"{FINOPS}.T_{collection}"))
    for enum, members in enums.items():
        listed = "".join(f"<Member Name={quoteattr(name)} Value=\"{at}\"/>" for at, name in enumerate(members))
        types.append(f"<EnumType Name={quoteattr(enum)}>{listed}</EnumType>")
    return document(FINOPS, types, sets)


def alternate_keys(source):
    """By set: what identifies a record in the map that fills the table is taken for the table's alternate key."""
    keys = {}
    for entry in source["maps"]:
        table, entity = source["tables"][entry["set"]], source["entities"][entry["entity"]]
        columns = {}
        if "dataAreaId" in entity["keys"] and table.get("company"):
            columns["dataAreaId"] = table["company"]
        for row in entry["rows"]:
            if row["fo"] and row["dv"] and row["finops"] in entity["keys"]:
                columns.setdefault(row["finops"], row["dv"].split(".")[0])
        for published in [list(columns.values()), [part.split(".")[0] for part in entry.get("integrationKey", [])]]:
            if published:
                keys.setdefault(entry["set"], set()).add(tuple(dict.fromkeys(published)))
    return keys


def key_annotation(table, keys):
    records = ""
    for key in sorted(keys):
        paths = ""
        for column in key:
            is_lookup = table["properties"].get(column, {}).get("type") in ("Lookup", "Customer")
            path = quoteattr("_" + column + "_value" if is_lookup else column)
            paths += f'<Record><PropertyValue Property="Name" PropertyPath={path}/></Record>'
        records += f'<Record><PropertyValue Property="Key"><Collection>{paths}</Collection></PropertyValue></Record>'
    if not records:
        return ""
    return f'<Annotation Term="OData.Community.Keys.V1.AlternateKeys"><Collection>{records}</Collection></Annotation>'


def dataverse_document(source):
    types, sets, keys = [], [], alternate_keys(source)
    for name, table in source["tables"].items():
        properties = [f'<Property Name={quoteattr(table["id"])} Type="Edm.Guid"/>',
                      '<Property Name="versionnumber" Type="Edm.Int64"/>',
                      '<Property Name="statecode" Type="Edm.Int32"/>',
                      '<Property Name="modifiedon" Type="Edm.DateTimeOffset"/>']
        for column, facts in table["properties"].items():
            if column in (table["id"], "modifiedon", "versionnumber", "statecode"):
                continue
            if facts["type"] in ("Lookup", "Customer"):
                properties += lookup(source, column, facts)
            else:
                kind = "Edm.Date" if facts.get("behavior") == "DateOnly" else "Edm." + TYPES.get(facts["type"], "DateTimeOffset")
                properties.append(f"<Property Name={quoteattr(column)} Type={quoteattr(kind)}/>")
        types.append(f'<EntityType Name={quoteattr(table["table"])}><Key><PropertyRef Name={quoteattr(table["id"])}/></Key>'
                     f'{"".join(properties)}{key_annotation(table, keys.get(name, ()))}</EntityType>')
        sets.append(entity_set(name, DATAVERSE + "." + table["table"]))
    return document(DATAVERSE, types, sets)


def lookup(source, column, facts):
    yield f'<Property Name={quoteattr("_" + column + "_value")} Type="Edm.Guid"/>'
    for target in facts["targets"]:
        table = source["tables"].get(target)
        if table is None:
            continue
        given = facts["nav"]
        name = given[target] if isinstance(given, dict) else given
        if facts["type"] == "Customer" and not isinstance(given, dict):
            name = f"{given}_{table['table']}"
        yield (f'<NavigationProperty Name={quoteattr(name)} Type={quoteattr(DATAVERSE + "." + table["table"])}>'
               f'<ReferentialConstraint Property={quoteattr("_" + column + "_value")} '
               f'ReferencedProperty={quoteattr(table["id"])}/></NavigationProperty>')


def main():
    source = json.loads((schema.ROOT / "scripts/catalogue-source.json").read_text(encoding="utf-8"))
    index = json.loads((schema.ROOT / "config/catalogue/index.json").read_text(encoding="utf-8"))["maps"]
    files = [schema.ROOT / "config/catalogue" / (entry["name"] + ".json") for entry in index]
    with tempfile.TemporaryDirectory(prefix="dualwrite-") as folder:
        finops, dataverse = pathlib.Path(folder) / "finops.xml", pathlib.Path(folder) / "dataverse.xml"
        finops.write_text(finops_document(source), encoding="utf-8")
        dataverse.write_text(dataverse_document(source), encoding="utf-8")
        options = ["--finops-metadata", str(finops), "--dataverse-metadata", str(dataverse)]
        with World(sys.argv[1], folder, files, options) as world:
            ended = world.run("maps", "validate", "--config", str(world.config), "--json")
    if ended.returncode not in (0, 1):
        print(ended.stdout, ended.stderr, file=sys.stderr)
        return 1
    found = json.loads(ended.stdout)
    errors = sorted({f"{pathlib.Path(p['file']).stem} {p['code']} {p['column']}" for p in found["problems"] if not p["warning"]})
    known = json.loads((HERE / "known_problems.json").read_text(encoding="utf-8"))
    print(f"{found['maps']} maps, {len(errors)} known problems")
    for line in sorted(set(errors) - set(known)):
        print("new:", line, file=sys.stderr)
    for line in sorted(set(known) - set(errors)):
        print("not found any more:", line, file=sys.stderr)
    return 0 if found["maps"] == 132 and set(errors) == set(known) and len(known) <= 40 else 1


if __name__ == "__main__":
    sys.exit(main())
