"""Proves what the report compares with peers, and where it says that the store
loses. Run by report_test.py."""

from report_fixture import (FLOOR, MAP, SIZE, STORE, STORE_SYNC, ReportCase,
                            bench, day, latencies)
# pylint: disable=wrong-import-order
import peer_rows


class LossesTest(ReportCase):

    def table(self, section, text=None):
        """The first table of a section."""
        text = (text or self.report()).split(f"## {section}")[1]
        return text[text.index("| work |"):].split("\n\n")[0]

    # ---- What is listed. ----

    def test_losses_are_listed_with_what_is_known_of_them(self):
        self.put_all()
        losses = self.losses()
        self.assertIn("- Checkouts that are not synced: hash maps 700 k/s, "
                      "orderstore 400 k/s, 4 x as good as SQLite, target 8 x. "
                      "Hash maps have no transactions", losses)
        self.assertIn("- Reopen and read all, a row: 4 x as good as SQLite, "
                      "target 5 x. Why is not known.", losses)
        self.assertNotIn("Backup", losses)

    def test_hash_maps_that_win_are_no_store(self):
        self.put_all()
        self.assertIn("Hash maps have no transactions, versions, constraints "
                      "or threads. A checkout touches some ten lines",
                      self.losses())

    def test_reason_is_of_the_peer_that_wins(self):
        work = "unassigned_count/query"
        self.put_peers(store=[bench(f"{work}/store", 1)],
                       lmdb_memory=[bench(f"{work}/lmdb_memory", 0.5)],
                       redis_memory=[bench(f"{work}/redis_memory", 2)])
        losses = self.losses()
        self.assertIn("Redis keeps the size of a set", losses)
        self.assertNotIn("LMDB", losses)

    def test_loss_in_a_further_line_is_named_by_its_work(self):
        work = "durable_checkout/threads_8"
        self.put_peers(store_sync=[bench(f"{work}/store_sync", 1000)],
                       sqlite_full=[bench(f"{work}/sqlite_full", 2000)])
        self.assertIn("- Durable checkouts, 8 threads: SQLite 2.00 k/s",
                      self.report())

    def test_no_losses_are_said_to_be_none_of_the_tables_that_are_named(self):
        self.put_peers(store=STORE)
        losses = self.losses()
        self.assertIn("in the tables of all works and of the store beside",
                      losses)
        self.assertIn("Nowhere in these tables.", losses)

    # ---- By name alone. ----

    def test_other_days_tell_who_is_better_in_a_line_each(self):
        def days(peer, p50_ns, **changes):
            return [day(peer, p50_ns, readers=0, **changes),
                    day(peer, p50_ns, readers=2),
                    day(peer, p50_ns, rate=10_000, readers=2)]
        self.put_peers(
            store=days("store", 2000), store_sync=days("store_sync", 2000),
            sqlite_memory=days("sqlite_memory", 3000),
            map=[day("map", 1000, readers=0)],
            sqlite_full=days("sqlite_full", 1000, reader_behind_ns=3e9))
        losses = self.losses().split("### Beside its peers, on other days")[1]
        each = "lookup p99 ({0}), redeem p99 ({0}), checkout p99 ({0})"
        self.assertEqual(losses.strip().splitlines(), [
            "- A day synced, 1,000 operations a second, nobody beside it: "
            + each.format("SQLite") + ".",
            "- A day not synced, 1,000 operations a second, nobody beside it: "
            + each.format("hash maps") + ".",
            "- A day synced, 1,000 operations a second, 2 readers beside it: "
            + each.format("SQLite") + ", reader p99 (SQLite).",
            "- A day synced, 10,000 operations a second, 2 readers beside it: "
            + each.format("SQLite") + ", reader p99 (SQLite)."])

    def test_days_of_the_first_tables_are_not_told_again(self):
        self.put_peers(store_sync=[day("store_sync", 2000)],
                       sqlite_full=[day("sqlite_full", 1000)])
        losses = self.losses()
        self.assertIn("- A day synced, lookup p99: SQLite", losses)
        self.assertNotIn("on other days", losses)

    def test_store_that_could_not_keep_up_on_another_day_is_told(self):
        self.put_peers(store_sync=[day("store_sync", 2000, readers=0,
                                       behind_ns=3e9)])
        self.assertIn("lookup p99 (orderstore: could not keep up, 3.00 s "
                      "behind)", self.losses())

    def test_growth_tells_at_which_sizes_another_is_better(self):
        for size, seconds in ((1000, 2e-6), (9000, 1e-6)):
            for peer, own in (("store", 1.5e-6), ("map", seconds),
                              ("sqlite_memory", 1e-4)):
                self.put(f"growth/{peer}-{size}.json", [
                    bench(f"checkout/throughput/{peer}", 1 / own, size=size),
                    bench(f"bulk_load/rows/{peer}", 1 / own, size=size)])
        text = self.report()
        self.assertIn("\n## Where orderstore loses, in the table of growth\n",
                      text)
        self.assertEqual(self.losses(text).split("\n\n")[1].splitlines(), [
            "- bulk load, rows: hash maps at 9,000 customers. Why is not "
            "known.",
            "- checkout: hash maps at 9,000 customers. Hash maps have no "
            "transactions, versions, constraints or threads."])
        self.put("growth/map-9000.json", [
            bench("checkout/throughput/map", 1e3, size=9000)])
        self.assertNotIn("in the table of growth", self.report())

    def test_growth_gives_the_reason_of_its_own_figure(self):
        for counter, is_told in (("resident", True), ("disk", False)):
            for peer, size_bytes in (("store", 90), ("sqlite_memory", 80)):
                self.put(f"growth/{peer}.json", [
                    bench(f"memory/rows/{peer}",
                          **{f"bytes_a_row_{counter}": size_bytes})])
            losses = self.losses(self.report())
            self.assertIn("SQLite's B-tree packs numbers of few bytes", losses)
            self.assertEqual("rows have fixed places" in losses, is_told)

    def test_growth_tells_sizes_apart_that_have_other_reasons(self):
        for size, rows in ((1000, 1.0e6), (9000, 1.1e6)):
            for peer, size_bytes in (("store", 100), ("map", 80)):
                self.put(f"growth/{peer}-{size}.json", [
                    bench(f"memory/rows/{peer}", size=size,
                          bytes_a_row_resident=size_bytes),
                    bench(f"bulk_load/rows/{peer}", rows, size=size)],
                         store_huge_pages="1")
        self.assertEqual(self.losses(self.report()).split("\n\n")[1]
                         .splitlines(), [
            "- resident, a row: hash maps at 1,000 customers. Each array of "
            "the store's, of which it has ten or more, ends in a huge page of "
            "2 MiB that is not full.",
            "- resident, a row: hash maps at 9,000 customers. Why is not "
            "known."])

    # ---- What is compared. ----

    def compare(self, name, store, peer):
        """Losses where a benchmark of the store and one of a peer have these
        counters, or a rate; `store` and `peer` are kinds and theirs."""
        for kind, value in (store, peer):
            run = (bench(f"{name}/{kind}", **value) if isinstance(value, dict)
                   else bench(f"{name}/{kind}", value))
            self.put_peers(**{kind: [run]})
        return self.losses()

    def test_misses_one_by_one_and_together_are_compared(self):
        losses = self.compare("barcode_by_value/miss_single", ("store", 1e7),
                              ("map", 2e7))
        self.assertIn("- Lookup of a barcode by value, not there: hash maps "
                      "20.0 M/s, orderstore 10.0 M/s. ", losses)
        losses = self.compare("customer_by_email/miss_batch32", ("store", 1e7),
                              ("map", 2e7))
        self.assertIn("- Lookup of a customer by email, not there, 32 at a "
                      "time: hash maps, prefetched 20.0 M/s", losses)
        losses = self.compare("orders_of/miss_children", ("store", 1e7),
                              ("map", 2e7))
        self.assertIn("- Orders of a customer, not there: hash maps 20.0 M/s, "
                      "orderstore 10.0 M/s. ", losses)
        losses = self.compare("order_by_id/miss_single", ("store", 1e7),
                              ("map", 2e7))
        self.assertIn("- Lookup of an order by id, not there: hash maps 20.0 "
                      "M/s", losses)

    def test_latencies_are_compared(self):
        for name, counter, label in (
                ("customer_by_email/latency", "p50_ns",
                 "Lookup of a customer by email, hits, p50"),
                ("barcode_by_value/latency", "p99_ns",
                 "Lookup of a barcode by value, hits, p99"),
                ("checkout/latency", "p99_ns",
                 "Checkouts that are not synced, p99"),
                ("barcode_by_value/latency", "p99.99_ns",
                 "Lookup of a barcode by value, hits, p99.99"),
                ("checkout/latency", "p99.9_ns",
                 "Checkouts that are not synced, p99.9"),
                ("redeem/latency", "p99.99_ns",
                 "Redemptions that are not synced, p99.99"),
                ("day/rate10000_readers0", "lookup_p99_ns",
                 "A day not synced, lookup p99"),
                ("day/rate10000_readers1", "reader_p99.99_ns",
                 "A day not synced, with a reader beside it, p99.99 of the "
                 "reader"),
                ("day/rate10000_readers0", "checkout_p99_ns",
                 "A day not synced, checkout p99")):
            with self.subTest(label):
                losses = self.compare(name, ("store", {counter: 3000}),
                                      ("map", {counter: 2000}))
                self.assertIn(f"- {label}: hash maps 2.00 us, orderstore "
                              "3.00 us", losses)

    def test_files_and_opening_alone_are_compared(self):
        for name, counter, values, told in (
                ("memory/rows", "bytes_a_row_disk", (50, 40),
                 "Disk of a row: SQLite 40.0 B, orderstore 50.0 B"),
                ("beside_backup/backup", "backup_bytes", (5e8, 4e8),
                 "Backup beside a writer, its bytes: SQLite 400 MB, orderstore "
                 "500 MB"),
                ("beside_backup/backup", "backup_max_ns", (3e6, 2e6),
                 "Backup beside a writer, longest checkout during it: SQLite "
                 "2.00 ms, orderstore 3.00 ms"),
                ("beside_backup/backup", "backup_p90_ns", (3e6, 2e6),
                 "Backup beside a writer, checkout p90 during it: SQLite 2.00 "
                 "ms, orderstore 3.00 ms"),
                ("reopen/closed", "open_seconds", (1, 0.01),
                 "Reopen and read all, opening alone: SQLite 10.0 ms, "
                 "orderstore 1.00 s. The store reads all rows into memory")):
            with self.subTest(counter):
                losses = self.compare(
                    name, ("store_sync", {counter: values[0]}),
                    ("sqlite_full", {counter: values[1]}))
                self.assertIn(f"- {told}", losses)

    def test_batches_of_maps_are_said_to_be_prefetched(self):
        name = "barcode_by_value/hit_batch32"
        losses = self.compare(name, ("store", 1e7), ("map", 2e7))
        self.assertIn("hash maps, prefetched 20.0 M/s", losses)
        cells = self.row(self.table("All works"),
                         "Lookup of a barcode by value, 32 at a time")
        self.assertEqual(cells[2], "20.0 M/s `prefetched`")

    def test_answers_that_a_peer_keeps_are_compared_before_computed(self):
        work, label = "top_customers", "Top 5 customers, kept, or else computed"
        self.put_peers(store=[bench(f"{work}/maintained/store", 5e6)],
                       map=[bench(f"{work}/query/map", 10),
                            bench(f"{work}/maintained/map", 100)],
                       sqlite_memory=[bench(f"{work}/query/sqlite_memory", 1)])
        self.assertEqual(self.row(self.table("All works"), label)[1:4],
                         ["200 ns", "1.00 s `memory`", "10.0 ms"])
        self.put_peers(map=[bench(f"{work}/query/map", 10)])
        self.assertEqual(self.row(self.table("All works"), label)[1:4],
                         ["200 ns", "1.00 s `memory`", "100 ms"])

    def test_answers_that_the_store_computes_are_not_those_it_keeps(self):
        work = "unassigned_count"
        self.put_peers(store=[bench(f"{work}/query/store", 1e3)],
                       map=[bench(f"{work}/query/map", 10),
                            bench(f"{work}/maintained/map", 1e9)])
        text = self.report()
        self.assertEqual(
            self.row(text, "Unassigned barcodes, counted by their index")[1:3],
            ["1.00 ms", "100 ms"])
        self.assertNotIn("... their number kept", text)

    def test_readers_that_are_behind_are_not_compared(self):
        self.put_peers(store_sync=[day("store_sync", 150_000)],
                       sqlite_full=[day("sqlite_full", 900_000,
                                        reader_behind_ns=3e9)])
        table = self.table("All works")
        self.assertEqual(self.row(table, "A day synced, lookup p99")[1:3],
                         ["750 us `sync`", "4.50 ms `full`"])
        self.assertEqual(
            self.row(table, "... p99 of the reader beside it")[1:3],
            ["750 us `sync`", "-"])

    def test_days_not_synced_are_alone_and_beside_a_reader(self):
        self.put_peers(
            store=[day("store", 1000, rate=10_000, readers=0),
                   day("store", 2000, rate=10_000, readers=1)],
            map=[day("map", 3000, rate=10_000, readers=0)],
            redis_memory=[day("redis_memory", 100, readers=1)])
        table = self.table("All works")
        self.assertEqual(self.row(table, "... lookup p99.99")[1:4],
                         ["9.00 us", "-", "27.0 us"])
        for label in ("lookup p99.99", "p99.99 of the reader"):
            self.assertEqual(
                self.row(table, f"... with a reader beside it, {label}")[1:4],
                ["18.0 us", "-", "-"])

    def test_store_that_could_not_keep_up_loses(self):
        self.put_peers(store_sync=[day("store_sync", 150_000, behind_ns=3e9)],
                       sqlite_full=[day("sqlite_full", 900_000)])
        self.assertIn("- A day synced, checkout p99: SQLite 4.50 ms, "
                      "orderstore: could not keep up, 3.00 s behind. Why is "
                      "not known.", self.losses())

    def test_target_beyond_the_limit_is_said_to_be(self):
        self.put("store/all.json", [
            bench("disk_bandwidth/write/machine", bytes_per_second=2e9)])
        for peer, store, beyond in ((0.1, 0.05, True), (0.2, 0.05, False),
                                    (0.1, 0.023, False)):
            self.put("peers/all.json", [
                bench(f"beside_backup/backup/{kind}", 1e6, seconds,
                      backup_bytes=48e6)  # 24 ms
                for kind, seconds in (("store_sync", store),
                                      ("lmdb_sync", peer))],
                at_risk_store_sync="nothing", at_risk_lmdb_sync="nothing")
            losses = self.losses()
            self.assertIn("target 5 x", losses)
            self.assertEqual("target 5 x, which is beyond the limit of the "
                             "machine" in losses, beyond)

    def test_reopening_is_compared_by_the_row(self):
        self.put_peers(
            store_sync=[bench("reopen/closed/store_sync", 2e6, 2.0)],
            sqlite_full=[bench("reopen/closed/sqlite_full", 1e6, 1.5)])
        table = self.table("All works")
        self.assertEqual(self.row(table, "Reopen and read all, a row")[1:3],
                         ["500 ns `sync`", "1.00 us `full`"])

    def test_peer_that_is_behind_is_not_compared_by_latencies(self):
        self.put_all()
        table = self.table("All works")
        cells = self.row(table, "A day synced, lookup p99")
        self.assertEqual(cells[1:3], ["750 us `sync`", "-"])

    # ---- The first table. ----

    def test_first_table_has_what_a_reader_decides_by(self):
        self.put_peers(store=STORE + [
            bench("orders_of/children/store", 1e6),
            bench("barcode_by_value/hit_in_read/store", 5e6),
            bench("barcode_by_value/latency/store", 1e6, **latencies("", 300)),
            ], store_sync=STORE_SYNC, map=MAP)
        text = self.report()
        first = self.table("orderstore beside its peers", text)
        every = self.table("All works", text)
        for label in ("Orders of a customer", "... in one read transaction",
                      "... hits, p50"):
            self.row(every, label)
            self.assertNotIn(f"| {label} |", first)
        for label in ("Lookup of a barcode by value", "... 32 at a time",
                      "Memory of a row", "Reopen and read all, a row",
                      "... opening alone"):
            self.assertEqual(self.row(first, label), self.row(every, label))
        self.assertIn(sum(row.short for row in peer_rows.ROWS), range(15, 28))

    def test_hash_maps_that_are_further_from_a_target_are_told(self):
        work = "redeem/throughput/"
        for floor, told in ((9e5, "target 8 x, hash maps reach 4.5 x."),
                            (1e5, "target 8 x. "), (2e6, "target 8 x. "),
                            (None, "target 8 x. ")):
            self.put_peers(
                store=[bench(f"{work}store", 1e6)],
                sqlite_memory=[bench(f"{work}sqlite_memory", 2e5)],
                map=[bench(f"{work}map", floor)] if floor else [])
            self.assertIn(told, self.report())

    def test_disk_that_was_faster_for_the_store_is_told(self):
        work = "durable_checkout/threads_1/"
        self.put_peers(
            store_sync=[bench(f"{work}store_sync", 3600, ratio_to_raw=0.9)],
            sqlite_full=[bench(f"{work}sqlite_full", 2490, ratio_to_raw=0.96)])
        losses = self.report().partition("Where orderstore loses")[2]
        self.assertIn("Durable checkouts, 1 thread, to a write of the bare "
                      "disk: SQLite 0.96, orderstore 0.90.", losses)
        self.assertNotIn("Durable checkouts, 1 thread:", losses)

    def test_dots_stand_for_the_first_words_of_the_row_above(self):
        self.put_peers(store=[
            bench("barcode_by_value/hit_single/store", 1e6),
            bench("barcode_by_value/miss_batch32/store", 1e6),
            bench("customer_by_id/hit_batch32/store", 1e6)])
        labels = [line.split(" | ")[0] for line in
                  self.table("All works").splitlines()[2:]]
        self.assertEqual(labels, ["| Lookup of a barcode by value",
                                  "| ... not there, 32 at a time",
                                  "| Lookup of a customer by id, 32 at a time"])

    # ---- Targets of the store's own tables. ----

    def test_missed_targets_of_own_tables_are_losses(self):
        self.put_all()
        losses = self.losses()
        for line in (
                "- Lookup by barcode value, hit, 32 at a time: hash maps, "
                "prefetched 10.0 M/s, 1.20 of it, orderstore 12.0 M/s, target "
                "4.0. The target was set beside maps that look up one by one",
                "- Checkout: hash maps 0.70 M/s, 0.43 of it, orderstore "
                "0.30 M/s, target 0.6. The floors have no transactions",
                "- Bytes a row, resident: 90.0 B, target at most 85.0 B. Why is "
                "not known.",
                "- Durable checkouts, 1 thread: 7.30 k/s, 8.42 k/s raw writes, "
                "0.87 x, target at least 0.90 x."):
            self.assertIn(line, losses)
        self.assertNotIn("Lookup by barcode value, hit, one view", losses)
        self.assertNotIn("Bytes a row, counted", losses)

    def test_target_that_is_met_is_not_among_those_missed(self):
        self.put("store/all.json", [
            bench("async_checkout/async/store", 4e5, memory_per_second=5e5,
                  ratio_to_memory=0.8)])
        self.assertIn("- Checkouts, durable a little later: 400 k/s, 500 k/s "
                      "in memory, 0.80 x, target at least 500 k/s. Why",
                      self.losses())

    def test_floor_that_is_better_in_a_figure_is_told_and_bold(self):
        def timed(name, p99_ns):
            return bench(f"checkout/latency/{name}", **{"p99.9_ns": p99_ns})
        self.put("store/sales.json", [timed("store", 12e3),
                                      timed("floor_maps", 14e3),
                                      timed("floor_arrays", 6e3)])
        text = self.report()
        self.assertIn("- Checkout, p99.9: arrays 6.00 us, orderstore 12.0 us, "
                      "target at most 10.0 us.", self.losses(text))
        own = text.split("## The store beside")[1]
        self.assertEqual(self.row(own, "Checkout, p99.9")[1:4],
                         ["12.0 us", "14.0 us", "**6.00 us**"])

    def test_losses_are_told_without_peers(self):
        self.put("store/all.json", FLOOR)
        self.assertIn("- Bytes a row, resident: 90.0 B", self.losses())

    def test_losses_tell_their_size_if_there_are_several(self):
        self.put("store/all.json", FLOOR)
        self.put("store/small.json", [bench(
            "memory/huge_pages/store", size=1000, bytes_a_row_counted=80,
            bytes_a_row_resident=99)])
        text = self.report()
        large = text.index(f"## Where orderstore loses, {SIZE:,} customers")
        small = text.index("## Where orderstore loses, 1,000 customers")
        self.assertLess(large, small)
        self.assertIn("99.0 B", text[small:].split("\n## ")[0])
        self.assertNotIn("99.0 B", text[large:small])
