#!/usr/bin/env python3
"""The example: how it is started, and its four calls, held against what the
command makes of the same files.

    ORDERSTORE_COMMAND=FILE ticket_service_test.py

Exit status 77: there is no Flask.
"""

import csv
import io
import json
import os
import pathlib
import random
import subprocess
import sys
import unittest

try:
  import flask
except ImportError:
  print("there is no Flask")
  sys.exit(77)

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "tools/python/examples"
sys.path.insert(0, str(EXAMPLES))

# pylint: disable=wrong-import-position
import ticket_service
from store_case import FolderCase

COMMAND = os.environ["ORDERSTORE_COMMAND"]
SEED = 1
# A bad row of each kind, in files of orders and of barcodes.
BAD_ORDERS = ("", "1,2,3", "7", ",5", "5,", "0,1", "1,2147483648", "x,1",
              "1,-1", " , ", "1.0,1", "\u0661,1", "00000000000000000001,1")
BAD_BARCODES = ("a,1,2", ",1", "\"\",", "b,0", "c,99999999", "d,2147483648",
                "e,x", "f" * 256 + ",1", "g\0,1", "é" * 255 + ",", " h ,\t1 ",
                "\"i,\"\"j\"\"\",1", "\"k\nl\",1", "same,1", "same,", "same,1")


class ServiceTest(FolderCase):

  def setUp(self):
    super().setUp()
    app = ticket_service.app_of(self.store)
    app.testing = True
    self.client = app.test_client()

  def command(self, *words: str) -> str:
    return subprocess.run([COMMAND, *words], cwd=self.folder,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True, check=True).stdout

  def read(self, name: str) -> bytes:
    return (self.folder / name).read_bytes()

  def process(self, orders: bytes, barcodes: bytes):
    return self.client.post("/process", data={
        "orders": (io.BytesIO(orders), "orders.csv"),
        "barcodes": (io.BytesIO(barcodes), "barcodes.csv")})

  def put_files(self, orders: bytes, barcodes: bytes):
    (self.folder / "orders.csv").write_bytes(orders)
    (self.folder / "barcodes.csv").write_bytes(barcodes)

  def expect_as_the_command(self):
    """Of the files in the folder."""
    expected = json.loads(self.command(
        "process", "orders.csv", "barcodes.csv", "--json", "--unassigned",
        "unassigned.csv"))
    answer = self.process(self.read("orders.csv"), self.read("barcodes.csv"))
    self.assertEqual((answer.status_code, answer.json), (200, expected))

    unassigned = self.read("unassigned.csv").decode()
    self.assertEqual(
        self.unassigned(),
        [barcode for barcode, in list(csv.reader(
            io.StringIO(unassigned, newline="")))[1:]])
    processed = self.read("processed_orders.csv").decode()
    lines = list(csv.reader(io.StringIO(processed, newline="")))[1:]
    self.assertEqual(self.orders_of({line[0] for line in lines}), lines)

  def unassigned(self) -> list[str]:
    """All, page by page."""
    found, after = [], 0
    while True:
      page = self.client.get(
          f"/unassigned-barcodes?after={after}&limit=7").json["barcodes"]
      if not page:
        return found
      found += [row["barcode"] for row in page]
      after = page[-1]["id"]

  def orders_of(self, customers: set[str]) -> list[list[str]]:
    """As the command writes them."""
    lines = []
    for customer in sorted(map(int, customers)):
      for order in self.client.get(f"/customers/{customer}/orders").json:
        if order["barcodes"]:
          values = [row["barcode"] for row in order["barcodes"]]
          lines.append([str(customer), str(order["order_id"]),
                        f"[{', '.join(values)}]"])
    return lines

  # ---- Its start ----

  def test_flask_starts_it_with_the_store_that_it_is_told(self):
    self.put("A")
    self.store.close()
    new = self.folder / "new"
    for shop in (self.shop, new):
      # Both paths are of the folder in which it is started.
      app = os.path.relpath(EXAMPLES / "ticket_service", self.folder)
      done = subprocess.run(
          [sys.executable, "-m", "flask", "--app", app, "routes"],
          cwd=self.folder, env={**os.environ, "TICKET_STORE": shop.name},
          capture_output=True, text=True, check=False)
      self.assertEqual(done.returncode, 0, done.stderr)
      self.assertIn("/unassigned-barcodes", done.stdout)
    self.assertTrue(new.exists())
    self.open()
    self.assertTrue(self.store.open_report().closed_cleanly)
    self.assertEqual(self.barcodes(), ["A"])

  # ---- As the command does it ----

  def test_generated_files_have_the_commands_results(self):
    self.command("generate", "--customers", "100", "sample")
    self.put_files(self.read("sample/orders.csv"),
                   self.read("sample/barcodes.csv"))
    self.expect_as_the_command()

  def test_bad_rows_have_the_commands_results(self):
    self.command("generate", "--customers", "20", "sample")
    dice = random.Random(SEED)
    files = []
    for name, bad in (("orders", BAD_ORDERS), ("barcodes", BAD_BARCODES)):
      header, *rows = self.read(f"sample/{name}.csv").decode().splitlines()
      rows += [*bad, *dice.sample(rows, 10)]
      dice.shuffle(rows)
      files.append("\r\n".join([header, *rows]).encode() + b"\n")
    files[1] += b"not utf-8 \xff,1\n"
    self.put_files(b"\xef\xbb\xbf" + files[0], files[1])
    self.expect_as_the_command()

  def test_columns_stand_in_any_order(self):
    self.put_files(b"note,customer_id,order_id\nx,10,1\ny,11,2\n",
                   b" order_id , barcode \n1,A\n,B\n")
    self.expect_as_the_command()

  def test_empty_files_are_files(self):
    self.put_files(b"order_id,customer_id\n", b"barcode,order_id")
    self.expect_as_the_command()

  def test_files_may_come_again(self):
    shop = "shop-of-the-command"
    self.put_files(b"order_id,customer_id\n1,10\n2,11\n3,10\n",
                   b"barcode,order_id\na,1\nb,2\nc,\n")
    self.expect_as_the_command()
    self.command("import", shop, "orders.csv", "barcodes.csv")
    lsn = self.store.stats().lsn
    again = self.process(self.read("orders.csv"), self.read("barcodes.csv"))
    self.assertEqual(again.json["rejects"], {})
    self.assertEqual(again.json["orders"]["accepted"], 3)
    self.assertEqual(self.store.stats().lsn, lsn, "nothing has changed")

    self.put_files(b"order_id,customer_id\n1,11\n2,11\n4,12\n",
                   b"barcode,order_id\na,\nb,1\nc,4\nd,1\ne,4\nf,99\n")
    expected = json.loads(self.command(
        "import", shop, "orders.csv", "barcodes.csv", "--json"))
    answer = self.process(self.read("orders.csv"),
                          self.read("barcodes.csv")).json
    self.assertEqual(len(answer["rejects"]), 2)
    self.assertEqual(answer["rejects"], expected["rejects"])
    for name in ("orders", "barcodes"):
      self.assertEqual(answer[name]["accepted"], expected[name]["accepted"])

  # ---- The calls ----

  def test_a_ticket_shop(self):
    self.process(b"order_id,customer_id\n1,10\n2,11\n3,10\n",
                 b"barcode,order_id\na,2\nb,1\nc,1\nd,\n")
    self.assertEqual(self.client.get("/top-customers?k=1").json, [
        {"customer_id": 10, "email": "customer-10@import.invalid",
         "name": "Customer 10", "ticket_count": 2}])
    self.assertEqual(len(self.client.get("/top-customers").json), 2)
    self.assertEqual(self.client.get("/unassigned-barcodes").json, {
        "unassigned": 1, "barcodes": [{"id": 4, "barcode": "d"}]})
    with self.store.transaction() as txn:
      txn.redeem("b")
    first, second = self.client.get("/customers/10/orders").json
    self.assertEqual(first["barcodes"], [
        {"barcode": "b", "is_used": True}, {"barcode": "c", "is_used": False}])
    self.assertEqual((second["order_id"], second["barcodes"]), (3, []))
    self.assertRegex(first["created_at"], r"^\d{4}-\d\d-\d\dT.*\+00:00$")

  def test_what_is_not_there_is_404(self):
    for customer in (99, 2**31, 2**40):
      self.assertEqual(
          self.client.get(f"/customers/{customer}/orders").status_code, 404)

  def test_what_is_wrong_is_400(self):
    for path in ("/top-customers?k=-1", "/top-customers?k=x",
                 "/top-customers?k=1001", "/unassigned-barcodes?limit=1001",
                 "/unassigned-barcodes?after=2147483648"):
      with self.subTest(path):
        self.assertEqual(self.client.get(path).status_code, 400)
    self.assertEqual(self.client.post("/process").status_code, 400)
    for orders in (b"", b"order_id\n1\n", b"order_id,order_id,customer_id\n"):
      answer = self.process(orders, b"barcode,order_id\na,\n")
      self.assertEqual(answer.status_code, 400)
      self.assertIn("order_id,customer_id", answer.json["error"])
    self.assertEqual(self.barcodes(), [])

  def test_a_taken_email_is_409_and_nothing_is_imported(self):
    with self.store.transaction() as txn:
      txn.insert_customer("customer-10@import.invalid")
    answer = self.process(b"order_id,customer_id\n1,11\n2,10\n",
                          b"barcode,order_id\na,1\n")
    self.assertEqual(answer.status_code, 409)
    self.assertIn("customer-10@import.invalid", answer.json["error"])
    with self.store.view() as view:
      self.assertEqual((view.counts().orders, view.counts().barcodes), (0, 0))

  def test_a_store_that_closes_is_an_error_and_no_crash(self):
    self.store.close()
    self.assertEqual(self.client.get("/top-customers").status_code, 409)


if __name__ == "__main__":
  del flask
  unittest.main()
