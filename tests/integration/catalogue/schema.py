"""What the sandbox's tables hold, and the maps between them, as both are written in the repository."""
import json
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[3]


class Table:
    def __init__(self, source):
        self.name, self.set = source["name"], source["set"]
        self.keys, self.id = source["keys"], source.get("primaryId")
        self.columns = {column["name"]: column for column in source["columns"]}


def read_tables(names):
    tables, enums = {}, {}
    for name in names:
        source = json.loads((ROOT / "src/sandbox/schema" / name).read_text(encoding="utf-8"))
        enums.update(source.get("enums", {}))
        for table in source["tables"]:
            tables[table["set"]] = Table(table)
    return tables, enums


FINOPS, ENUMS = read_tables(["finops.json", "maps_finops.json"])
DATAVERSE, _ = read_tables(["dataverse.json", "maps_dataverse.json"])
BY_NAME = {table.name: table for table in DATAVERSE.values()}


def follow(table, navigation):
    """(the related table, the lookup column) of a navigation property."""
    for column in table.columns.values():
        for target, name in (column.get("nav") or {}).items():
            if name == navigation:
                return BY_NAME[target], column
    raise KeyError((table.name, navigation))


def pairs_by_name(members, options):
    numbers = {re.sub("[^a-z0-9]", "", label.lower()): number for number, label in options}
    return [(member, numbers[member.lower()]) for member in members if member.lower() in numbers]


class Column:
    """One column of a map."""

    def __init__(self, table_map, source):
        self.finops, self.path = source["finops"], source["dataverse"]
        self.key, self.type = source.get("key", False), source.get("type", "string")
        self.scale, self.midnight = source.get("scale", 2), source.get("midnight", False)
        self.to_dataverse = source.get("direction", "both") != "to-finops"
        self.to_finops = source.get("direction", "both") != "to-dataverse"
        self.default = next((step["value"] for step in source.get("transform", []) if step["op"] == "default"), None)
        values = source.get("values", [])
        if values != "labels":
            self.pairs = list(values.items()) if isinstance(values, dict) else [tuple(pair) for pair in values]
        self.lookup = source.get("lookup")
        self.property = table_map.entity.columns[self.finops]
        steps = self.path.split("/")
        self.navigation = steps[0] if self.lookup is not None else None
        table = table_map.table
        self.lookup_column = None
        for step in steps[:-1]:
            table, column = follow(table, step)
            self.lookup_column = self.lookup_column or column
        self.related = table if self.lookup is not None else None
        self.stored = table.columns[steps[-1]]
        if values == "labels":
            self.pairs = pairs_by_name(ENUMS[self.property["enum"]], self.stored["options"])

    @property
    def far_path(self):
        return self.path.split("/", 1)[1]

    @property
    def is_read_only(self):
        return bool((self.lookup_column or self.stored).get("readOnly"))

    @property
    def places(self):
        """Where a row may be that a lookup leads to: (navigation, set, column there)."""
        first = [(self.navigation, None, self.far_path)]
        return first + [(o["navigation"], o["set"], o["column"]) for o in self.lookup.get("or", [])]


class Map:
    def __init__(self, file):
        self.file = file
        source = json.loads(self.file.read_text(encoding="utf-8"))
        self.name = source["name"]
        self.entity = FINOPS[source["finops"]["entity"]]
        self.table = DATAVERSE[source["dataverse"]["set"]]
        self.columns = [Column(self, column) for column in source["columns"]]
        self.keys = [column for column in self.columns if column.key]
        self.constants = {side: {c["column"]: c["value"] for c in source.get("constants", []) if c["side"] == side}
                          for side in ("finops", "dataverse")}
        self.two_way = all(column.to_finops for column in self.keys)
        self.lookups = {}
        for column in self.columns:
            if column.navigation:
                self.lookups.setdefault(column.navigation, []).append(column)

    def is_key(self, finops_name):
        return finops_name in self.entity.keys

    def names_row(self, navigation):
        """The record's own key goes through that lookup."""
        return any(column.key or self.is_key(column.finops) for column in self.lookups[navigation])


def in_order(names, instead=None):
    """The maps in the order in which an initial sync takes them, some of them from other files."""
    index = json.loads((ROOT / "config/catalogue/index.json").read_text(encoding="utf-8"))["maps"]
    files = {name: ROOT / "config/catalogue" / (name + ".json") for name in names} | (instead or {})
    return [Map(files[entry["name"]]) for entry in index if entry["name"] in names]


def provider_of(maps, table, path):
    """The map and its column that fill that column of a Dataverse table."""
    for table_map in maps:
        for column in table_map.columns:
            if table_map.table is table and column.path == path and column.to_dataverse:
                return table_map, column
    return None
