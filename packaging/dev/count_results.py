"""Prints "PASSED FAILED" of one machine-readable test report. A skipped test counts as failed: nothing is skipped."""

import json
import sys
import xml.etree.ElementTree as ElementTree


def junit(path):
    cases = list(ElementTree.parse(path).getroot().iter("testcase"))
    bad = [case for case in cases if case.get("status") != "run" or case.find("failure") is not None]
    return len(cases) - len(bad), len(bad)


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
    print(*FORMATS[sys.argv[1]](sys.argv[2]))
