"""What both sides hold, read by plain HTTP and compared value by value, without any of the daemon's code."""
from decimal import ROUND_HALF_UP, Decimal

from records import on_finops
from users import expansion


def one_form(column, side, value):
    """The value in a form in which two spellings of one value are equal."""
    if column.type == "boolean":
        return value in (True, "Yes")
    if column.type in ("decimal", "integer"):
        return Decimal(str(value or 0)).quantize(Decimal(1).scaleb(-column.scale), ROUND_HALF_UP) + 0
    if column.type == "choice":
        return choice(column, side, value)
    if value is None or value == "":
        return None
    if column.type in ("date", "datetime"):
        return None if str(value).startswith("1900-01-01") else str(value)[:10 if column.type == "date" else 19]
    return str(value).rstrip()


def choice(column, side, value):
    """The F&O member that stands for the value; what has no pair stands for itself."""
    def is_it(pair):
        return pair[0].lower() == str(value or "").lower() if side == "finops" else pair[1] == value

    found = next((pair for pair in column.pairs if is_it(pair)), None)
    if found is None:
        return None if value in (None, "") else ("no pair", value)
    alike = [pair for pair in column.pairs if pair[1] == found[1] or pair[0].lower() == found[0].lower()]
    return next((pair for pair in alike if pair[0]), alike[0])[0].lower()


def value_in_dataverse(column, row):
    def at(path):
        found = row
        for step in path.split("/"):
            found = None if found is None else found.get(step)
        return found

    if not column.navigation:
        return at(column.path)
    values = [at(navigation + "/" + path) for navigation, _, path in column.places]
    return next((value for value in values if value is not None), None)


class Comparison:
    def __init__(self, world, records, gone):
        self.world, self.records, self.gone = world, records, gone
        self.differences, self.cells, self.filled = [], 0, 0

    def run(self, maps):
        for table_map in maps:
            self.compare(table_map)
        return self

    def compare(self, table_map):
        finops = {self.key(table_map, "finops", row): row
                  for row in self.world.rows("finops", table_map.entity.set + "?cross-company=true")}
        dataverse = {self.key(table_map, "dataverse", row): row
                     for row in self.world.rows("dataverse", table_map.table.set + expansion(table_map))}
        for record in self.records[table_map.name]:
            key = tuple(self.folded(one_form(c, "finops", on_finops(c, record.values[c.finops]))) for c in table_map.keys)
            here, there = finops.get(key), dataverse.get(key)
            if record in self.gone:
                if here or there:
                    self.differences.append(f"{record} was deleted, and is still there")
            elif not here or not there:
                self.differences.append(f"{record} is not on " + ("F&O" if not here else "Dataverse"))
            else:
                record.guid = there[table_map.table.id]
                self.compare_rows(record, here, there)

    def compare_rows(self, record, here, there):
        for column in record.map.columns:
            if column.is_read_only:  # the platform fills it from the row's parent
                continue
            self.cells += 1
            finops = one_form(column, "finops", here[column.finops])
            dataverse = one_form(column, "dataverse", value_in_dataverse(column, there))
            meant = one_form(column, "finops", on_finops(column, record.values.get(column.finops)))
            if column.default is not None and finops is None:
                finops = meant = one_form(column, "dataverse", column.default)
            self.filled += dataverse not in (None, False, 0)
            where = f"{record}, {column.finops}"
            if self.folded(finops, column) != self.folded(dataverse, column):
                self.differences.append(f"{where}: {here[column.finops]!r} on F&O, {value_in_dataverse(column, there)!r} "
                                        "on Dataverse")
            elif column.finops in record.values and self.folded(meant, column) != self.folded(finops, column):
                self.differences.append(f"{where}: {here[column.finops]!r} on both, and {meant!r} was typed")

    def key(self, table_map, side, row):
        return tuple(self.folded(one_form(column, side, row[column.finops] if side == "finops"
                                          else value_in_dataverse(column, row))) for column in table_map.keys)

    @staticmethod
    def folded(value, column=None):
        """Keys and references are compared without case."""
        through_key = column is None or column.navigation or column.key
        return value.lower() if through_key and isinstance(value, str) else value
