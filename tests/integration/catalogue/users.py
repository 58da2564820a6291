"""What people do on both sides, by plain HTTP."""
from records import Row, on_dataverse, on_finops


class Users:
    def __init__(self, world):
        self.world = world
        self.late = []  # references to rows that were not there yet

    def make_rows(self, rows):
        for row in rows:
            body = {row.column: int(row.value) if row.table.columns[row.column]["type"] == "Integer" else row.value}
            for column in row.table.columns.values():
                company = (column.get("nav") or {}).get("cdm_company")
                if company:
                    body[company + "@odata.bind"] = "/cdm_companies(cdm_companycode='usmf')"
            for navigation, beyond in row.links.items():
                body[navigation + "@odata.bind"] = self.address(beyond)
            row.guid = self.world.must("dataverse", "POST", row.table.set, body)[row.table.id]

    def create(self, record):
        table_map = record.map
        if record.origin == "finops":
            body = {**self.finops_body(record, table_map.columns), **table_map.constants["finops"]}
            if "VendorPartyType" in table_map.entity.columns:
                body.setdefault("VendorPartyType", "Organization")
            self.world.must("finops", "POST", table_map.entity.set, body)
            return
        body = {**self.dataverse_body(record, table_map.columns, False), **table_map.constants["dataverse"]}
        record.guid = self.world.must("dataverse", "POST", table_map.table.set, body)[table_map.table.id]

    def bind_late(self):
        """In Dataverse a circle of references takes two requests."""
        for record, navigation, target in self.late:
            self.patch(record, {navigation + "@odata.bind": self.address(target)})
        self.late.clear()

    def edit(self, record, side):
        free = [column for column in record.map.columns
                if not column.key and not record.map.is_key(column.finops)
                and not (column.navigation and record.map.names_row(column.navigation))]
        if side == "finops":
            self.world.must("finops", "PATCH", self.finops_address(record), self.finops_body(record, free))
        else:
            self.patch(record, self.dataverse_body(record, free, True))

    def remove(self, record, side):
        address = self.finops_address(record) if side == "finops" else f"{record.map.table.set}({record.guid})"
        self.world.must(side, "DELETE", address)

    def patch(self, record, body):
        self.world.must("dataverse", "PATCH", f"{record.map.table.set}({record.guid})", body)

    @staticmethod
    def finops_body(record, columns):
        return {column.finops: on_finops(column, record.values[column.finops])
                for column in columns if column.finops in record.values}

    def dataverse_body(self, record, columns, clears):
        body, bound = {}, set()
        for column in columns:
            if column.finops not in record.values or not column.to_finops or column.is_read_only:
                continue
            if not column.navigation:
                body[column.path] = on_dataverse(column, record.values[column.finops])
            elif column.navigation not in bound:
                bound.add(column.navigation)
                self.bind(record, column, body, clears)
        return body

    def bind(self, record, column, body, clears):
        reference = record.references.get(column.navigation)
        if reference is None:
            if clears:
                body[column.navigation + "@odata.bind"] = None
            return
        navigation, target = reference
        if self.address(target):
            body[navigation + "@odata.bind"] = self.address(target)
        else:
            self.late.append((record, navigation, target))

    @staticmethod
    def address(target):
        if isinstance(target, Row):
            return f"/{target.table.set}({target.guid})" if target.guid else "/cdm_companies(cdm_companycode='usmf')"
        return f"/{target.map.table.set}({target.guid})" if target.guid else None

    @staticmethod
    def finops_address(record):
        entity, parts = record.map.entity, []
        for name in entity.keys:
            column = next(column for column in record.map.columns if column.finops == name)
            value = on_finops(column, record.values[name])
            bare = column.property["type"] in ("Int32", "Int64", "Decimal", "Date", "UtcDateTime")
            quoted = "'" + str(value).replace("'", "''") + "'"
            if column.property["type"] == "Enum":
                quoted = "Microsoft.Dynamics.DataEntities." + column.property["enum"] + quoted
            parts.append(f"{name}={value if bare else quoted}")
        return f"{entity.set}({','.join(parts)})?cross-company=true"


def expansion(table_map):
    """$expand of every lookup that the map goes through."""
    tree = {}
    for columns in table_map.lookups.values():
        for column in columns:
            for navigation, _, path in column.places:
                node, *rest = [navigation, *path.split("/")]
                branch = tree.setdefault(node, {})
                for step in rest[:-1]:
                    branch = branch.setdefault(step, {})
                branch.setdefault("", set()).add(rest[-1])

    def text(branches):
        parts = []
        for name, branch in branches.items():
            inner = {step: below for step, below in branch.items() if step}
            options = "$select=" + ",".join(sorted(branch.get("", {"createdon"})))
            parts.append(f"{name}({options}{';$expand=' + text(inner) if inner else ''})")
        return ",".join(parts)

    return "?$expand=" + text(tree) if tree else ""
