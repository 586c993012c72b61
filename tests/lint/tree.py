"""The files a check looks at: those of the repository, or a few made up by the check's own test."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Tree:
    def __init__(self, files=None):
        """`files`: path → text for a self-test. Without it: everything git would commit."""
        self._files = files
        self._texts = {}
        if files is None:
            listed = subprocess.run(
                ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                check=True,
                capture_output=True,
                text=True,
            ).stdout
            self._paths = sorted(path for path in set(listed.split("\0")) if path and (ROOT / path).is_file())
        else:
            self._paths = sorted(files)

    def is_real(self):
        return self._files is None

    def paths(self, *suffixes, under=(), outside=()):
        """Paths with one of the suffixes, beneath one of `under` (all when empty) and none of `outside`."""
        return [
            path
            for path in self._paths
            if (not suffixes or path.endswith(suffixes))
            and (not under or path.startswith(tuple(under)))
            and not (outside and path.startswith(tuple(outside)))
        ]

    def text(self, path):
        if path not in self._texts:
            if self._files is not None:
                self._texts[path] = self._files[path]
            else:
                self._texts[path] = (ROOT / path).read_text(encoding="utf-8", errors="replace")
        return self._texts[path]

    def lines(self, path):
        """(number, line) from 1."""
        return list(enumerate(self.text(path).splitlines(), start=1))

    def exists(self, path):
        if path in self._paths or any(other.startswith(path.rstrip("/") + "/") for other in self._paths):
            return True
        return self._files is None and (ROOT / path).exists()


def code_without_comments(text):
    """The text with // and /* */ comments blanked, line numbers kept. String literals stay."""
    result = []
    i = 0
    while i < len(text):
        two = text[i : i + 2]
        if two == "//":
            end = text.find("\n", i)
            i = len(text) if end < 0 else end
        elif two == "/*":
            end = text.find("*/", i + 2)
            end = len(text) if end < 0 else end + 2
            result.append("\n" * text.count("\n", i, end))
            i = end
        elif text[i] == '"':
            end = i + 1
            while end < len(text) and text[end] not in '"\n':
                end += 2 if text[end] == "\\" else 1
            result.append(text[i : end + 1])
            i = end + 1
        else:
            result.append(text[i])
            i += 1
    return "".join(result)
