#!/usr/bin/env python3
"""compare_table.py [--svg FILE] MEASUREMENTS...: medians of Google Benchmark's JSON files, and their ratios.

A name "<peer>/<case>" is a peer's measurement of "<case>". The ratio is Treadle's median rate through the peer's: above
1, Treadle is the faster. Each table ends in geometric means. The plot shows training steps with SGD and one thread.
"""
import argparse
import json
import math
import re
import statistics
import sys

import compare_plot

CASE = re.compile(r"(?:(?P<peer>[^/]+)/)?(?P<case>(?P<bench>train_step|batch_size|gemm)/.+)")


def read(files):
    """{bench: {case: {library: [rates]}}} in the order of the files."""
    rates = {}
    for name in files:
        with open(name, encoding="utf-8") as file:
            for run in json.load(file)["benchmarks"]:
                match = CASE.fullmatch(run["name"])
                if match is None or run.get("run_type") == "aggregate":
                    continue
                if run.get("error_occurred"):
                    print(f"{run['name']}: {run.get('error_message')}", file=sys.stderr)
                    continue
                cases = rates.setdefault(match["bench"], {}).setdefault(match["case"], {})
                cases.setdefault(match["peer"] or "treadle", []).append(run["items_per_second"])
    return rates


def medians(cases):
    return {case: {library: statistics.median(rates) for library, rates in libraries.items()}
            for case, libraries in cases.items()}


def geometric_mean(values):
    return math.exp(math.fsum(math.log(value) for value in values) / len(values))


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def table(bench, cases):
    """Lines of one table: samples per second, and in brackets how many times faster Treadle is."""
    peers = list(dict.fromkeys(library for libraries in cases.values() for library in libraries))
    peers = [peer for peer in peers if peer != "treadle"]
    rows, ratios, best = [], {peer: [] for peer in peers}, []
    for case, libraries in cases.items():
        if "treadle" not in libraries:
            continue
        row, own = [case.removeprefix(bench + "/"), number(libraries["treadle"])], []
        for peer in peers:
            if peer not in libraries:
                row.append("-")
                continue
            ratio = libraries["treadle"] / libraries[peer]
            ratios[peer].append(ratio)
            own.append(ratio)
            row.append(f"{number(libraries[peer])} ({ratio:.2f})")
        if own:
            best.append(min(own))
        row.append(f"{min(own):.2f}" if own else "-")
        rows.append(row)
    heads = [[bench, "treadle", *(f"{peer} (ratio)" for peer in peers), "best peer"]]
    tails = [
        ["geometric mean of ratios", "", *(f"{geometric_mean(r):.2f}" if r else "-" for r in ratios.values()),
         f"{geometric_mean(best):.2f}" if best else "-"],
        ["lowest ratio", "", *(f"{min(r):.2f}" if r else "-" for r in ratios.values()),
         f"{min(best):.2f}" if best else "-"],
    ]
    widths = [max(len(row[i]) for row in heads + rows + tails) for i in range(len(heads[0]))]
    lines = []
    for row in heads + rows + tails:
        cells = [row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        lines.append("  ".join(cells).rstrip())
    rule = "-" * max(map(len, lines))
    return [lines[0], rule, *lines[1:-2], rule, *lines[-2:]]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--svg", metavar="FILE", help="write a plot of the training steps")
    parser.add_argument("measurements", nargs="+")
    arguments = parser.parse_args()
    rates = {bench: medians(cases) for bench, cases in read(arguments.measurements).items()}
    if not rates:
        parser.error("no measurements of train_step, batch_size or gemm")
    print("samples/s, medians; in brackets how many times faster Treadle is")
    for bench, cases in rates.items():
        print("", *table(bench, cases), sep="\n")
    if arguments.svg:
        with open(arguments.svg, "w", encoding="utf-8") as file:
            file.write(compare_plot.svg(rates.get("train_step") or rates.get("batch_size") or {}))


if __name__ == "__main__":
    main()
