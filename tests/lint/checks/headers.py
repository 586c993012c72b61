"""STYLE 1 and the build-time rules of the house."""

import re

NAME = "headers: #pragma once, no `using namespace`, no umbrella headers; nlohmann stays behind common/json"

UMBRELLA = re.compile(r"^\s*#\s*include\s+<(boost/asio\.hpp|boost/beast\.hpp|bits/stdc\+\+\.h)>", re.M)
NLOHMANN = re.compile(r"^\s*#\s*include\s+<nlohmann/", re.M)
USING = re.compile(r"^using\s+namespace\s", re.M)  # inside a function it harms nobody


def check(tree):
    problems = []
    for path in tree.paths(".hpp", ".cpp"):
        text = tree.text(path)
        if path.endswith(".hpp"):
            if "#pragma once" not in text:
                problems.append(f"{path}: #pragma once is missing")
            if USING.search(text):
                problems.append(f"{path}: `using namespace` in a header")
            if NLOHMANN.search(text) and not path.startswith(("common/json/", "tests/")):
                problems.append(f"{path}: nlohmann in a header: decode at the edge, once, into a struct")
        if UMBRELLA.search(text):
            problems.append(f"{path}: include the narrow headers; an umbrella costs seconds in every build")
    return problems


GOOD = {"common/a.hpp": "#pragma once\n", "common/json/parse.hpp": "#pragma once\n#include <nlohmann/json.hpp>\n"}
BAD = [
    {"common/a.hpp": "int a();\n"},
    {"common/a.hpp": "#pragma once\nusing namespace std;\n"},
    {"control-plane/a.hpp": "#pragma once\n#include <nlohmann/json.hpp>\n"},
    {"common/a.cpp": "#include <boost/asio.hpp>\n"},
]
