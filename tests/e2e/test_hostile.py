"""The hostile battery, its fast part: every case of the tables, few of the random ones, short floods."""

import concurrent.futures
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "hostile"))
import areas  # noqa: E402  (the folder has to be known first)
from battery import FAST  # noqa: E402


WAITING = ("slow", "tls")  # their time goes by in waiting for deadlines, so they run beside the others


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pool = concurrent.futures.ThreadPoolExecutor(len(WAITING))
        cls.waiting = {name: cls.pool.submit(areas.run, name, FAST) for name in WAITING}

    @classmethod
    def tearDownClass(cls):
        cls.pool.shutdown()

    def hold(self, name):
        area = self.waiting[name].result() if name in WAITING else areas.run(name, FAST)
        self.assertGreater(area.cases, 10)
        self.assertEqual(area.failures, [])


def promise(name):
    return lambda self: self.hold(name)


for area_name in areas.ALL:
    setattr(Hostile, f"test_{area_name}", promise(area_name))


if __name__ == "__main__":
    unittest.main()
