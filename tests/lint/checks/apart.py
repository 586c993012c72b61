"""`release` compiles a library's sources six at a time (docs/adr/0013): then two things cannot share one hidden name."""

import re

NAME = "hidden names are unique in a library, or the source stands in cmake/apart.cmake"

LIBRARY = re.compile(r"wh_library\(\s*(\w+)\s+SOURCES\s+(.*?)(?:\sDEPS\s|\))", re.S)
SPACE = re.compile(r"namespace\s*([\w:]*)\s*\{")
TYPE = re.compile(r"(?:template\s*<.*?>\s*)?(?:class|struct|enum class|enum|union)\s+(\w+)|using\s+(\w+)\s*=")
VALUE = re.compile(r"[^=({;]*?\b(\w+)\s*(?:\[[^\]]*\]\s*)?(?:=|\{|;)")
BORROWED = re.compile(r"using\s+[\w:]*::(\w+);")
FUNCTION = re.compile(r"[^=({]*?\b(\w+)\s*\(([^)]*)\)")


def parameter_type(text):
    text = text.split("=")[0].strip()
    return re.sub(r"\b\w+$", "", text).strip() if " " in text else text


def declared(text):
    """The name that a declaration at namespace scope makes; overloads of a function are different names."""
    text = re.sub(r'"(\\.|[^"])*"', '""', text)
    if found := TYPE.match(text):
        return found[1] or found[2]
    if text.startswith(("using ", "namespace ", "static_assert")):
        return None
    text = re.sub(r"^template\s*<.*?>\s*", "", text)
    function, value = FUNCTION.match(text), VALUE.match(text)
    if value and (not function or value.start(1) < function.start(1)):
        return value[1]
    return f"{function[1]}({', '.join(map(parameter_type, function[2].split(',')))})" if function else None


def hidden_names(text):
    """(line, scope, name) of what stands in a file's unnamed namespaces."""
    spaces, found = [], []
    lines = re.sub(r'R"(\w*)\(.*?\)\1"', lambda m: '""' + "\n" * m[0].count("\n"), text, flags=re.S).split("\n")
    for i, line in enumerate(lines):
        if space := SPACE.match(line):
            spaces.append(space[1])
        elif re.match(r"\}\s*// namespace", line) and spaces:
            spaces.pop()
        elif "" in spaces and line and line[0] not in " }#/\t)":
            declaration, j = line, i
            while not re.search(r"[;{]", declaration) and j + 1 < len(lines):
                j += 1
                declaration += " " + lines[j].strip()
            if name := declared(declaration):
                found.append((i + 1, "::".join(filter(None, spaces)), name))
    return found


def borrowed_names(text):
    """The names that a file takes from another namespace for all that follows it: `using std::chrono::seconds;`."""
    return {found[1] for line in text.split("\n") if (found := BORROWED.match(line))}


def header_types(tree, sources):
    """(scope, name) → header: the types that headers beside these sources declare where everybody sees them."""
    found = {}
    for folder in {source.rpartition("/")[0] + "/" for source in sources}:
        for path in tree.paths(".hpp", under=(folder,)):
            scope = ""
            for line in tree.text(path).split("\n"):
                if space := SPACE.match(line):
                    scope = space[1]
                elif (type_ := TYPE.match(line)) and not line.rstrip().endswith(";"):
                    found[(scope, type_[1] or type_[2])] = path
    return found


def libraries(tree):
    for path in tree.paths("CMakeLists.txt", outside=("tests/",)):
        folder = path.removesuffix("CMakeLists.txt")
        for name, sources in LIBRARY.findall(tree.text(path)):
            yield name, [folder + source for source in sources.split() if source.endswith(".cpp")]


def check(tree):
    apart = set(tree.text("cmake/apart.cmake").split()) if tree.exists("cmake/apart.cmake") else set()
    problems = [f"cmake/apart.cmake:1: {path} does not exist: remove it" for path in apart if path.endswith(".cpp") and not tree.exists(path)]
    for library, sources in libraries(tree):
        first = header_types(tree, sources)
        borrowed = {name: source for source in sources if source not in apart and tree.exists(source) for name in borrowed_names(tree.text(source))}
        for source in sources:
            if source in apart or not tree.exists(source) or source.startswith("$"):
                continue
            for line, scope, name in hidden_names(tree.text(source)):
                other = first.setdefault((scope, name), source)
                if other == source:
                    other = borrowed.get(name.partition("(")[0], source)
                if other != source:
                    problems.append(f"{source}:{line}: {name} is in {other} too, both in {library}: give it a name of its own, or list the file in cmake/apart.cmake")
    return problems


LIST = "wh_library(wh_a SOURCES a.cpp b.cpp DEPS wh_base)\n"
A = "namespace a {\nnamespace {\nconstexpr int kMost = 1;\nint twice(int n) {\n  return n;\n}\n}  // namespace\n}  // namespace a\n"
GOOD = {
    "common/a/CMakeLists.txt": LIST,
    "common/a/a.cpp": A,
    "common/a/b.cpp": "namespace a {\nnamespace {\nint twice(long n) {\n  int kMost = 2;\n  return kMost;\n}\n}  // namespace\n}  // namespace a\n",
}
BAD = [
    {"common/a/CMakeLists.txt": LIST, "common/a/a.cpp": A, "common/a/b.cpp": "namespace a {\nnamespace {\nconst long kMost = 2;\n}  // namespace\n}  // namespace a\n"},
    {"common/a/CMakeLists.txt": LIST, "common/a/a.cpp": A, "common/a/b.cpp": "namespace a {\nnamespace {\nint twice(int m) {\n  return m;\n}\n}  // namespace\n}  // namespace a\n"},
    {"common/a/CMakeLists.txt": LIST, "common/a/a.cpp": A, "common/a/b.hpp": "namespace a {\nstruct Place {\n};\n}  // namespace a\n",
     "common/a/b.cpp": "namespace a {\nnamespace {\nstruct Place {\n};\n}  // namespace\n}  // namespace a\n"},
    {"common/a/CMakeLists.txt": LIST, "common/a/a.cpp": A, "common/a/b.cpp": "namespace a {\nnamespace {\nusing other::twice;\n}  // namespace\n}  // namespace a\n"},
    {"cmake/apart.cmake": "set(WH_APART\n  common/gone.cpp\n)\n"},
]
