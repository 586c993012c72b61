"""How documents are read and typed, without an installation: python3 documents_test.py [Class.test]"""

import subprocess
import unittest

from documents import blocks_of, first_missing, mistakes_in
from run import as_installed, printed_by_block, script_of, wrong_outputs

DOCUMENT = "```sh run\nprintf one\n```\n\n```text output\non…\n```\n\n```sh run\necho two   three\n```\n\n```text output\ntwo three\n```\n"


class Documents(unittest.TestCase):
    def typed(self, document):
        blocks = blocks_of(document)
        script = script_of("a.md", blocks, str).replace("cd ~/wisehosting", "true")
        output = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False).stdout
        return wrong_outputs("a.md", blocks, printed_by_block(output), str)

    def test_each_block_is_held_to_what_it_printed_itself(self):
        self.assertEqual(self.typed(DOCUMENT), [])
        self.assertEqual(self.typed(DOCUMENT.replace("on…", "two…")), ["a.md:6: this was not printed: two…"])

    def test_lines_come_in_order_and_spaces_do_not_count(self):
        self.assertIsNone(first_missing("NAME … URL\nhello …\n", "NAME   STATE  URL\nother\nhello  live  x\n"))
        self.assertEqual(first_missing("b\na\n", "a\nb\n"), "a")

    def test_a_block_says_whether_it_is_run(self):
        self.assertEqual(mistakes_in(DOCUMENT), [])
        self.assertEqual([line for line, _ in mistakes_in("```sh\nls\n```\n```sh not run: \nls\n```\n```\nx\n```\n")], [2, 5, 8])

    def test_ports_and_the_git_server_are_the_installations(self):
        text = "curl http://localhost:7070 https://git.example.com/shop.git 17070"

        self.assertEqual(as_installed(text, 100, "http://127.0.0.1:5"), "curl http://localhost:7170 http://127.0.0.1:5/shop.git 17070")


if __name__ == "__main__":
    unittest.main()
