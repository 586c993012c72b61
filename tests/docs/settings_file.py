"""The file of settings in an installation's home: python3 settings_file.py WH_CONTROL_PLANE [Class.test]"""

import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from documents import blocks_of

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

    def test_what_the_pages_show_of_it_is_accepted_word_for_word(self):
        pages = Path(__file__).resolve().parents[2] / "docs"
        seen = []
        for page in sorted(pages.glob("*.md")):
            for block in blocks_of(page.read_text(encoding="utf-8")):
                if block.language != "toml":
                    continue
                seen.append(page.name)
                text = re.sub(r'"/etc/wisehosting/([a-z.-]+)"', rf'"{self.home}/\1"', block.text)
                for name in re.findall(r'_file = "([^"]+)"', text):
                    Path(name).write_text("0123456789abcdef0123456789abcdef")
                    Path(name).chmod(0o600)
                self.write(text)

                ended = self.load()

                self.assertEqual(ended.returncode, 0, f"{page.name}:{block.line}: {ended.stderr}")
        self.assertIn("sign-in.md", seen)
        self.assertIn("key-service.md", seen)

    def test_a_secret_that_others_may_read_is_refused_as_the_page_says(self):
        secret = self.home / "client-secret"
        secret.write_text("s3cret")
        secret.chmod(0o644)
        self.write(f'[sign_in]\nclient_id = "wisehosting"\nclient_secret_file = "{secret}"\n')

        ended = self.load()

        self.assertEqual(ended.returncode, 2)
        self.assertIn("client_secret", ended.stderr)
        self.assertNotIn("s3cret", ended.stderr)


if __name__ == "__main__":
    unittest.main()
