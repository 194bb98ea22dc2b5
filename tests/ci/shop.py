"""Generates the data of the example `shop` and computes its figures with pandas and DuckDB.

    shop.py generate FOLDER    writes the four files
    shop.py check FOLDER       compares the figures that the example prints as JSON with those of pandas and DuckDB
"""

import datetime as dt
import decimal
import json
import random
import sys
import tempfile

FROM = dt.date(2026, 2, 1)
COUNTRIES = ["CH", "DE", "FR"]
KINDS = ["private", "business"]


def generate(folder):
    import openpyxl
    import pyarrow as pa
    import pyarrow.parquet as pq

    draw = random.Random(7)

    customers = []
    for number in range(1, 301):
        born = dt.date(1940 + draw.randrange(65), 1 + draw.randrange(12), 1 + draw.randrange(28))
        since = dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc) + dt.timedelta(seconds=draw.randrange(150_000_000))
        customers.append({
            "id": number,
            "name": f"Käufer {number}" if number % 17 else None,
            "born": born if number % 11 else None,
            "since": since,
            "last seen": since.replace(tzinfo=None) + dt.timedelta(days=3),
            "wakes": dt.time(5 + draw.randrange(4), draw.randrange(60)),
            "nap": dt.timedelta(minutes=draw.randrange(90)),
            "country": draw.choice(COUNTRIES),
            "kind": draw.choice(KINDS),
            "balance": decimal.Decimal(draw.randrange(-100_000, 1_000_000)).scaleb(-2),
            "score": float(draw.randrange(1000)) / 8,
            "visits": draw.randrange(-3, 3000),
            "active": draw.random() < 0.8,
            "photo": bytes(draw.randrange(256) for _ in range(draw.randrange(4))),
            "tags": [draw.choice("abc") for _ in range(draw.randrange(3))],
            "address": {"zip": draw.randrange(1000, 9999), "town": draw.choice(["Bern", "Köln", "Lyon"])},
            "unread": number * 2.5,
        })
    schema = pa.schema([
        ("id", pa.uint64()), ("name", pa.string()), ("born", pa.date32()), ("since", pa.timestamp("us", "UTC")),
        ("last seen", pa.timestamp("us")), ("wakes", pa.time64("ns")), ("nap", pa.duration("us")),
        ("country", pa.dictionary(pa.int32(), pa.string())), ("kind", pa.string()), ("balance", pa.decimal128(12, 2)),
        ("score", pa.float32()), ("visits", pa.int16()), ("active", pa.bool_()), ("photo", pa.binary()),
        ("tags", pa.list_(pa.string())), ("address", pa.struct([("zip", pa.int32()), ("town", pa.string())])),
        ("unread", pa.float64()),
    ])
    pq.write_table(pa.Table.from_pylist(customers, schema), f"{folder}/customers.parquet", row_group_size=100)

    lines = ["# Aufträge; nicht ändern", "Nr;Kunde;Datum;Betrag;Währung;Bemerkung"]
    for number in range(1, 2_001):
        day = dt.date(2026, 1, 1) + dt.timedelta(days=draw.randrange(180))
        amount = decimal.Decimal(draw.randrange(50, 900_000)).scaleb(-2)
        text = f"{amount:,}".replace(",", " ").replace(".", ",").replace(" ", ".")
        if number % 97 == 0:
            text = "k.A."
        note = draw.choice(["", "Eilt; \"sehr\"", "Größe 5", "-"])
        if ";" in note or '"' in note:
            note = '"' + note.replace('"', '""') + '"'
        lines.append(f"{number};{draw.randrange(1, 330)};{day:%d.%m.%Y};{text};{draw.choice(['CHF', 'EUR', 'USD'])};{note}")
        if number % 500 == 0:
            lines.append("# ---")
    with open(f"{folder}/orders.csv", "w", encoding="cp1252", newline="") as out:
        out.write("\r\n".join(lines) + "\r\n")

    with open(f"{folder}/events.ndjson", "w", encoding="utf-8") as out:
        for number in range(1_500):
            moment = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc) + dt.timedelta(seconds=draw.randrange(15_000_000))
            event = {
                "customer": draw.randrange(1, 330),
                "at": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "kind": draw.choice(["view", "cart", "buy"]),
                "seconds": draw.choice([None, draw.randrange(1, 4000) / 8, "NaN"]),
                "page": {"path": "/x", "depth": 3},
            }
            if event["seconds"] is None:
                del event["seconds"]
            out.write(json.dumps(event) + "\n")

    book = openpyxl.Workbook()
    book.active.title = "Read me"
    book.active["A1"] = "Rates in francs"
    sheet = book.create_sheet("Rates")
    sheet.append(["as of", dt.date(2026, 1, 1)])
    sheet.append(["Currency", "Rate", "Name"])
    for row in [["CHF", 1, "Franken"], ["EUR", 0.9325, "Euro"], ["USD", 0.8125, None]]:
        sheet.append(row)
    book.save(f"{folder}/rates.xlsx")


def by_pandas(folder):
    import pandas as pd

    orders = pd.read_csv(
        f"{folder}/orders.csv", sep=";", decimal=",", thousands=".", encoding="cp1252", comment="#",
        na_values=["k.A."], dtype={"Währung": str, "Datum": str},
    )
    orders["Datum"] = pd.to_datetime(orders["Datum"], format="%d.%m.%Y")
    rates = pd.read_excel(f"{folder}/rates.xlsx", sheet_name="Rates", header=1)
    customers = pd.read_parquet(f"{folder}/customers.parquet", columns=["id", "country", "kind"])
    priced = orders[orders["Datum"] >= pd.Timestamp(FROM)].merge(rates, left_on="Währung", right_on="Currency")
    priced["francs"] = priced["Betrag"] * priced["Rate"]
    joined = priced.merge(customers, left_on="Kunde", right_on="id")
    joined["month"] = joined["Datum"].dt.strftime("%Y-%m-01")
    monthly = joined.groupby(["month", "country"], observed=True).agg(
        orders=("Nr", "count"), francs=("francs", "sum"), largest=("Betrag", "max"))
    monthly = [
        [month, country, int(row.orders), float(row.francs), float(row.largest)]
        for (month, country), row in monthly.iterrows()
    ]
    events = pd.read_json(f"{folder}/events.ndjson", lines=True, dtype={"seconds": str})
    events["seconds"] = pd.to_numeric(events["seconds"], errors="coerce")
    events = events.merge(customers, left_on="customer", right_on="id")
    use = events.groupby(["kind_x", "kind_y"]).agg(count=("id", "count"), seconds=("seconds", "mean"))
    use = [[kind, of, int(row["count"]), float(row["seconds"])] for (kind, of), row in use.iterrows()]
    return {"monthly": sorted(monthly), "use": sorted(use)}


def by_duckdb(folder):
    import duckdb
    import pandas as pd

    with open(f"{folder}/orders.csv", encoding="cp1252") as text:
        lines = [line for line in text if not line.startswith("#")]
    plain = tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8")
    plain.writelines(lines)
    plain.flush()
    rates = pd.read_excel(f"{folder}/rates.xlsx", sheet_name="Rates", header=1)
    connection = duckdb.connect()
    connection.register("rates", rates)
    monthly = connection.execute(
        f"""with orders as (
              select Nr, Kunde, strptime(Datum, '%d.%m.%Y')::date as day, "Währung" as currency,
                     replace(replace(nullif(Betrag, 'k.A.'), '.', ''), ',', '.')::decimal(12, 2) as amount
              from read_csv('{plain.name}', delim = ';', header = true, all_varchar = true))
            select strftime(date_trunc('month', day), '%Y-%m-%d'), country, count(*),
                   sum(amount::double * Rate), max(amount)::double
            from orders join rates on orders.currency = rates.Currency
                        join read_parquet('{folder}/customers.parquet') customers on id = Kunde::ubigint
            where day >= date '{FROM}' group by 1, 2"""
    ).fetchall()
    use = connection.execute(
        f"""select events.kind, customers.kind, count(*),
                   avg(seconds::double) filter (where not isnan(seconds::double))
            from read_json('{folder}/events.ndjson', format = 'newline_delimited',
                           columns = {{customer: 'UBIGINT', kind: 'VARCHAR', seconds: 'VARCHAR'}}) events
            join read_parquet('{folder}/customers.parquet') customers on id = customer
            group by 1, 2"""
    ).fetchall()
    return {"monthly": sorted(map(list, monthly)), "use": sorted(map(list, use))}


def same(ours, theirs):
    if isinstance(ours, list):
        return len(ours) == len(theirs) and all(same(*pair) for pair in zip(ours, theirs))
    if isinstance(ours, float):
        return abs(ours - theirs) <= 1e-9 * max(1.0, abs(theirs))
    return ours == theirs


def check(folder):
    ours = json.load(sys.stdin)
    for name, theirs in [("pandas", by_pandas(folder)), ("DuckDB", by_duckdb(folder))]:
        for table in ["monthly", "use"]:
            if not ours[table] or not same(sorted(ours[table]), theirs[table]):
                sys.exit(f"{table} differs from the result of {name}:\n{sorted(ours[table])}\n{theirs[table]}")
    print(f"{len(ours['monthly'])} months and {len(ours['use'])} uses are the same as those of pandas and DuckDB")


if __name__ == "__main__":
    {"generate": generate, "check": check}[sys.argv[1]](sys.argv[2])
