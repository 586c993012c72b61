"""Prints "PASSED FAILED" of one machine-readable test report. A skipped test counts as failed: nothing is skipped.
With "junit-failures" it prints instead what each failed test wrote, the end of it."""

import json
import sys
import xml.etree.ElementTree as ElementTree


LINES_SHOWN = 40


def junit_cases(path):
    cases = list(ElementTree.parse(path).getroot().iter("testcase"))
    return cases, [case for case in cases if case.get("status") != "run" or case.find("failure") is not None]


def junit(path):
    cases, bad = junit_cases(path)
    return len(cases) - len(bad), len(bad)


def junit_failures(path):
    for case in junit_cases(path)[1]:
        lines = (case.findtext("system-out") or "It wrote nothing.").strip().splitlines()
        yield "\n".join([f"--- {case.get('name')}:", *(f"    {line[:400]}" for line in lines[-LINES_SHOWN:])])


def vitest(path):
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    broken_files = sum(1 for entry in report["testResults"] if entry["status"] == "failed" and not entry["assertionResults"])
    return report["numPassedTests"], report["numTotalTests"] - report["numPassedTests"] + broken_files


def playwright(path):
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    stats = report["stats"]
    return stats["expected"], stats["unexpected"] + stats["skipped"] + stats["flaky"] + len(report.get("errors", []))


FORMATS = {"junit": junit, "vitest": vitest, "playwright": playwright}

if __name__ == "__main__":
    if sys.argv[1] == "junit-failures":
        print("\n".join(junit_failures(sys.argv[2])))
    else:
        print(*FORMATS[sys.argv[1]](sys.argv[2]))
