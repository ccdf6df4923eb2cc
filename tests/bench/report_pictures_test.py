#!/usr/bin/env python3
"""Proves the pictures of the report. Exit status 77: nothing was proved, as
matplotlib is missing, which tools/setup --bench installs."""

import sys
import unittest
from unittest import mock

from report_fixture import (FLOOR, HAS_MATPLOTLIB, LINES, PERCENTILES, SIZE,
                            STORE, STORE_SYNC, ReportCase, backup, bench, day,
                            latencies, outside_references)
# pylint: disable=wrong-import-order
import peer_tables
from results import Folder


class PicturesTest(ReportCase):

    def test_each_picture_is_in_the_page_and_has_its_limits(self):
        self.put_all()
        ran = self.run_report(pictures=True)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        pictures = {path.name for path in self.dir.glob("*.svg")}
        page = (self.dir / "report.html").read_text(encoding="utf-8")
        self.assertEqual({f"{name}.svg" for name in LINES}, pictures)
        self.assertEqual(page.count("<svg"), len(pictures))
        self.assertEqual(outside_references(page), [])
        self.assertIn("Red and dashed", page)
        for name, lines in LINES.items():  # a text is beside its outlines
            picture = (self.dir / f"{name}.svg").read_text(encoding="utf-8")
            for line in lines:
                self.assertTrue(f"<!-- {line} -->" in picture,
                                f"{name}: no '{line}'")

    def test_pictures_without_limits_say_so(self):
        self.put_peers(store=STORE, store_sync=STORE_SYNC)
        ran = self.run_report(pictures=True)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        text = (self.dir / "report.md").read_text(encoding="utf-8")
        self.assertIn("limits of the machine were not measured", text)
        self.assertIn("One run each.", text)

    # ---- Pictures one by one. ----

    def drawn(self, name):
        """Caption and SVG of what Gallery.draw_NAME draws."""
        import pictures  # pylint: disable=import-outside-toplevel
        folder = Folder(self.dir)
        gallery = pictures.Gallery(folder, peer_tables.Peers(folder, SIZE))
        getattr(gallery, f"draw_{name}")()
        (path, caption), = gallery.drawn
        return caption, path.read_text(encoding="utf-8")

    def assert_nothing_is_cut_off(self, name):
        import pictures  # pylint: disable=import-outside-toplevel
        folder = Folder(self.dir)
        gallery = pictures.Gallery(folder, peer_tables.Peers(folder, SIZE))
        with mock.patch.object(gallery, "save") as save:
            getattr(gallery, f"draw_{name}")()
        for axes in save.call_args.args[0].axes:
            low, high = axes.get_ylim()
            for line in axes.get_lines():
                for y in line.get_ydata():
                    self.assertTrue(low < y < high, axes.get_title())

    def test_day_tells_who_is_left_out_and_why(self):
        sales = "checkout/throughput"
        self.put_peers(
            store=[bench(f"{sales}/store", 4e5),
                   *[day("store", 1000, rate=10_000, readers=n)
                     for n in (0, 1, 2)]],
            store_sync=STORE_SYNC,
            sqlite_full=[bench("durable_checkout/threads_1/sqlite_full", 2e3),
                         day("sqlite_full", 9e5, behind_ns=2.5e9)],
            map=[bench(f"{sales}/map", 7e5),
                 day("map", 900, rate=10_000, readers=0)],
            redis_memory=[bench(f"{sales}/redis_memory", 1e4),
                          day("redis_memory", 1e5, readers=1)],
            lmdb_memory=[bench(f"{sales}/lmdb_memory", 1e5)])
        caption, picture = self.drawn("day")
        self.assertIn("a reader beside it", caption)
        self.assertIn(
            "Left out at 1,000 a second: SQLite (could not keep up, 2.50 s "
            "behind); at 10,000 a second: LMDB (not measured), Redis (not asked "
            "for so many, as a server), hash maps (no threads that read beside "
            "it)", caption)
        self.assertTrue("<!-- orderstore -->" in picture)
        self.assertFalse("<!-- hash maps -->" in picture)

    def test_day_has_a_curve_of_one_with_nothing_to_do(self):
        self.put_peers(store=[bench("checkout/throughput/store", 4e5),
                              day("store", 1000, rate=10_000)])
        caption, without = self.drawn("day")
        self.assertNotIn("do nothing", caption)
        pictures = [without]
        for whose in ("", "reader_"):
            self.put("store/idle.json", [bench(
                "idle_day/rate10000_readers1/machine",
                **{f"{whose}{name}_ns": 100 * (1 + i)
                   for i, name in enumerate(PERCENTILES)})])
            caption, picture = self.drawn("day")
            self.assertIn("of operations that do nothing", caption)
            self.assertFalse(picture in pictures, "no curve of its own")
            pictures.append(picture)

    def test_day_takes_the_fewest_readers_that_there_are(self):
        self.put_peers(store=[bench("checkout/throughput/store", 4e5)] + [
            day("store", 1000, rate=10_000, readers=n) for n in (0, 2, 4)])
        self.assertIn("with 2 readers beside it", self.drawn("day")[0])
        self.put_peers(store=[bench("checkout/throughput/store", 4e5),
                              day("store", 1000, rate=10_000, readers=0)])
        self.assertIn("with nobody beside it", self.drawn("day")[0])

    def test_day_has_a_column_of_its_readers(self):
        title = "<!-- Lookup beside it -->"
        sold = [bench("checkout/throughput/store", 4e5)]
        self.put_peers(store=sold + [day("store", 1000, rate=10_000)])
        _, picture = self.drawn("day")
        self.assertTrue(title in picture)
        alone = {name: value for name, value in
                 day("store", 1000, rate=10_000).items()
                 if not name.startswith("reader_")}
        self.put_peers(store=sold + [alone])
        self.assertFalse(self.drawn("day")[1] == picture, "no curve of it")
        self.put_peers(store=sold + [day("store", 1000, rate=10_000,
                                         readers=0)])
        self.assertFalse(title in self.drawn("day")[1])

    def test_day_leaves_out_readers_that_could_not_keep_up(self):
        self.put_peers(store=[
            bench("checkout/throughput/store", 4e5),
            day("store", 1000, rate=10_000, reader_behind_ns=3e9)])
        self.assertIn(
            "Left out beside it at 10,000 a second: orderstore (the readers "
            "could not keep up, 3.00 s behind)", self.drawn("day")[0])

    def test_backup_marks_what_could_not_keep_up(self):
        sold = [bench(f"durable_checkout/threads_1/{peer}", 1e3)
                for peer in ("store_sync", "sqlite_full")]
        self.put_peers(store_sync=[sold[0], backup("store_sync", 0.5)],
                       sqlite_full=[sold[1], backup("sqlite_full", 5)])
        caption, picture = self.drawn("backup")
        self.assertNotIn("keep up", caption)
        self.assertFalse("could not keep up" in picture)
        self.put_peers(sqlite_full=[sold[1], backup("sqlite_full", 5,
                                                    behind_ns=3e9)])
        caption, picture = self.drawn("backup")
        self.assertIn("could not keep up before the backup", caption)
        self.assertEqual(
            picture.count("<!-- could not keep up: 3 s behind before -->"), 1)

    def test_latencies_of_lookups_tell_what_the_clock_costs(self):
        single = [bench("barcode_by_value/hit_single/store", 4e6)] * 3
        timed = [bench("barcode_by_value/latency/store", 3e6, clock_ns=31,
                       **latencies("", 300))] * 2
        self.put_peers(store=single + timed)
        caption, picture = self.drawn("lookup_latencies")
        self.assertIn("one reading of the clock in it, 31 ns", caption)
        self.assertIn("2 runs each", caption)
        self.assertTrue("<!-- Lookup of a barcode by value -->" in picture)
        self.assertFalse("<!-- Lookup of a customer by email -->" in picture)
        self.put(f"store/reads-{SIZE}.json", FLOOR)
        self.assertIn("the clock in it, 25 ns",
                      self.drawn("lookup_latencies")[0])

    def test_percentiles_of_a_curve_have_their_names(self):
        self.put_peers(store=[bench("checkout/throughput/store", 4e5),
                              bench("redeem/latency/store", 1e6,
                                    **latencies("", 900))])
        _, picture = self.drawn("redeem_latencies")
        for name in ("50", "90", "99", "99.9", "99.99", "max"):
            self.assertTrue(f"<!-- {name} -->" in picture, name)

    def test_redemptions_have_their_latencies(self):
        self.put_peers(
            store=[bench("checkout/throughput/store", 4e5),
                   bench("redeem/latency/store", 1e6, **latencies("", 900))],
            store_sync=[bench("durable_checkout/threads_1/store_sync", 7e3)])
        _, picture = self.drawn("redeem_latencies")
        self.assertTrue("<!-- Redemption, not synced -->" in picture)
        self.assertFalse("<!-- Redemption, synced -->" in picture)

    def test_durable_checkouts_of_many_threads_have_their_latencies(self):
        one = bench("durable_checkout/threads_1/store_sync", 7e3)
        self.put_peers(store_sync=[one, bench(
            "durable_checkout/threads_8/store_sync", 3e4,
            **latencies("", 200_000))])
        _, picture = self.drawn("durable_latencies")
        self.assertTrue("<!-- Durable checkout, 8 threads -->" in picture)
        self.assertFalse("<!-- Durable checkout, 64 threads -->" in picture)

    def test_curves_are_whole_in_axes_that_share_a_scale(self):
        sold = [bench("durable_checkout/threads_1/store_sync", 7e3)]
        self.put(f"store/reads-{SIZE}.json", FLOOR)
        self.put_peers(
            store=[bench("checkout/throughput/store", 4e5),
                   day("store", 1e6, rate=10_000)],
            store_sync=[*sold, day("store_sync", 150_000), *[
                bench(f"durable_checkout/threads_{n}/store_sync", 3e4,
                      **latencies("", n ** 3 * 1000)) for n in (8, 64)]])
        self.assert_nothing_is_cut_off("durable_latencies")
        self.assert_nothing_is_cut_off("day")

    def test_name_of_a_limit_is_on_no_curve(self):
        import drawing  # pylint: disable=import-outside-toplevel
        for heights, ends, side in (((0.1, 0.9, 0.9), (0.01, 100), "bottom"),
                                    ((0.1, 1.2, 1.2), (0.01, 100), "top"),
                                    # No room below.
                                    ((1.2, 1.2, 1.2), (0.9, 1e6), "bottom")):
            _, (axes,) = drawing.figure(1, 1, 300)
            axes.set_yscale("log")
            axes.set_ylim(ends)
            drawing.line(axes, "store", (0, 1, 2), heights)
            drawing.level(axes, 1, "a limit")
            self.assertEqual(axes.texts[-1].get_va(), side, heights)


if __name__ == "__main__":
    if not HAS_MATPLOTLIB:
        print("nothing is drawn: matplotlib is missing, which "
              "tools/setup --bench installs")
        sys.exit(77)
    unittest.main()
