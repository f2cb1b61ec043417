"""What somebody who sees cohorts_suppressed() can tell of the hidden counts.

attack.py SHOWN MIN < CSV of tables.sql's "shown"

The attacker knows every number shown and what customers can do, not by which rule numbers were hidden. Customers of
a cohort go from age to age through states:

    P, Q   had one order at age 0, or more; have not come back, but will      K  has ordered at every age so far
    Z      had none; has not come, but will                                   A  orders at this age, not at every one before
    Pv, Qv, Zv  the same, and never will                                      G  not at this age, did after age 0, and will again
                                                                              D  is gone

(A1, G1, D1: with one order so far, A2, G2, D2: with more), so that the possible histories of a cohort are flows, and every
flow in whole numbers is one: no identity between the columns is missing. Ages may be periods, windows or brackets: all that
counts is at which of them a customer orders. Orders tell how many customers may have two at the age of their first. A linear program finds the least and the largest
value of each hidden count over the flows that agree with what is shown. SHOWN says whether the columns of hidden counts are
taken as they are ("suppressed") or only cells that have to be hidden by themselves are ("primary"), which must not be
enough.
"""
import csv
import sys

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_matrix

COUNTS = {
    "customers": "true_customers",
    "customers_since": "true_since",
    "customers_within": "true_within",
    "streak_customers": "true_streak",
    "repeat_customers": "true_repeat",
}


ARCS = {
    "Z": ["Z", "A1", "A2"],
    "P": ["P", "A2"],
    "Q": ["Q", "A2"],
    "K": ["K", "G2", "D2"],
    "A1": ["A2", "G1", "D1"],
    "A2": ["A2", "G2", "D2"],
    "G1": ["G1", "A2"],
    "G2": ["G2", "A2"],
    "D1": ["D1"],
    "D2": ["D2"],
}
NOT_BACK = ["Z", "P", "Q"]
RETURNED = ["K", "A1", "A2", "G1", "G2", "D1", "D2"]
MEMBERS = {
    "customers": ["K", "A1", "A2"],
    "customers_since": NOT_BACK + ["K", "A1", "A2", "G1", "G2"],
    "customers_within": RETURNED,
    "streak_customers": ["K"],
    "repeat_customers": ["Q", "K", "A2", "G2", "D2"],
}


class Flows:
    """The possible histories of a cohort: variables, and equations between them."""

    def __init__(self, last, anchored):
        self.names = {}
        self.equal = []  # ({variable: factor}, right side)
        self.at_most = []
        self.last = last
        self.anchored = anchored
        # from age 0: KP and KQ are those of one order, or more, who order at age 1 as well
        one, many, none = ({"Pv": 1}, {"Qv": 1}, {"Zv": 1})
        if last > 0:
            one.update({"P.1": 1, "KP": 1})
            many.update({"Q.1": 1, "KQ": 1})
            none.update({"Z.1": 1, "A1.1": 1, "A2.1": 1})
            self.equation({"K.1": 1, "KP": -1, "KQ": -1}, 0)
            for state in ("G1", "G2", "D1", "D2"):
                self.equation({f"{state}.1": 1}, 0)
        self.one, self.many, self.none = one, many, none
        self.know({**one, **many, **none})
        if not anchored:
            self.equation(none, 0)
        for age in range(1, last):
            self.step(age)
        if last > 0:
            for state in NOT_BACK + ["G1", "G2"]:
                self.equation({f"{state}.{last}": 1}, 0)

    def know(self, names):
        for name in names:
            self.names.setdefault(name, len(self.names))

    def equation(self, terms, right):
        self.know(terms)
        self.equal.append((terms, right))

    def orders(self, age, orders, customers):
        """Who has two orders at the age of its first one is among those who have more than one there."""
        if age == 0:
            twice = self.many
            if orders > customers:
                self.at_most.append(({name: -1 for name in twice}, -1))
        elif not self.anchored:
            return
        else:
            twice = {"A2.1": 1} if age == 1 else {f"Z>A2.{age - 1}": 1}
        self.at_most.append((twice, orders - customers))

    def step(self, age):
        for state, ends in ARCS.items():
            self.equation({f"{state}.{age}": 1, **{f"{state}>{end}.{age}": -1 for end in ends}}, 0)
        for end in ARCS:
            starts = [state for state, ends in ARCS.items() if end in ends]
            self.equation({f"{end}.{age + 1}": 1, **{f"{state}>{end}.{age}": -1 for state in starts}}, 0)

    def count(self, column, age):
        """A count as a sum of variables."""
        if age == 0:
            if column == "customers_within":
                return {}
            if column == "repeat_customers":
                return self.many
            if column == "customers_since":
                return {name: 1 for name in self.size() if name != "Zv"}
            return {**self.one, **self.many}
        terms = {f"{state}.{age}": 1 for state in MEMBERS[column]}
        if column == "repeat_customers":
            terms["Qv"] = 1
        return terms

    def size(self):
        return {**self.one, **self.many, **self.none}

    def matrix(self, rows):
        entries = [(i, self.names[name], factor) for i, (terms, _) in enumerate(rows) for name, factor in terms.items()]
        i, j, factors = zip(*entries)
        return coo_matrix((factors, (i, j)), shape=(len(rows), len(self.names)))


class Program:
    """Linear programs over the flows."""

    def __init__(self, flows):
        self.flows = flows
        self.limits = {
            "A_eq": flows.matrix(flows.equal).tocsr(),
            "b_eq": [right for _, right in flows.equal],
            "A_ub": flows.matrix(flows.at_most).tocsr() if flows.at_most else None,
            "b_ub": [right for _, right in flows.at_most] or None,
        }

    def vector(self, count):
        result = np.zeros(len(self.flows.names))
        for name, factor in self.flows.count(*count).items():
            result[self.flows.names[name]] = factor
        return result

    def least(self, objective):
        """A flow that has the least of it."""
        result = linprog(objective, **self.limits, method="highs")
        if result.status != 0:
            raise SystemExit(f"the truth is no solution: {result.message}")
        return result.x


def extremes(flows, wanted, truth, least):
    """
    The least and the largest whole value of each wanted count; or, as all between two flows are flows, any two that are at
    least - 1 apart: most counts need no program of their own.
    """
    program = Program(flows)
    counts = np.array([program.vector(count) for count in wanted])
    low, high = np.array(truth, dtype=float), np.array(truth, dtype=float)

    def look(objective):
        for sign in 1, -1:
            values = counts @ program.least(sign * objective)
            np.minimum(low, np.ceil(values - 1e-6), out=low)
            np.maximum(high, np.floor(values + 1e-6), out=high)

    look(counts.sum(axis=0))
    for i, count in enumerate(counts):
        if high[i] - low[i] + 1 < least:
            look(count)
    return low, high


def attack(cohort, suppressed, least):
    """(hidden counts, [those with too few values]) of a cohort's rows."""
    last = len(cohort) - 1
    anchored = cohort[0]["anchored"] == "t"

    def is_shown(row, column):
        return row[column] != "" if suppressed else row["primary_cell"] == "f"

    if not any(is_shown(row, "cohort_size") for row in cohort):
        return 0, []  # nothing is known of it
    flows, truth = Flows(last, anchored), Flows(last, anchored)
    size = int(cohort[0]["true_size"])
    wanted = []
    for each in flows, truth:
        each.equation(flows.size(), size)
    for age, row in enumerate(cohort):
        for each in [flows, truth] if is_shown(row, "orders") else [truth]:
            each.orders(age, int(row["true_orders"]), int(row["true_customers"]))
        for column, name in COUNTS.items():
            if row[name] == "":
                continue  # what version 1.0 stored does not tell
            if flows.count(column, age):
                for each in [flows, truth] if is_shown(row, column) else [truth]:
                    each.equation(flows.count(column, age), int(row[name]))
            if not is_shown(row, column) and (age > 0 or column == "repeat_customers" or (anchored and column != "customers_within")):
                wanted.append((column, age))
    if not wanted:
        return 0, []
    Program(truth).least(np.zeros(len(truth.names)))
    values = [int(cohort[age][COUNTS[column]]) for column, age in wanted]
    told = []
    for (column, age), value, low, high in zip(wanted, values, *extremes(flows, wanted, values, least)):
        if high - low + 1 < least:
            told.append((cohort[0]["shop"], cohort[0]["kind"], cohort[0]["cohort"], column, age, value, low, high))
    return len(wanted), told


def main():
    suppressed, least = sys.argv[1] == "suppressed", int(sys.argv[2])
    cohorts = {}
    for row in csv.DictReader(sys.stdin):
        cohorts.setdefault((row["shop"], row["cohort"]), []).append(row)
    hidden, told = {}, []
    for cohort in cohorts.values():
        some, of_them = attack(cohort, suppressed, least)
        hidden[cohort[0]["kind"]] = hidden.get(cohort[0]["kind"], 0) + some
        told += of_them
    kinds = ", ".join(f"{kind} {number}" for kind, number in sorted(hidden.items()))
    print(f"{len({shop for shop, _ in cohorts})} tables, {len(cohorts)} cohorts, {sum(hidden.values())} hidden counts ({kinds}), {len(told)} told")
    for what in told[:5]:
        print("# shop %s (%s), cohort %s: %s at age %d is %d, told to be from %d to %d" % what)
    return bool(told)


if __name__ == "__main__":
    sys.exit(main())
