"""What somebody who sees cohorts_suppressed() can tell of the hidden counts.

attack.py SHOWN MIN < CSV of tables.sql's "shown"

The attacker knows every number shown and what customers can do, not by which rule numbers were hidden. Customers of
a cohort go from age to age through states:

    N  has not come back, but will     K  has ordered at every age so far
    V  never will                      A  orders at this age, not at every one before
    D  is gone                         G  does not order at this age, did after age 0, and will again

so that the possible histories of a cohort are flows, and every flow in whole numbers is one: no identity between the
columns is missing. A linear program finds the least and the largest value of each hidden count over the flows that
agree with what is shown. SHOWN says whether the columns of hidden counts are taken as they are ("suppressed") or only cells
that have to be hidden by themselves are ("primary"), which must not be enough.
"""
import csv
import sys

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import block_diag, coo_matrix

COUNTS = {
    "customers": "true_customers",
    "customers_since": "true_since",
    "customers_within": "true_within",
    "streak_customers": "true_streak",
    "repeat_customers": "true_repeat",
}


class Flows:
    """The possible histories of a cohort: variables, and equations and inequalities between them."""

    def __init__(self, last):
        self.names = {}
        self.equal = []  # ({variable: factor}, right side)
        self.most = []
        self.last = last
        for age in range(1, last + 1):
            self.state(age)
        self.equation({"V": 1, "VF": -1}, "free")
        self.inequality({"VF": 1, "V": -1})
        if last > 0:
            self.inequality({"KF": 1, "K1": -1})
            for gone in ("A1", "G1", "D1", f"N{last}", f"G{last}"):
                self.equation({gone: 1}, 0)

    def equation(self, terms, right):
        for name in terms:
            self.names.setdefault(name, len(self.names))
        if right != "free":
            self.equal.append((terms, right))

    def inequality(self, terms):
        for name in terms:
            self.names.setdefault(name, len(self.names))
        self.most.append((terms, 0))

    def state(self, age):
        # F: of those who have not come back, those with two orders at age 0
        self.inequality({f"F{age}": 1, f"N{age}": -1})
        if age == self.last:
            return
        here, there = age, age + 1
        arcs = {"K": "KGD", "A": "AGD", "G": "GA", "N": "NA", "D": "D"}
        for state, ends in arcs.items():
            self.equation({f"{state}{here}": 1, **{f"{state}{end}{here}": -1 for end in ends}}, 0)
        for end in "KAGND":
            starts = [state for state, ends in arcs.items() if end in ends]
            self.equation({f"{end}{there}": 1, **{f"{state}{end}{here}": -1 for state in starts}}, 0)
        self.inequality({f"F{there}": 1, f"F{here}": -1})
        self.inequality({f"N{there}": 1, f"F{there}": -1, f"N{here}": -1, f"F{here}": 1})

    def count(self, column, age):
        """A count as a sum of variables."""
        if age == 0:
            if column == "customers_within":
                return {}
            if column == "repeat_customers":
                return {"KF": 1, "F1": 1, "VF": 1} if self.last > 0 else {"VF": 1}
            return self.size()
        return {
            "customers": {f"K{age}": 1, f"A{age}": 1},
            "customers_since": {f"N{age}": 1, f"K{age}": 1, f"A{age}": 1, f"G{age}": 1},
            "customers_within": {f"K{age}": 1, f"A{age}": 1, f"G{age}": 1, f"D{age}": 1},
            "streak_customers": {f"K{age}": 1},
            "repeat_customers": {f"K{age}": 1, f"A{age}": 1, f"G{age}": 1, f"D{age}": 1, f"F{age}": 1, "VF": 1},
        }[column]

    def size(self):
        return {"K1": 1, "N1": 1, "V": 1} if self.last > 0 else {"V": 1}

    def matrix(self, rows):
        entries = [(i, self.names[name], factor) for i, (terms, _) in enumerate(rows) for name, factor in terms.items()]
        i, j, factors = zip(*entries)
        return coo_matrix((factors, (i, j)), shape=(len(rows), len(self.names)))


def extremes(flows, wanted):
    """The least and the largest value of each wanted count: as many programs side by side."""
    n = len(flows.names)
    equal, most = flows.matrix(flows.equal), flows.matrix(flows.most)
    right = [right for _, right in flows.equal]
    objective = np.zeros(2 * len(wanted) * n)
    for i, (column, age) in enumerate(wanted):
        for name, factor in flows.count(column, age).items():
            objective[2 * i * n + flows.names[name]] = factor
            objective[(2 * i + 1) * n + flows.names[name]] = -factor
    copies = 2 * len(wanted)
    result = linprog(
        objective,
        A_ub=block_diag([most] * copies, format="csr"),
        b_ub=np.zeros(copies * most.shape[0]),
        A_eq=block_diag([equal] * copies, format="csr"),
        b_eq=right * copies,
        method="highs",
    )
    if result.status != 0:
        raise SystemExit(f"the truth is no solution: {result.message}")
    parts = (objective * result.x).reshape(copies, n).sum(axis=1)
    return [(parts[2 * i], -parts[2 * i + 1]) for i in range(len(wanted))]


def attack(cohort, suppressed, least):
    """(hidden counts, [those with too few values]) of a cohort's rows."""
    last = len(cohort) - 1
    flows = Flows(last)

    def is_shown(row, column):
        return row[column] != "" if suppressed else row["primary_cell"] == "f"

    known_size = any(is_shown(row, "cohort_size") for row in cohort)
    if not known_size:
        return 0, []  # nothing is known of it
    size = int(cohort[0]["true_size"])
    flows.equation(flows.size(), size)
    wanted = []
    for age, row in enumerate(cohort):
        for column, truth in COUNTS.items():
            if is_shown(row, column):
                if flows.count(column, age):
                    flows.equation(flows.count(column, age), int(row[truth]))
            elif age > 0 or column == "repeat_customers":
                wanted.append((column, age))
    if not wanted:
        return 0, []
    told = []
    for (column, age), (low, high) in zip(wanted, extremes(flows, wanted)):
        truth = int(cohort[age][COUNTS[column]])
        low, high = np.ceil(low - 1e-6), np.floor(high + 1e-6)
        if not low <= truth <= high:
            raise SystemExit(f"{column} at age {age} is {truth}, not from {low} to {high}")
        if high - low + 1 < least:
            told.append((cohort[0]["shop"], cohort[0]["cohort"], column, age, truth, int(low), int(high)))
    return len(wanted), told


def main():
    suppressed, least = sys.argv[1] == "suppressed", int(sys.argv[2])
    cohorts = {}
    for row in csv.DictReader(sys.stdin):
        cohorts.setdefault((row["shop"], row["cohort"]), []).append(row)
    hidden, told = 0, []
    for cohort in cohorts.values():
        some, of_them = attack(cohort, suppressed, least)
        hidden += some
        told += of_them
    print(f"{len({shop for shop, _ in cohorts})} tables, {len(cohorts)} cohorts, {hidden} hidden counts, {len(told)} told")
    for what in told[:5]:
        print("# shop %s, cohort %s: %s at age %d is %d, told to be from %d to %d" % what)
    return bool(told)


if __name__ == "__main__":
    sys.exit(main())
