#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What llvm-mca expects of the loops that hash strings by AVX-512: the table in bench/README.md.

    hot_loops.py [--mca llvm-mca-19] [--cpu znver4 --cpu sapphirerapids]

Compiles src/cpu/hash_strings_avx512.cpp, walks through the machine code of its loops without the ways that are rarely
taken, and prints what each processor is expected to need for eight tokens. An estimate: no cache misses, no mispredictions.
"""
import argparse
import itertools
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src/cpu/hash_strings_avx512.cpp"
FLAGS = "-std=c++20 -O2 -DNDEBUG -fPIC -ffp-contract=off -fvisibility=hidden -S -o -".split()
LOOPS = {  # function: {64-bit products of a way: its name}
    r"Strings<long, long>::run_mixed": {6: "any sizes, none above 16", 9: "any sizes, some above 16"},
    r"Strings<long, long>::run_class<\S*Class\)0>": {4: "4 to 7 alone"},
    r"Strings<long, long>::run_class<\S*Class\)1>": {6: "8 to 16 alone"},
    r"Strings<long, long>::run_class<\S*Class\)2>": {7: "17 to 32 alone"},
}


def output_of(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


def functions(assembly):
    """Yields names and lines."""
    for begin in re.finditer(r"^(_Z\S+):\n", assembly, re.M):
        lines = assembly[begin.end():assembly.find(".cfi_endproc", begin.end())].split("\n")
        yield output_of("c++filt", begin[1]).strip(), lines


def jump(line):
    return re.match(r"\t(j\w+)\s+(\.L\w+)", line)


def walk(lines, labels, head, taken):
    """The instructions of one round from `head` on that takes the branches to `taken`; None if it does not come back."""
    at, way = head, []
    for _ in range(2 * len(lines)):
        line, at = lines[at], at + 1
        if re.match(r"\t(ret|call)", line):
            return None
        if found := jump(line):
            if found[1] == "jmp" or found[2] in taken or labels[found[2]] == head:
                at = labels[found[2]]
        elif re.match(r"\t[a-z]", line):
            way.append(line)
        if at == head:
            return way
    return None


def ways(lines):
    """The shortest round that ends in a modulo, by its number of 64-bit products."""
    labels = {line[:-1]: i for i, line in enumerate(lines) if re.match(r"\.L\w+:$", line)}
    jumps = [(i, found[1], found[2]) for i, line in enumerate(lines) if (found := jump(line))]
    heads = {labels[to] for i, _, to in jumps if labels[to] < i}
    branches = sorted({to for _, kind, to in jumps if kind != "jmp"})
    best = {}
    for head, count in itertools.product(heads, range(4)):
        for taken in itertools.combinations(branches, count):
            way = walk(lines, labels, head, taken)
            if not way or not any("vcvttpd2uqq" in line for line in way):
                continue
            products = sum("vpmullq" in line for line in way)
            if products not in best or len(way) < len(best[products]):
                best[products] = way
    return best


def estimate(mca, cpu, way):
    text = output_of(mca, f"-mcpu={cpu}", "-iterations=300", "-", input="\n".join(way) + "\n")
    figure = lambda name: float(re.search(name + r":\s+([\d.]+)", text)[1])
    return figure("Total uOps") / figure("Iterations"), figure("Total Cycles") / figure("Iterations")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mca", default="llvm-mca-19")
    parser.add_argument("--cpu", action="append")
    arguments = parser.parse_args()
    cpus = arguments.cpu or ["znver4", "sapphirerapids"]
    assembly = output_of("c++", *FLAGS, f"-I{ROOT}/include", f"-I{ROOT}/src", f"-I{ROOT}", str(SOURCE))
    print("| sizes | 64-bit products |" + "".join(f" {cpu}: micro-operations | cycles |" for cpu in cpus))
    print("|---|--:|" + "--:|--:|" * len(cpus))
    found = list(functions(assembly))
    for pattern, names in LOOPS.items():
        lines = next((lines for name, lines in found if re.search(pattern, name)), [])
        best = ways(lines)
        for products, name in names.items():
            if products not in best:
                raise SystemExit(f"hot_loops.py: {pattern}: got ways with {sorted(best)} products, expected {products}; mend LOOPS")
            figures = [estimate(arguments.mca, cpu, best[products]) for cpu in cpus]
            print(f"| {name} | {products} |" + "".join(f" {uops:.0f} | {cycles:.1f} |" for uops, cycles in figures))


if __name__ == "__main__":
    main()
