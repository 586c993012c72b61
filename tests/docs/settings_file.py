"""The file of settings in an installation's home: python3 settings_file.py WH_CONTROL_PLANE [Class.test]"""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PROGRAM = sys.argv.pop(1)


class SettingsFile(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = Path(folder.name)
        (self.home / "config").mkdir()

    def write(self, text, name="config/control-plane.toml"):
        (self.home / name).write_text(text, encoding="utf-8")

    def load(self, *flags, **environment):
        """Something that reads all settings and needs no database."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("WISEHOSTING_")}
        command = [PROGRAM, "openapi", "--home", str(self.home), *flags]
        return subprocess.run(command, env={**clean, **environment}, capture_output=True, text=True, check=False)

    def test_its_mistakes_are_named_together_with_file_and_line(self):
        self.write('public_ulr = "https://wh.example.com"\n\n[http]\nio_threads = 0\n')

        ended = self.load()

        self.assertEqual(ended.returncode, 2)
        self.assertIn(f"public_ulr is not known ({self.home}/config/control-plane.toml, line 1)", ended.stderr)
        self.assertIn("http.io_threads", ended.stderr)

    def test_a_home_without_one_has_the_defaults(self):
        ended = self.load()

        self.assertEqual(ended.returncode, 0, ended.stderr)

    def test_a_variable_is_stronger(self):
        self.write("[http]\nio_threads = 0\n")

        ended = self.load(WISEHOSTING_HTTP_IO_THREADS="2")

        self.assertEqual(ended.returncode, 0, ended.stderr)

    def test_a_file_that_is_named_takes_its_place(self):
        self.write("[http]\nio_threads = 0\n")
        self.write("[http]\nio_threads = 2\n", "other.toml")

        ended = self.load("--config", str(self.home / "other.toml"))

        self.assertEqual(ended.returncode, 0, ended.stderr)


if __name__ == "__main__":
    unittest.main()
