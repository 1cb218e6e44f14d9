"""Somebody sets the clock, by hours or by years, forward and back, while tickets, results and tokens are out."""

import json
import os
import pathlib
import shutil
import signal
import struct
import time
import unittest

from harness import PATIENCE, RESOURCE, SECRET, Rcar, Server, enter

MINUTE, HOUR, DAY, YEAR = 60, 3600, 86_400, 365 * 86_400
JUMPS = (6 * MINUTE, 3 * HOUR, 40 * DAY, 30 * YEAR)
PATIENCE_SECONDS = 5 * PATIENCE


def clock_shim():
    program = shutil.which("avouchd")
    return pathlib.Path(program).parent / "libclock_shim.so" if program else pathlib.Path("libclock_shim.so")


class SetServer(Server):
    """A server whose time of day a test sets."""

    def __init__(self, *options):
        super().__init__(*options)
        self.offset_file = self.path("clock")
        self.set_clock(0)

    def set_clock(self, seconds):
        """So many seconds ahead of the true time, at once."""
        with open(self.offset_file, "r+b" if self.offset_file.exists() else "wb") as file:
            file.write(struct.pack("<q", seconds))

    def launch(self, **how):
        environment = {**os.environ, "LD_PRELOAD": str(clock_shim()), "AVOUCH_TEST_CLOCK": str(self.offset_file)}
        super().launch(env=environment, **how)


@unittest.skipUnless(clock_shim().exists(), "the preloaded clock is built only with AVOUCH_TESTS, and not for sanitizers")
class Clock(unittest.TestCase):
    def setUp(self):
        self.server = enter(self, SetServer("--allow-sample"))
        self.server.admin("set-resource-policy", "--allow-all")
        self.server.set_secret()
        self.rcar = Rcar(self.server)

    def challenge(self):
        nonce, cookie = self.rcar.auth()
        return self.rcar.submission(nonce), cookie

    def attest(self, challenge):
        """The status, and the token or the code that an operator sees."""
        status, _, body = self.rcar.attest(*challenge)
        return status, json.loads(body)["token"] if status == 200 else self.last_decision()["error"]["code"]

    def decisions(self, limit=1):
        return json.loads(self.administer(f"/avouch/v1/decisions?limit={limit}")[2])["decisions"]

    def last_decision(self):
        """Of a guest: an administrator's token that does not count yet is on record too."""
        return next(decision for decision in self.decisions(100) if decision["kind"] != "admin")

    def administer(self, path, token=None):
        return self.server.request("GET", path, None, {"Authorization": f"Bearer {token or self.fresh_admin_token()}"})

    def fresh_admin_token(self):
        """The one that the server renews when it keeps house, which SIGHUP asks it to do now."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            token = self.server.admin_token()
            status = self.server.request("GET", "/avouch/v1/decisions?limit=1", None, {"Authorization": f"Bearer {token}"})[0]
            if status == 200:
                return token
            self.assertLess(time.monotonic(), deadline, "no admin token that counts")
            self.server.process.send_signal(signal.SIGHUP)
            time.sleep(0.02)

    def get(self, token):
        return self.server.request("GET", f"/kbs/v0/resource/{RESOURCE}", None, {"Authorization": f"Bearer {token}"})[0]

    def test_a_nonce_that_was_redeemed_serves_never_again(self):
        used = [self.challenge() for _ in range(3)]
        for challenge in used:
            self.assertEqual(self.attest(challenge)[0], 200)
        for jump in JUMPS:
            for offset in (jump, -jump):
                self.server.set_clock(offset)
                for _ in range(3):  # others redeem theirs meanwhile, and so push out what the server takes for old
                    self.assertEqual(self.attest(self.challenge())[0], 200)
                for challenge in used:
                    status, code = self.attest(challenge)
                    self.assertEqual(status, 401)
                    self.assertIn(code, ("session.used", "session.expired"))
                self.server.set_clock(0)
                for challenge in used:
                    self.assertEqual(self.attest(challenge), (401, "session.used"))

    def test_a_challenge_that_is_out_is_refused_when_late_and_good_when_the_clock_is_right_again(self):
        for jump in JUMPS:
            late, kept = self.challenge(), self.challenge()
            self.server.set_clock(jump)
            self.assertEqual(self.attest(late), (401, "session.expired"))
            self.server.set_clock(-jump)
            self.assertEqual(self.attest(kept)[0], 200)
            self.server.set_clock(0)
            self.assertEqual(self.attest(kept), (401, "session.used"))

    def test_a_result_counts_in_its_own_time_only(self):
        token = self.attest(self.challenge())[1]
        self.assertEqual(self.get(token), 200)
        for jump in JUMPS:
            self.server.set_clock(jump)
            self.assertEqual(self.get(token), 401, "long expired")
            ahead = self.attest(self.challenge())[1]
            self.assertEqual(self.get(ahead), 200)
            self.server.set_clock(0)
            self.assertEqual(self.get(ahead), 401, "not yet issued")
            self.assertEqual(self.get(token), 200)

    def test_a_session_of_a_clock_that_was_ahead_does_not_outlive_it(self):
        self.server.set_clock(YEAR)
        challenge = self.challenge()
        self.assertEqual(self.attest(challenge)[0], 200)
        path, cookie = f"/kbs/v0/resource/{RESOURCE}", {"Cookie": challenge[1]}
        self.assertEqual(self.server.request("GET", path, None, cookie)[0], 200)
        self.server.set_clock(0)
        self.assertEqual(self.server.request("GET", path, None, cookie)[0], 401)

    def test_the_admin_token_is_renewed_whichever_way_the_clock_goes(self):
        path, first = "/avouch/v1/resources", self.server.admin_token()
        for jump in JUMPS[1:]:
            for offset in (jump, -jump):
                self.server.set_clock(offset)
                self.assertEqual(self.administer(path, first)[0], 401)
                other = self.fresh_admin_token()
                self.assertEqual(self.administer(path, other)[0], 200)
                self.server.set_clock(0)
                self.assertEqual(self.administer(path, other)[0], 401)
                self.assertEqual(self.administer(path, first)[0], 200)
                self.fresh_admin_token()

    def test_decisions_stay_in_the_order_in_which_they_were_made(self):
        made = []
        for offset in (0, YEAR, 0, -YEAR, 30 * YEAR, -30 * YEAR, 0):
            self.server.set_clock(offset)
            self.fresh_admin_token()
            for _ in range(2):
                self.assertEqual(self.attest(self.challenge())[0], 200)
                made.append(self.last_decision()["id"])
            self.server.stop()
            self.server.start()
        self.assertEqual(made, sorted(set(made)))
        self.fresh_admin_token()
        listed = [decision["id"] for decision in self.decisions(100) if decision["kind"] == "attest"]
        self.assertEqual(listed, made[::-1])

    def test_a_reference_value_expires_and_is_back_when_the_clock_is_right_again(self):
        self.server.admin("set-sample-reference-value", "svn", "1")
        value = "/kbs/v0/reference-value/svn"
        for _ in range(2):
            self.assertEqual(self.administer(value)[0], 200)
            self.server.set_clock(2 * YEAR)
            self.assertEqual(self.administer(value)[0], 401)
            self.server.process.send_signal(signal.SIGHUP)  # keeps house: what has expired must not go for ever
            self.server.set_clock(-2 * YEAR)
            self.assertEqual(self.administer(value)[0], 200)
            self.server.set_clock(0)

    def test_a_server_starts_with_a_clock_of_another_age(self):
        for offset in (-30 * YEAR, 30 * YEAR, -56 * YEAR, 0):
            self.server.stop()
            self.server.set_clock(offset)
            self.server.start()
            token = self.attest(self.challenge())[1]
            self.assertEqual(self.get(token), 200)


if __name__ == "__main__":
    unittest.main()
