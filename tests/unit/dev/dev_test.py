"""./dev and its parts, without an installation: python3 dev_test.py [Class.test]"""

import http.server
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
PARTS = ("common", "packages", "build", "preflight", "sample", "installation", "status", "test")


def run(words, answer=None, **environment):
    return subprocess.run(words, env={**os.environ, **environment}, capture_output=True, text=True, check=False, input=answer)


def dev(*words, answer=None, **environment):
    return run([str(REPOSITORY / "dev"), *words], answer=answer, **environment)


def functions(script, **environment):
    """Runs `script` with the functions of ./dev."""
    sources = "\n".join(f"source {REPOSITORY}/packaging/dev/{part}.sh" for part in PARTS)
    return run(["bash", "-c", f"set -euo pipefail\nrepo={REPOSITORY}\n{sources}\n{script}"], **environment)


class CountResults(unittest.TestCase):
    def count(self, form, content):
        with tempfile.NamedTemporaryFile("w", suffix=".report") as file:
            file.write(content)
            file.flush()
            return run([sys.executable, str(REPOSITORY / "packaging/dev/count_results.py"), form, file.name]).stdout.split()

    def test_a_skipped_ctest_case_counts_as_failed(self):
        report = """<testsuite><testcase name="a" status="run"/><testcase name="b" status="fail"><failure/></testcase>
            <testcase name="c" status="notrun"><skipped/></testcase></testsuite>"""

        self.assertEqual(self.count("junit", report), ["1", "2"])

    def test_a_vitest_file_that_does_not_load_counts_as_failed(self):
        report = {"numPassedTests": 5, "numTotalTests": 6,
                  "testResults": [{"status": "failed", "assertionResults": []}, {"status": "passed", "assertionResults": [1]}]}

        self.assertEqual(self.count("vitest", json.dumps(report)), ["5", "2"])

    def test_skipped_and_flaky_browser_tests_count_as_failed(self):
        report = {"stats": {"expected": 7, "unexpected": 1, "skipped": 2, "flaky": 1}, "errors": ["setup"]}

        self.assertEqual(self.count("playwright", json.dumps(report)), ["7", "5"])


class Settings(unittest.TestCase):
    def test_a_bad_offset_is_named(self):
        for offset in ("many", "150", "1300", "00"):
            with self.subTest(offset):
                ended = dev("status", WISEHOSTING_PORT_OFFSET=offset)

                self.assertEqual(ended.returncode, 2)
                self.assertIn("WISEHOSTING_PORT_OFFSET", ended.stderr)

    def test_an_unknown_command_is_an_error_with_the_list(self):
        ended = dev("upp")

        self.assertNotEqual(ended.returncode, 0)
        self.assertIn("upp", ended.stderr)
        self.assertIn("./dev up", ended.stderr)

    def test_status_of_nothing_has_every_key(self):
        status = json.loads(dev("status", "--json", WISEHOSTING_HOME="/nonexistent/wh", WISEHOSTING_PORT_OFFSET="100").stdout)

        self.assertEqual(list(status), ["dashboard_url", "setup_link", "api_url", "edge_http_url", "hub_url", "ca_file", "apps", "processes"])
        self.assertEqual(status["dashboard_url"], "http://localhost:7170")
        self.assertEqual(status["processes"], [])

    def test_reset_leaves_a_foreign_folder_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            ended = dev("reset", "--yes", WISEHOSTING_HOME=folder)

            self.assertNotEqual(ended.returncode, 0)
            self.assertTrue(os.path.isdir(folder))

    def test_reset_asks_and_only_yes_deletes(self):
        with tempfile.TemporaryDirectory() as folder:
            home = f"{folder}/home"
            os.makedirs(f"{home}/logs")
            marker = functions("basename $marker_file", WISEHOSTING_HOME=home).stdout.strip()
            Path(home, marker).touch()

            for answer in ("no\n", "\n", "YES\n", ""):
                with self.subTest(answer):
                    self.assertNotEqual(dev("reset", answer=answer, WISEHOSTING_HOME=home).returncode, 0)
                    self.assertTrue(os.path.isdir(f"{home}/logs"))
            ended = dev("reset", answer="yes\n", WISEHOSTING_HOME=home)

            self.assertEqual(ended.returncode, 0, ended.stderr)
            self.assertFalse(os.path.exists(home))

    def test_restore_leaves_a_home_alone_that_holds_an_installation(self):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "home/postgres").mkdir(parents=True)
            for name in ("a.backup", "a.backup.key"):
                Path(folder, name).touch()
            ended = dev("restore", f"{folder}/a.backup", WISEHOSTING_HOME=f"{folder}/home")

            self.assertNotEqual(ended.returncode, 0)
            self.assertIn("holds an installation already", ended.stderr)
            self.assertEqual(os.listdir(f"{folder}/home"), ["postgres"])

    def test_a_backup_without_its_key_is_no_backup(self):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "a.backup").touch()
            ended = dev("restore", f"{folder}/a.backup", WISEHOSTING_HOME=f"{folder}/home")

            self.assertNotEqual(ended.returncode, 0)
            self.assertIn("FILE.key", ended.stderr)
            self.assertFalse(os.path.exists(f"{folder}/home"))

    def test_every_setting_in_the_environment_is_handed_to_root(self):
        ended = functions("settings_env | tr '\\0' '\\n'", WISEHOSTING_RATES_TOKEN="7", WISEHOSTING_NAME="two words")

        self.assertIn("WISEHOSTING_RATES_TOKEN=7", ended.stdout.splitlines())
        self.assertIn("WISEHOSTING_NAME=two words", ended.stdout.splitlines())

    def test_the_runtime_folder_is_the_supervisors(self):
        ended = functions("echo $runtime_dir", WISEHOSTING_HOME="/data/a")

        # SHA-256 of "/data/a"; tests/integration/all_in_one asks the supervisor the same.
        self.assertEqual(ended.stdout.strip(), "/run/wisehosting/" + __import__("hashlib").sha256(b"/data/a").hexdigest()[:8])


class Readiness(unittest.TestCase):
    def answers(self, pid):
        """Whether somebody who answers on the dashboard's port is taken for the control plane that has this pid."""
        class Ready(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        with http.server.HTTPServer(("127.0.0.1", 0), Ready) as server:
            thread = threading.Thread(target=server.handle_request)
            thread.start()
            ended = functions(f"recorded_processes() {{ echo 'control-plane {pid} 1'; }}; is_ready",
                              WISEHOSTING_DASHBOARD_PORT=str(server.server_address[1]))
            thread.join()
        return ended.returncode == 0

    def test_only_its_own_control_plane_makes_an_installation_ready(self):
        self.assertTrue(self.answers(os.getpid()))
        self.assertFalse(self.answers(os.getppid()))


class Preflight(unittest.TestCase):
    def test_a_port_in_use_is_named_with_holder_and_variable(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            ended = functions("check_ports; report_findings", WISEHOSTING_DASHBOARD_PORT=str(port))

        self.assertNotEqual(ended.returncode, 0)
        self.assertIn(f"Port {port}", ended.stdout)
        self.assertIn(f"(pid {os.getpid()})", ended.stdout)
        self.assertIn("WISEHOSTING_DASHBOARD_PORT", ended.stdout)

    def test_a_port_that_is_none_and_one_that_is_wanted_twice_are_named_together(self):
        ended = functions("check_ports; report_findings", WISEHOSTING_HUB_PORT="http", WISEHOSTING_EDGE_PORT="18231",
                          WISEHOSTING_REGISTRY_PORT="18231")

        self.assertIn('WISEHOSTING_HUB_PORT is "http"', ended.stdout)
        self.assertIn("Port 18231 is wanted twice", ended.stdout)


    def findings(self, check, **environment):
        ended = functions(f"{check}; report_findings", **environment)
        return ended.returncode, ended.stdout

    def test_a_full_disk_is_told_with_what_is_needed(self):
        code, text = self.findings("df() { printf 'Avail\\n  12M\\n'; }; check_disk", WISEHOSTING_HOME="/tmp/nowhere/yet")

        self.assertNotEqual(code, 0)
        self.assertIn("12 MB are free", text)
        self.assertIn("WISEHOSTING_HOME=", text)

    def test_too_little_memory_is_told(self):
        code, text = self.findings("awk() { echo 99; }; check_memory")

        self.assertNotEqual(code, 0)
        self.assertIn("99 MB of memory", text)

    def test_missing_control_groups_are_told(self):
        with tempfile.TemporaryDirectory() as nothing:
            code, text = self.findings("check_cgroups", WH_TEST_CGROUPS=nothing)

        self.assertNotEqual(code, 0)
        self.assertIn("no control groups", text)

    def test_a_machine_that_has_all_of_it_has_no_findings(self):
        self.assertEqual(self.findings("check_root; check_cgroups; df() { printf 'Avail\\n 9000M\\n'; }; check_disk"), (0, ""))

    def test_everything_that_is_wrong_is_told_at_once_and_nothing_is_started(self):
        with socket.create_server(("127.0.0.1", 0)) as server, tempfile.TemporaryDirectory() as folder:
            port = str(server.getsockname()[1])
            ended = functions("df() { printf 'Avail\\n 1M\\n'; }; preflight_machine; echo went-on", WISEHOSTING_HOME=folder,
                              WH_TEST_CGROUPS=folder, WISEHOSTING_EDGE_PORT=port)

            self.assertNotEqual(ended.returncode, 0)
            for words in ("MB are free", "no control groups", f"Port {port}"):
                self.assertIn(words, ended.stdout)
            self.assertNotIn("went-on", ended.stdout)
            self.assertEqual(os.listdir(folder), [])

    def test_a_podman_that_cannot_run_a_container_is_told_before_anything_is_started(self):
        with tempfile.TemporaryDirectory() as folder:
            agent = Path(folder, "wh-agent")
            agent.write_text("#!/bin/sh\necho 'Podman cannot run a container here: cgroups in hybrid mode'\nexit 1\n", encoding="utf-8")
            agent.chmod(0o755)
            ended = functions("bin_dir=" + folder + "; become_root_once; preflight_containers; echo went-on", WISEHOSTING_HOME=folder)

            self.assertNotEqual(ended.returncode, 0)
            self.assertIn("cannot run a container", ended.stdout + ended.stderr)
            self.assertNotIn("went-on", ended.stdout)
            self.assertFalse(os.path.exists(f"{folder}/preflight.passed"))


class Processes(unittest.TestCase):
    def test_a_process_is_known_by_pid_and_start_time(self):
        with open(f"/proc/{os.getpid()}/stat", encoding="ascii") as file:
            start = file.read().rpartition(")")[2].split()[19]

        alive = functions(f"is_alive {os.getpid()} {start} && echo yes").stdout.strip()
        reused = functions(f"is_alive {os.getpid()} {int(start) - 1} && echo yes || echo no").stdout.strip()

        self.assertEqual((alive, reused), ("yes", "no"))

    def test_records_of_an_earlier_boot_are_not_believed(self):
        with tempfile.TemporaryDirectory() as home:
            record = {"boot_id": "another", "processes": [{"name": "agent", "pid": os.getpid(), "start_time": 1}]}
            Path(home, "run.json").write_text(json.dumps(record), encoding="utf-8")

            self.assertEqual(functions("recorded_processes", WISEHOSTING_HOME=home).stdout, "")


class Packages(unittest.TestCase):
    def test_comments_and_sections_are_read(self):
        self.assertIn("clang-19", functions("wanted_packages build").stdout.split())
        self.assertNotIn("haproxy", functions("wanted_packages build").stdout.split())
        self.assertIn("haproxy", functions("wanted_packages build run").stdout.split())
        self.assertNotIn("#", functions("wanted_packages build run test").stdout)

    def test_what_is_installed_is_not_missing(self):
        self.assertEqual(functions("missing_packages build run test").stdout, "")


class Phases(unittest.TestCase):
    def test_a_failed_phase_shows_its_last_lines_and_the_log(self):
        with tempfile.TemporaryDirectory() as home:
            ended = functions("bad() { echo the-reason; false; echo not-reached; }\nphase work 'Try this.' bad", WISEHOSTING_HOME=home)

        self.assertNotEqual(ended.returncode, 0)
        self.assertIn("the-reason", ended.stdout)
        self.assertNotIn("not-reached", ended.stdout)
        self.assertIn("Try this.", ended.stderr)


if __name__ == "__main__":
    unittest.main()
