"""Manual pages and completions: what they offer is what the programs take, and the shells can read them."""

import pathlib
import re
import shutil
import subprocess
import unittest

from harness import run

SHARE = pathlib.Path(shutil.which("avouch") or "bin/avouch").resolve().parents[1] / "share"
COMPLETE = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
eval "$(complete -p "$1" | sed -n 's/.*-F \\([^ ]*\\) .*/\\1/p')"
printf '%s\\n' "${COMPREPLY[@]}"
"""


def bash_offers(*words):
    script = SHARE / "bash-completion/completions" / words[0]
    return run("bash", "-c", COMPLETE, "bash", script, *words).stdout.decode().split()


class ManualPages(unittest.TestCase):
    def setUp(self):
        self.pages = sorted(SHARE.glob("man/man*/*"))
        self.assertGreater(len(self.pages), 15)

    def test_every_option_of_help_is_in_the_page(self):
        for page, argv in [("man1/avouch.1", ["avouch"]), ("man1/avouch-refval.1", ["avouch", "refval"]),
                           ("man1/avouch-why.1", ["avouch", "why"]), ("man1/avouch-policy.1", ["avouch", "policy", "test"]),
                           ("man8/avouchd.8", ["avouchd"]), ("man1/kbs-client.1", ["kbs-client"]),
                           ("man1/kbs-client-config.1", ["kbs-client", "config", "set-resource-policy"]),
                           ("man1/arc-verify.1", ["arc", "verify"])]:
            shown = (SHARE / "man" / page).read_text().replace("\\", "")
            options = re.findall(r"^ +(?:-\w, ?)?(--[\w-]+)", run(*argv, "--help").stdout.decode(), re.MULTILINE)
            self.assertTrue(options, argv)
            for option in options:
                self.assertIn(f"fB{option}fR", shown, page)

    def test_no_page_makes_a_formatter_complain(self):
        for page in self.pages:
            done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page], capture_output=True)
            complaints = [line for line in done.stdout.decode().splitlines() if "missing date" not in line]
            self.assertEqual(complaints, [], page)

    def test_see_also_points_only_at_pages_that_are_there(self):
        names = {page.name for page in self.pages}
        for page in self.pages:
            for name, section in re.findall(r"\\fB([\w\\-]+)\\fR\((\d)\)", page.read_text()):
                self.assertIn(f"{name.replace(chr(92), '')}.{section}", names, page)


class BashCompletion(unittest.TestCase):
    def test_offers_commands_options_and_values(self):
        self.assertEqual(bash_offers("avouch", "re"), ["refval", "realm"])
        self.assertEqual(bash_offers("avouch", "refval", "a"), ["add", "approve", "activate"])
        self.assertEqual(bash_offers("avouch", "why", "--l"), ["--last"])
        self.assertEqual(bash_offers("avouch", "policy", "list", "--kind", ""), ["attestation", "resource"])
        self.assertEqual(bash_offers("avouchd", "--log-format", ""), ["text", "json"])
        self.assertIn("--affirming", bash_offers("kbs-client", "config", "set-resource-policy", "--"))
        self.assertEqual(bash_offers("arc", "ver"), ["verify"])

    def test_offers_options_of_a_parent_only_where_they_may_stand(self):
        self.assertEqual(bash_offers("avouch", "refval", "list", "--u"), ["--url"])
        self.assertEqual(bash_offers("kbs-client", "attest", "--u"), [])

    def test_finds_its_way_past_options_and_their_values(self):
        self.assertEqual(bash_offers("avouch", "--url", "http://x", "admin", ""), ["token"])

    def test_offers_programs_to_run_in_a_realm(self):
        self.assertIn("kbs-client", bash_offers("avouch", "realm", "run", "--", "kbs-cl"))

    def test_is_what_the_programs_print(self):
        for name in "avouch", "arc":
            for shell, file in [("bash", f"bash-completion/completions/{name}"), ("zsh", f"zsh/site-functions/_{name}"),
                                ("fish", f"fish/vendor_completions.d/{name}.fish")]:
                self.assertEqual(run(name, "completion", shell).stdout, (SHARE / file).read_bytes())
        self.assertIn(b"not in {bash,zsh,fish}", run("avouch", "completion", "tcsh", ok=False).stderr)


class OtherShells(unittest.TestCase):
    def test_read_their_completions(self):
        for shell, pattern in [("zsh", "zsh/site-functions/*"), ("fish", "fish/vendor_completions.d/*")]:
            files = list(SHARE.glob(pattern))
            programs = "avouch", "avouchd", "arc", "kbs-client", "kbs", "grpc-as", "restful-as", "rvps", "rvps-tool", "verification-service"
            self.assertEqual(len(files), len(programs))
            for file in files:
                run(shell, "-n", file)

    def test_fish_completes(self):
        script = SHARE / "fish/vendor_completions.d/avouch.fish"
        for line, expected in [("avouch policy list --kind ", ["attestation", "resource"]), ("avouch re", ["realm", "refval"])]:
            shown = run("fish", "-c", f"source {script}; complete -C '{line}'").stdout.decode()
            self.assertEqual([row.split("\t")[0] for row in shown.splitlines()], expected)


if __name__ == "__main__":
    unittest.main()
