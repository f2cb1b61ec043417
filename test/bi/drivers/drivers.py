"""The functions through psycopg2. Prints a line for each check."""
import io
import sys
from datetime import date, timedelta

import psycopg2

failed = False


def check(name, expected, actual):
    global failed
    good = expected == actual
    failed = failed or not good
    print(f"ok - psycopg2: {name}" if good else f"not ok - psycopg2: {name} ({actual} instead of {expected})")


def described(row):
    return " | ".join("null" if value is None else f"{value} {type(value).__name__}" for value in row)


connection = psycopg2.connect(dsn=sys.argv[1])
connection.autocommit = True
cursor = connection.cursor()
print(f"# psycopg2 {psycopg2.__version__}, Python {sys.version.split()[0]}")

cursor.execute("""SELECT segment, cohort, age, customers, revenue, retention_rate, complete
                  FROM cohort_retention('example', 'customer', 'ordered_at', amount => 'amount')""")
oids = {25: "text", 1082: "date", 23: "int4", 20: "int8", 1700: "numeric", 701: "float8", 16: "bool"}
check("types of the columns",
      "segment:text cohort:date age:int4 customers:int8 revenue:numeric retention_rate:float8 complete:bool",
      " ".join(f"{column.name}:{oids.get(column.type_code, column.type_code)}" for column in cursor.description))
rows = cursor.fetchall()
check("plain statement, rows", 5, len(rows))
check("plain statement, a row", "null | 2024-01-01 date | 2 int | 1 int | 12.00 Decimal | 0.5 float | False bool",
      described(rows[2]))

cursor.execute("""SELECT segment, cohort, age, period, customers, revenue, retention_rate, complete
                  FROM cohort_retention(%(orders)s, %(customer)s, %(ordered_at)s, %(period)s, amount => %(amount)s,
                                        as_of => %(as_of)s, age_window => %(window)s)
                  WHERE cohort = %(cohort)s AND age = %(age)s""",
               {"orders": "example", "customer": "customer", "ordered_at": "ordered_at", "period": "month",
                "amount": "amount", "as_of": date(2024, 4, 1), "window": timedelta(days=30),
                "cohort": date(2024, 1, 1), "age": 1})
check("parameters: table, columns, date, interval",
      ["null | 2024-01-01 date | 1 int | null | 1 int | 42.00 Decimal | 0.5 float | True bool"],
      [described(row) for row in cursor.fetchall()])

cursor.execute("SELECT retention_rate(customer, ordered_at, %s::timestamp, %s::timestamp) FROM example WHERE amount >= %s",
               (date(2024, 2, 1), date(2024, 3, 1), 0))
check("parameters of an aggregate", [(0.5,)], cursor.fetchall())

cursor.execute("SELECT rate_a, round(difference::numeric, 9)::float8 FROM compare_rates(%s, %s, %s, %s)", (1, 10, 3, 10))
check("bigint parameters", [(0.1, -0.2)], cursor.fetchall())

cursor.execute("SELECT retention(VARIADIC %s) FROM example", ([True, False, True],))
check("an array of booleans both ways", [([True, False, True],)], cursor.fetchall())

cursor.execute("""SELECT opening_customers, revenue, retention_rate, quick_ratio, complete
                  FROM customer_churn(%s, 'customer', 'ordered_at', amount => %s, as_of => %s, active_window => %s)
                  WHERE opening_customers = 0""", ("example", None, None, 1))
check("NULLs both ways", ["0 int | null | null | null | True bool"], [described(row) for row in cursor.fetchall()])

cursor.execute("SHOW TimeZone")
check("the session has the zone of the role", [("Europe/Sofia",)], cursor.fetchall())
cursor.execute("SELECT DISTINCT cohort FROM cohort_retention('midnight', 'customer', 'ordered_at')")
check("so orders are cut there", [(date(2024, 2, 1),)], cursor.fetchall())

try:
    cursor.execute("SELECT * FROM cohort_retention(%s, %s, 'ordered_at')", ("example", "client"))
    check("an unknown column is an error", "42703", "none")
except psycopg2.errors.UndefinedColumn as error:
    check("an unknown column is an error with a hint", True, "customer" in error.diag.message_hint)

# As text, and by COPY in binary, the only binary transfer of this driver.
values = """SELECT (SELECT retention_agg(customer, ordered_at, amount, 'month') FROM example),
                   (SELECT history_agg(ordered_at, amount) FROM example WHERE customer = 'ann')"""
cursor.execute(values)
summary, history = cursor.fetchone()
check("stored values are given as text", ["str", "str"], [type(summary).__name__, type(history).__name__])
cursor.execute("INSERT INTO stored VALUES ('psycopg2', 'text', %s, %s)", (summary, history))
copy = io.BytesIO()
cursor.copy_expert(f"COPY (SELECT 'psycopg2', 'binary', v.* FROM ({values}) v) TO STDOUT (FORMAT binary)", copy)
copy.seek(0)
cursor.copy_expert("COPY stored FROM STDIN (FORMAT binary)", copy)

sys.exit(failed)
