#!/usr/bin/env python3
"""Twelve weeks of a support team of 39 people: Dogwatch's roster, one greedy pass and CP-SAT on the same model, and how
fair each is. See README.md."""
import argparse, json, os, statistics, subprocess, sys, tempfile, time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpora", type=Path, required=True, help="folder that holds teams/govuk-demo.csv")
    parser.add_argument("--python", default=sys.executable, help="one that has ortools")
    parser.add_argument("--time", type=float, default=60, help="seconds for CP-SAT, on two threads")
    parser.add_argument("--debug", action="store_true", help="don't build in release first")
    parser.add_argument("--cpsat", help=argparse.SUPPRESS)  # how this program calls itself with the other Python
    return parser.parse_args()


class Model:
    """Units of which each is one person's; loads in hundredths of a mean turn."""

    def __init__(self, path):
        data = json.loads(Path(path).read_text())
        self.units, self.shares = data["units"], data["shares"]
        self.caps, self.skip, self.told = data["caps"], data["empty_optional"], data["dogwatch"]
        self.clashes = [set() for _ in self.units]
        for a, b in data["clashes"]:
            self.clashes[a].add(b)
            self.clashes[b].add(a)

    def capped(self, cap):
        return [u for u, unit in enumerate(self.units) if unit["role"] in cap["roles"]]

    def may(self, held, person, unit):
        mine = [u for u, holder in enumerate(held) if holder == person]
        if person not in self.units[unit]["people"] or any(u in self.clashes[unit] for u in mine):
            return False
        role = self.units[unit]["role"]
        caps = [cap for cap in self.caps if role in cap["roles"]]
        return all(sum(self.units[u]["role"] in cap["roles"] for u in mine) < cap["most"] for cap in caps)

    def over(self, held):
        loads = [0] * len(self.shares)
        for unit, holder in zip(self.units, held):
            if holder is not None:
                loads[holder] += unit["load"]
        return [load - share for load, share in zip(loads, self.shares)]

    def judged(self, held):
        """Gaps, cost and fairness of a roster; ends the program where a rule is broken."""
        for unit, holder in enumerate(held):
            others = [h if u != unit else None for u, h in enumerate(held)]
            if holder is not None and not self.may(others, holder, unit):
                sys.exit(f"person {holder} must not hold {self.units[unit]}")
        empty = [unit for unit, holder in zip(self.units, held) if holder is None]
        over = self.over(held)
        squared = sum(value * value for value in over)
        optional = sum(unit["optional"] for unit in empty)
        return dict(gaps=len(empty) - optional, shadows=optional, squared=squared,
                    cost=squared + optional * self.skip, over=sorted(over))

    def greedy(self):
        """Unit by unit in the order of time, whoever is farthest below their share; no search."""
        held = [None] * len(self.units)
        for unit, wanted in enumerate(self.units):
            over = self.over(held)
            free = [p for p in wanted["people"] if self.may(held, p, unit)]
            if free:
                held[unit] = min(free, key=lambda p: (over[p], p))
        return held


def cpsat(path, seconds):
    from ortools.sat.python import cp_model
    model, program = Model(path), cp_model.CpModel()
    x = [{p: program.NewBoolVar("") for p in unit["people"]} for unit in model.units]
    cost = []
    for unit, row in zip(model.units, x):
        gap = program.NewBoolVar("")
        program.AddExactlyOne([*row.values(), gap])
        cost.append((model.skip if unit["optional"] else 10**8) * gap)
    for p, share in enumerate(model.shares):
        mine = {u: row[p] for u, row in enumerate(x) if p in row}
        for a in mine:
            for b in model.clashes[a]:
                if a < b and b in mine:
                    program.AddBoolOr([mine[a].Not(), mine[b].Not()])
        for cap in model.caps:
            program.Add(sum(mine[u] for u in model.capped(cap) if u in mine) <= cap["most"])
        most = sum(model.units[u]["load"] for u in mine)
        over, square = program.NewIntVar(-share, most, ""), program.NewIntVar(0, max(share, most) ** 2, "")
        program.Add(over == sum(model.units[u]["load"] * v for u, v in mine.items()) - share)
        program.AddMultiplicationEquality(square, [over, over])
        cost.append(square)
    for u, holder in enumerate(model.greedy()):
        for p, v in x[u].items():
            program.AddHint(v, p == holder)
    program.Minimize(sum(cost))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers, solver.parameters.max_time_in_seconds = 2, seconds
    state = solver.Solve(program)
    held = [next((p for p, v in row.items() if solver.Value(v)), None) for row in x]
    gaps = model.judged(held)["gaps"]
    print(json.dumps(dict(held=held, state=solver.StatusName(state), bound=solver.BestObjectiveBound() - gaps * 10**8)))


def line(name, judged, more=""):
    over = [value / 100 for value in judged["over"]]
    print(f"{name:<9} {judged['gaps']:>4} {judged['shadows']:>7}  {judged['squared']:>9} {judged['cost']:>8}"
          f"  {over[0]:+.2f} {statistics.median(over):+.2f} {over[-1]:+.2f}  {more}")


def main():
    args = arguments()
    if args.cpsat:
        return cpsat(args.cpsat, args.time)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "model.json"
        env = {**os.environ, "DOGWATCH_CORPORA": str(args.corpora.resolve()), "DOGWATCH_GOVUK_OUT": str(out)}
        how = [] if args.debug else ["--release"]
        subprocess.run(["cargo", "test", "--quiet", *how, "--test", "govuk"], cwd=ROOT, env=env, check=True,
                       stdout=subprocess.DEVNULL)
        model = Model(out)
        command = [args.python, __file__, "--corpora", args.corpora, "--time", args.time, "--cpsat", out]
        begun = time.time()
        said = json.loads(subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE).stdout)
        took = time.time() - begun
    told = model.told or {}
    print(f"{len(model.shares)} people, {len(model.units)} turns; hundredths of a mean turn, and turns above the fair share")
    print(f"{'':<9} gaps shadows    squared     cost  least middle most")
    line("greedy", model.judged(model.greedy()))
    line("CP-SAT", model.judged(said["held"]), f"{said['state']} after {took:.0f} s, at least {said['bound']:.0f}")
    line("Dogwatch", model.judged([unit["dogwatch"] for unit in model.units]), f"at least {told.get('bound')}")


if __name__ == "__main__":
    main()
