"""SECURITY rule 1."""

import re

from tree import code_without_comments

NAME = "no shell: programs are started with an argument vector"

SHELL = re.compile(r'(?<![\w.>:])(?:std::|::)?(system|popen|wordexp)\s*\(|"(?:/bin/|/usr/bin/)?(?:ba|da|z|k)?sh"\s*,\s*"-c')


def check(tree):
    problems = []
    for path in tree.paths(".cpp", ".hpp", outside=["tests/"]):
        text = code_without_comments(tree.text(path))
        for found in SHELL.finditer(text):
            number = text.count("\n", 0, found.start()) + 1
            problems.append(f"{path}:{number}: {found[0].strip()} … use async::run_process or execve with a vector")
    return problems


GOOD = {"common/a.cpp": '// system( is forbidden\nwh_system(1); file.system(2); spawn({"git", "clone", "--", url});\n'}
BAD = [
    {"common/a.cpp": 'int x = system("ls");\n'},
    {"common/a.cpp": 'auto* f = ::popen("ls", "r");\n'},
    {"common/a.cpp": 'std::system (command);\n'},
    {"worker-agent/a.cpp": 'run({"/bin/sh",\n "-c", text});\n'},
    {"worker-agent/a.cpp": 'run({"bash", "-c", text});\n'},
]
