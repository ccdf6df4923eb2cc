"""Breaks the store on purpose, and runs the test that must notice.

  python3 tests/breakages/run.py    every breakage; some 15 minutes

Works on a copy of the source in build/breakages. Exit status: 0 when each of
them was noticed, else 1; 2 for wrong usage.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import time

from breakages import BREAKAGES

TOP = pathlib.Path(__file__).resolve().parents[2]
WORK = TOP / "build" / "breakages"
FOLDERS = ("include", "src", "tests", "tools", "bench")
SECONDS_MAX = 1200


def misfits():
    """What of the table does not fit the source any more."""
    for b in BREAKAGES:
        found = (TOP / b.file).read_text().count(b.old)
        if found != 1:
            yield f"{b.name}: {b.file} has its text {found} times, not once"
        folder = b.test.partition("_")[0]
        tests = "".join(p.read_text() for p in (TOP / "tests").glob(
            f"{folder}/*.cc"))
        named = re.findall(r"\w{3,}", b.options.partition("filter=")[2])
        if not tests or any(word not in tests for word in named):
            yield f"{b.name}: there is no test {b.test} {b.options}"
    names = [b.name for b in BREAKAGES]
    yield from (f"{n}: twice" for n in set(names) if names.count(n) > 1)


def command(*words, **options):
    done = subprocess.run(words, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace", check=False, **options)
    return done.returncode, done.stdout


def copy_source():
    """Writes only the files that differ: what was built of others stays."""
    source = WORK / "source"
    paths = [TOP / "CMakeLists.txt"]
    for folder in FOLDERS:
        paths += (p for p in (TOP / folder).rglob("*") if p.is_file())
    for path in paths:
        copy = source / path.relative_to(TOP)
        content = path.read_bytes()
        if not copy.exists() or copy.read_bytes() != content:
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(content)
    status, out = command("cmake", "-S", str(source), "-B", str(WORK / "build"),
                          "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
                          "-DCMAKE_CXX_COMPILER=g++", "-DORDERSTORE_BENCH=OFF")
    if status != 0:
        sys.exit(out)
    return source


def build(test):
    return command("cmake", "--build", str(WORK / "build"), "--target", test,
                   "-j", str(os.cpu_count()))


def is_noticed(b, source):
    """Applies the breakage, runs its test, and takes it back."""
    path = source / b.file
    text = path.read_text()
    try:
        path.write_text(text.replace(b.old, b.new))
        status, out = build(b.test)
        if status != 0:
            return False, "does not build:\n" + out[-2000:]
        try:
            status, out = command(str(WORK / "build" / "tests" / b.test),
                                  *b.options.split(), timeout=SECONDS_MAX)
        except subprocess.TimeoutExpired:
            return True, "the test did not end"
        lines = [line for line in out.splitlines() if line.strip()]
        return status != 0, lines[-1] if lines else f"exit status {status}"
    finally:
        path.write_text(text)


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME",
                        help="only these breakages")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--list", action="store_true",
                        help="print their names and tests, and run none")
    action.add_argument("--check", action="store_true",
                        help="only check that the source still has what each "
                             "of them changes")
    given = parser.parse_args()
    if given.names and (given.list or given.check):
        parser.error("NAME does not go with --list or --check")
    unknown = set(given.names) - {b.name for b in BREAKAGES}
    if unknown:
        parser.error(f"no such breakage: {', '.join(sorted(unknown))}; "
                     "--list names them")
    return given


def main():
    given = arguments()
    wrong = list(misfits())
    if wrong or given.check:
        print("\n".join(wrong) or f"all {len(BREAKAGES)} fit the source")
        return bool(wrong)
    if given.list:
        for b in BREAKAGES:
            print(b.name, b.test, b.options)
        return 0
    chosen = [b for b in BREAKAGES if not given.names or b.name in given.names]
    source = copy_source()
    missed = 0
    for b in chosen:
        began = time.monotonic()
        noticed, what = is_noticed(b, source)
        missed += not noticed
        print(f"{'noticed' if noticed else 'MISSED '} {b.name} by {b.test} "
              f"({time.monotonic() - began:.0f} s): {what[:160]}", flush=True)
    print(f"{len(chosen) - missed} noticed, {missed} missed")
    return missed > 0


if __name__ == "__main__":
    sys.exit(main())
