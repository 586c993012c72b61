"""STYLE rule 15."""

import re

from tree import code_without_comments

NAME = "tests neither sleep nor are skipped, and only our own tests decide what runs"

CPP = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep|GTEST_SKIP|DISABLED_\w*|EXPECT_TRUE\(true\)|ASSERT_TRUE\(true\))")
TS = re.compile(r"\b(?:test|it|describe)\.(?:skip|only|fix" r"me|todo)\b|\bwaitForTimeout\b|\bexpect\(true\)")


def check(tree):
    problems = []
    for path in tree.paths(".cpp", ".hpp", under=["tests/"]):
        problems += found_in(path, code_without_comments(tree.text(path)), CPP)
    for path in tree.paths(".ts", ".tsx", ".mjs", under=["tests/", "spa/"]):
        problems += found_in(path, code_without_comments(tree.text(path)), TS)
    return problems


def found_in(path, text, pattern):
    return [f"{path}:{text.count(chr(10), 0, found.start()) + 1}: {found[0]}" for found in pattern.finditer(text)]


GOOD = {"tests/unit/a_test.cpp": "// no sleep_for here\nEXPECT_TRUE(done);\n", "tests/e2e/a.spec.ts": "test('x', run);\n"}
BAD = [
    {"tests/unit/a_test.cpp": "std::this_thread::sleep_for(1s);\n"},
    {"tests/unit/a_test.cpp": "GTEST_" "SKIP();\n"},
    {"tests/unit/a_test.cpp": "TEST(A, DISABLED_" "b) {}\n"},
    {"tests/e2e/a.spec.ts": "test.skip('x', run);\n"},
    {"spa/src/a.test.tsx": "it.only('x', run);\n"},
    {"tests/e2e/a.spec.ts": "await page.waitForTimeout(500);\n"},
]
