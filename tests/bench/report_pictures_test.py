"""Proves the pictures of the report, and the limits that are lines in them. Run
by report_test.py."""

import unittest

from report_fixture import (HAS_MATPLOTLIB, LINES, SIZE, STORE, STORE_SYNC,
                            ReportCase)
# pylint: disable=wrong-import-order
import peer_tables
from limits import Limits
from results import Folder


class PicturesTest(ReportCase):

    def test_pictures_are_drawn_or_their_lack_is_told(self):
        self.put_all()
        ran = self.run_report(pictures=True)
        pictures = {path.name for path in self.dir.glob("*.svg")}
        page = (self.dir / "report.html").read_text(encoding="utf-8")
        if not HAS_MATPLOTLIB:
            self.assertIn("no pictures", ran.stderr)
            self.assertFalse(pictures)
            return
        self.assertEqual({f"{name}.svg" for name in LINES}, pictures)
        self.assertEqual(page.count("<svg"), len(pictures))
        self.assertIn("Red and dashed", page)
        for name, lines in LINES.items():  # a text is beside its outlines
            picture = (self.dir / f"{name}.svg").read_text(encoding="utf-8")
            for line in lines:
                self.assertTrue(f"<!-- {line} -->" in picture,
                                f"{name}: no '{line}'")

    @unittest.skipUnless(HAS_MATPLOTLIB, "draws nothing")
    def test_pictures_without_limits_say_so(self):
        self.put_peers(store=STORE, store_sync=STORE_SYNC)
        ran = self.run_report(pictures=True)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        text = (self.dir / "report.md").read_text(encoding="utf-8")
        self.assertIn("limits of the machine were not measured", text)
        self.assertIn("One run each.", text)

    def test_limits_are_of_what_they_bound(self):
        self.put_all()
        folder = Folder(self.dir)
        known = Limits(folder, peer_tables.Peers(folder, SIZE))
        for lines, figure in (
                (known.lookups(), 1 / 180e-9), (known.copied_rows(), 1e8),
                (known.copied_row_seconds(), 1e-8),
                (known.written_rows(), 9.6e6 / 0.2),
                (known.reading_seconds(), 9.6e6 * 64 / 12e9),
                (known.writing_seconds(), 0.2), (known.loading_seconds(), 0.1),
                (known.checking_seconds(), 0.4 / 12),
                (known.durable_rates(), 8420),
                (known.durable_seconds(), 115e-6)):
            self.assertAlmostEqual(lines[0][0] / figure, 1, msg=lines[0][1])
        self.assertEqual(known.durable_rates()[1][0], 1900)

    def test_without_matplotlib_there_are_tables_and_a_warning(self):
        self.put_all()
        ran = self.run_report()
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertIn("no pictures", ran.stderr)
        self.assertIn("| work |", (self.dir / "report.md").read_text())
        self.assertNotIn("<svg", (self.dir / "report.html").read_text())
