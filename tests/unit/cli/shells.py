"""The client as it is installed: its completion in real shells, and its manual. python3 shells.py WH

bash and zsh run in a terminal of their own, where the beginning of a command and the tabulator are typed; fish is asked.
"""

import gzip
import os
import pty
import select
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_S = 90


class Terminal:
    """A shell in a terminal; what it shows is gathered. A context manager."""

    def __init__(self, words, environment):
        self.shown = ""
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execvpe(words[0], words, environment)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.terminal)
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)

    def types(self, text):
        self.shown = ""
        os.write(self.terminal, text.encode())

    def shows(self, wanted):
        """Waits for the event: that it is shown."""
        while wanted not in self.shown:
            if not select.select([self.terminal], [], [], PATIENCE_S)[0]:
                raise AssertionError(f"{wanted!r} did not come, but: {self.shown!r}")
            self.shown += os.read(self.terminal, 4096).decode(errors="replace")


def completes_in_bash(share, environment):
    with Terminal(["bash", "--norc", "--noprofile", "-i"], environment) as shell:
        shell.types(f"bind 'set enable-bracketed-paste off'; source {share}/bash-completion/completions/wh; echo rea''dy\n")
        shell.shows("ready")
        shell.types("wh setti\t")
        shell.shows("wh settings ")
        shell.types("\x15wh settings --health\t")
        shell.shows("--health-path ")


def completes_in_zsh(share, environment):
    with Terminal(["zsh", "-f", "-i"], environment) as shell:
        shell.types(f"unsetopt zle_bracketed_paste; fpath=({share}/zsh/site-functions $fpath); autoload -Uz compinit; compinit -u -D; echo rea''dy\n")
        shell.shows("ready")
        # The line editor draws only what changed: what is typed is the beginning of what is shown.
        shell.types("wh setti\t")
        shell.shows("ngs ")
        shell.types("\x15wh settings --health-p\t")
        shell.shows("ath ")


def completes_in_fish(share, environment):
    def ask(line):
        ended = subprocess.run(
            ["fish", "--private", "-c", f"complete -C '{line}'"], env={**environment, "XDG_DATA_DIRS": f"{share}:/usr/share"},
            capture_output=True, text=True, check=False, timeout=PATIENCE_S)
        assert ended.returncode == 0 and ended.stderr == "", ended.stderr
        return [line.split("\t")[0] for line in ended.stdout.splitlines()]

    assert ask("wh setti") == ["settings"], ask("wh setti")
    assert ask("wh settings --health") == ["--health-path"]
    assert {"bash", "zsh", "fish"} == set(ask("wh completion "))


def has_its_manual(share, _):
    pages = {path.name: gzip.decompress(path.read_bytes()).decode() for path in (share / "man/man1").iterdir()}
    assert pages["wh.1.gz"].startswith(".TH"), pages["wh.1.gz"][:40]
    assert "health\\-path" in pages["wh-settings.1.gz"] or "health-path" in pages["wh-settings.1.gz"]


def main():
    folder = Path(tempfile.mkdtemp(prefix="wh-shells-"))
    failed = 0
    try:
        subprocess.run([ROOT / "packaging/cli/install.sh", sys.argv[1], folder], check=True)
        environment = {"PATH": f"{folder}/bin:{os.environ['PATH']}", "HOME": str(folder), "TERM": "dumb", "LC_ALL": "C.UTF-8", "PS1": "$ "}
        for test in (completes_in_bash, completes_in_zsh, completes_in_fish, has_its_manual):
            try:
                test(folder / "share", environment)
                print(f"{test.__name__}: passed")
            except (AssertionError, OSError, KeyError) as problem:
                failed += 1
                print(f"{test.__name__}: FAILED: {problem}")
    finally:
        shutil.rmtree(folder)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
