"""Records for every map: each column gets a value of its type, and lookups lead to other records, in circles too.

Everything follows from names and numbers, so that each run plays the same records.
"""
import hashlib
from decimal import Decimal

import schema

LINKED = 3  # of these each map has three a side, which refer to each other; the fourth nobody refers to
UGLY = ["%s", "Ü%s", "O'B%s", "a%%b %s", "ש%s", "x😀%s"]
ALWAYS_SET = {"SalesOrderNumber"}  # an invoice without it is outside of its map's filter


def number_of(text):
    return int(hashlib.sha256(text.encode()).hexdigest()[:6], 16)


class Record:
    def __init__(self, table_map, number, origin):
        self.map, self.number, self.origin = table_map, number, origin
        self.values = {}      # by F&O property, in one form for both sides
        self.references = {}  # by navigation property: (the one that is used, a Record or a row), or None
        self.guid = None

    def __repr__(self):
        return f"{self.map.name} {self.number} of {self.origin}"


class Row:
    """A row of a table that no map fills: it is made in Dataverse for others to refer to."""

    def __init__(self, table, column, value, links=None):
        self.table, self.column, self.value, self.guid = table, column, value, None
        self.links = links or {}  # to rows with the same value, by navigation property


class Cast:
    def __init__(self, maps):
        self.maps, self.rows = maps, {}
        self.records = {table_map.name: [Record(table_map, number, origin)
                                         for origin in ("finops", "dataverse") if origin == "finops" or table_map.two_way
                                         for number in range(LINKED + 1)] for table_map in maps}
        # Values of keys go through lookups to other records' keys: twice around, and all are there.
        for _ in range(2):
            for record in self.all():
                self.invent(record, 0, record.origin)

    def all(self):
        return [record for table_map in self.maps for record in self.records[table_map.name]]

    def invent(self, record, edit, side):
        """Gives the record its values; with `edit` other ones, as far as a user of that side can edit them."""
        table_map, known = record.map, set()
        through_lookups = {column.finops for column in table_map.columns if column.navigation}
        for column in table_map.columns:
            fixed = edit and (column.key or table_map.is_key(column.finops))
            if fixed or column.finops in known or column.finops in through_lookups:
                continue
            if side == "dataverse" and not column.to_finops:
                continue
            known.add(column.finops)
            record.values[column.finops] = self.value(record, column, edit)
        for navigation, columns in table_map.lookups.items():
            party = columns[0].related.name == "msdyn_party"  # a party is one customer's or vendor's, once and for all
            fixed = edit and (table_map.names_row(navigation) or party)
            if fixed or (side == "dataverse" and not any(column.to_finops for column in columns)):
                continue
            self.refer(record, navigation, columns, edit, known)

    def value(self, record, column, edit):
        name, kind = column.finops, column.type
        number = record.number * 7 + edit * 3 + number_of(name) % 5
        blank = (number_of(record.map.name + name) + record.number + edit) % 9 == 0
        if blank and not column.key and kind in ("string", "date", "datetime") and name not in ALWAYS_SET:
            return None
        if kind == "string":
            return self.text(record, column, number, edit)
        if kind == "boolean":
            return bool(number % 2)
        if kind == "date":
            return f"2026-{number % 12 + 1:02}-{number % 28 + 1:02}"
        if kind == "datetime":
            return f"2026-{number % 12 + 1:02}-{number % 28 + 1:02}T{number % 24:02}:04:05Z"
        if kind == "choice":
            known = {member.lower() for member in schema.ENUMS.get(column.property.get("enum"), [])}
            members = [pair[0] for pair in column.pairs if pair[0] and (not known or pair[0].lower() in known)]
            return members[number % len(members)]
        if kind == "integer" or column.property["type"] in ("Int32", "Int64"):
            return Decimal(number % 28 + 1)
        return Decimal(number) + Decimal(number % 9 + 1).scaleb(-min(column.scale, 3))

    def text(self, record, column, number, edit):
        if column.property["type"] in ("Int32", "Int64") or column.stored["type"] in ("Integer", "BigInt"):
            return str(number % 40 + 1)
        if column.stored["type"] in ("Decimal", "Money", "Double"):
            return str(number)
        if column.property["type"] == "Enum":
            members = list(schema.ENUMS[column.property["enum"]])
            return members[number % len(members)]
        lengths = [end["maxLength"] for end in (column.property, column.stored) if end.get("maxLength")]
        room = min(lengths, default=20)
        index = self.maps.index(record.map)
        base = f"{'E' if edit else ''}{record.map.name[:2].upper()}{index}{record.number}{record.origin[0].upper()}"
        if room < 4:
            base = chr(65 + (index + record.number * 2 + (record.origin == "finops") + edit * 5) % 26) + str(record.number)
        ugly = UGLY[number % len(UGLY)] if not column.key and room >= 12 else "%s"
        return (ugly % base)[:room]

    def refer(self, record, navigation, columns, edit, known):
        table_map = record.map
        first, _ = schema.follow(table_map.table, navigation)
        needed = table_map.names_row(navigation) or first.name in ("msdyn_party", "cdm_company")
        needed = needed or any(column.finops in ALWAYS_SET for column in columns)
        absent = not needed and (number_of(table_map.name + navigation) + record.number + edit) % 6 == 0
        place = columns[0].places[(record.number + edit) % len(columns[0].places)]
        table = first if place[1] is None else schema.DATAVERSE[place[1]]
        target = None if absent else self.target(record, navigation, table, edit, columns, place)
        record.references[navigation] = (place[0], target) if target is not None else None
        values = {}
        for column in columns:
            path = place[2] if place[1] else column.far_path
            values[column.finops] = self.value_there(target, path)
        if all(value is None for value in values.values()):
            record.references[navigation] = None
        for name, value in values.items():
            if name not in known:
                known.add(name)
                record.values[name] = value

    def target(self, record, navigation, table, edit, columns, place):
        """What record refers to: the company, a record of the same side's origin, or a row that no map brings."""
        if table.name == "cdm_company":
            return Row(table, "cdm_companycode", "usmf")
        holder = next((m for m in self.maps if m.table is table), None)
        if holder is None:
            return self.row(record.number + edit, table, columns, place)
        origin = record.origin if holder.two_way else "finops"
        if origin != record.origin:
            return None
        others = [other for other in self.records[holder.name] if other.origin == origin]
        if record.number == LINKED and table.name == "msdyn_party":
            return others[LINKED]
        return others[(record.number + number_of(navigation) + edit) % LINKED]

    def row(self, number, table, columns, place):
        paths = [place[2]] if place[1] else [column.far_path for column in columns]
        own = next((path for path in paths if "/" not in path), None)
        if own is None:
            return None
        value = str(number % 2 + 1) if table.columns[own]["type"] == "Integer" else f"R{number % 2}"
        links = {}
        for path in paths:
            if "/" in path:
                navigation, far = path.split("/")
                beyond, _ = schema.follow(table, navigation)
                links[navigation] = self.rows.setdefault((beyond.set, far, value), Row(beyond, far, value))
        return self.rows.setdefault((table.set, own, value), Row(table, own, value, links))

    @staticmethod
    def value_there(target, path):
        if target is None:
            return None
        if isinstance(target, Row):
            return target.value
        column = next((column for column in target.map.columns if column.path == path), None)
        return target.values.get(column.finops) if column else None


def on_finops(column, value):
    """The value as F&O takes it."""
    if value is None:
        return "1900-01-01T00:00:00Z" if column.type in ("date", "datetime") else ""
    if column.type == "boolean":
        return ("Yes" if value else "No") if column.property["type"] == "Enum" else value
    if column.type == "date":
        return value + "T12:00:00Z"
    if column.property["type"] in ("Int32", "Int64"):
        return int(value)
    return float(value) if column.property["type"] == "Decimal" else value


def on_dataverse(column, value):
    if column.type == "choice":
        return None if value is None else next(dv for fo, dv in column.pairs if fo.lower() == value.lower())
    if value is None:
        return None
    if column.type == "date":
        return value + "T00:00:00Z" if column.midnight else value
    if column.stored["type"] in ("Integer", "BigInt"):
        return int(value)
    return float(value) if column.stored["type"] in ("Decimal", "Money", "Double") else value
