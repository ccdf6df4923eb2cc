// Rows of scripts, into a store.

#include "sql/import.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sql/dump.h"
#include "sql/dump_file.h"
#include "sql/sample_rows.h"
#include "store/test_store.h"

namespace orderstore::sql {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

absl::StatusOr<ImportReport> ImportScript(
    const std::string& script, Store& store, const ImportOptions& options = {},
    const std::string& schema = "public") {
  const absl::StatusOr<DumpFile> dump = DumpFile::Parse(script, schema);
  if (!dump.ok()) return dump.status();
  return Import(
      [&](Table table, const TakeRow& take) {
        return dump->ReadRows(table, take);
      },
      options, store);
}

std::string ScriptOf(const Store& store, const DumpOptions& options = {}) {
  std::string script;
  EXPECT_TRUE(
      WriteDump(store.OpenReadView(), options, [&](std::string_view bytes) {
        script += bytes;
        return absl::OkStatus();
      }).ok());
  return script;
}

std::vector<std::string> ReasonsOf(const ImportReport& report) {
  std::vector<std::string> reasons;
  for (const Reject& reject : report.rejects) {
    reasons.push_back(std::string(NameOf(reject.table)) + ":" +
                      std::to_string(reject.line) + " " +
                      std::string(NameOf(reject.reason)));
  }
  return reasons;
}

// ---- Scripts ---------------------------------------------------------------

class ImportScriptTest : public testing::Test {
 protected:
  // Imports into an empty store, which is then as `store_` is, or has so many
  // customers.
  void ExpectRoundTrip(const std::string& script,
                       const std::string& schema = "public",
                       std::optional<int64_t> customers = std::nullopt) {
    const std::unique_ptr<Store> copy = OpenStore();
    const absl::StatusOr<ImportReport> report =
        ImportScript(script, *copy, {}, schema);
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_THAT(ReasonsOf(*report), IsEmpty());
    EXPECT_TRUE(copy->Check().ok());
    if (customers) {
      EXPECT_EQ(copy->OpenReadView().Counts().customers, *customers);
      return;
    }
    EXPECT_EQ(report->mapped, ImportReport::Mapped());
    EXPECT_EQ(copy->OpenReadView().Digests(), store_->OpenReadView().Digests());
  }
  // Why a script is refused.
  static std::string Refusal(
      const std::string& script,
      absl::StatusCode code = absl::StatusCode::kInvalidArgument) {
    const std::unique_ptr<Store> store = OpenStore();
    const absl::Status status = ImportScript(script, *store).status();
    EXPECT_EQ(status.code(), code) << script;
    EXPECT_EQ(store->OpenReadView().lsn(), 0);
    return std::string(status.message());
  }

  const std::unique_ptr<Store> store_ = OpenStore();
};

TEST_F(ImportScriptTest, AnExportComesBackAsItWas) {
  ExpectRoundTrip(ScriptOf(*store_));
  PutHostile(*store_);
  ExpectRoundTrip(ScriptOf(*store_));
  ExpectRoundTrip(ScriptOf(*store_, {.inserts = true}));
  ExpectRoundTrip(ScriptOf(*store_, {.schema = "a \"b\""}), "a \"b\"");
  ExpectRoundTrip(ScriptOf(*store_, {.clean = true, .if_exists = true}));
  ExpectRoundTrip(ScriptOf(
      *store_, {.revision = SchemaRevision::kTicketCount, .stamp = true}));
  ExpectRoundTrip(ScriptOf(*store_, {.partition_by = PartitionBy()}));
  ExpectRoundTrip(
      ScriptOf(*store_, {.partition_by = ParsePartitionBy("customer-hash:2")}));
}

constexpr char kTheirScript[] =
    "CREATE TABLE public.customers (id integer NOT NULL, email character "
    "varying(255), name text, created_at timestamp, updated_at timestamp, "
    "CONSTRAINT x CHECK (id > 0));\n"
    "CREATE TABLE orders (created_at timestamp, updated_at timestamp, id int, "
    "\"customer_id\" int);\n"
    "CREATE TABLE public.barcodes (id int, barcode_value varchar(255), "
    "order_id "
    "int, is_used bool, extra numeric(3, 2), created_at timestamp, updated_at "
    "timestamp);\n";

TEST_F(ImportScriptTest, InsertsOfAllForms) {
  const std::string script =
      std::string(kTheirScript) +
      "/* a comment; /* in a comment; */ */\n"
      "INSERT INTO public.customers VALUES (1, 'a''b;', E'tab\\there', "
      "'2026-05-01 10:00:00', '2026-05-01 10:00:00.5'), (2, 'b', 'B', "
      "'2026-05-01 10:00:00'::timestamp without time zone, '2026-05-01 "
      "12:00:00+02');\n"
      "INSERT INTO orders VALUES ('0044-03-15 12:00:00 BC', '2026-05-01 "
      "10:00:00', +7, 1) ON CONFLICT DO NOTHING;\n"
      "insert into \"public\".\"barcodes\" (barcode_value, id, order_id, "
      "is_used) OVERRIDING SYSTEM VALUE VALUES ('x', 1, 7, TRUE), ('y', 2, "
      "null, false);\n";
  const absl::StatusOr<ImportReport> report = ImportScript(script, *store_);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(ReasonsOf(*report), IsEmpty());
  EXPECT_EQ(report->mapped.created_at, 2);
  EXPECT_EQ(report->mapped.updated_at, 2);
  const ReadView view = store_->OpenReadView();
  EXPECT_EQ(view.FindCustomer(CustomerId(1))->email, "a'b;");
  EXPECT_EQ(view.FindCustomer(CustomerId(1))->name, "tab\there");
  EXPECT_EQ(view.FindCustomer(CustomerId(2))->updated_at,
            view.FindCustomer(CustomerId(2))->created_at);
  EXPECT_EQ(view.FindOrder(OrderId(7))->customer_id, CustomerId(1));
  EXPECT_TRUE(view.FindBarcodeByValue("x")->is_used);
  EXPECT_FALSE(view.FindBarcodeByValue("y")->order_id);
}

TEST_F(ImportScriptTest, TablesInAnyOrderAndWhatIsPassedOver) {
  const std::string script =
      "--\n-- PostgreSQL database dump\n--\n\n\\restrict aBc\n\n"
      "SET statement_timeout = 0;\n"
      "SELECT pg_catalog.set_config('search_path', '', false);\n"
      "CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
      "DELETE FROM customers; END $$;\n"
      "COPY public.barcodes (id, barcode_value, order_id, is_used) FROM "
      "stdin;\n1\tx\t7\t\\N\n\\.\n"
      "COPY public.other (a) FROM stdin;\nUPDATE customers;\n\\.\n"
      "COPY public.customers (email, id) FROM stdin;\na\t1\n\\.\n\n"
      "COPY public.orders (id, customer_id) FROM stdin;\n7\t1\n\\.\n"
      "ALTER TABLE ONLY public.orders OWNER TO me;\n"
      "GRANT SELECT ON TABLE public.orders TO you;\n"
      "SELECT pg_catalog.setval('public.orders_id_seq', 7, true);\n"
      "\\unrestrict aBc\n--\n-- PostgreSQL database dump complete\n--\n";
  const absl::StatusOr<ImportReport> report = ImportScript(script, *store_);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(ReasonsOf(*report), IsEmpty());
  EXPECT_EQ(report->mapped.name, 1);
  EXPECT_EQ(report->mapped.is_used, 1);
  const ReadView view = store_->OpenReadView();
  EXPECT_EQ(view.BarcodesOf(OrderId(7)).size(), 1);
  // Again, nothing is new.
  const absl::StatusOr<ImportReport> again = ImportScript(script, *store_);
  EXPECT_EQ(again->tables[0], (TableReport{1, 1, 0}));
  EXPECT_EQ(again->lsn, report->lsn);
}

TEST_F(ImportScriptTest, PartitionsAreOfTheirTable) {
  const absl::StatusOr<ImportReport> report = ImportScript(
      std::string(kTheirScript) +
          "CREATE TABLE public.customers_2 (id int, email text, name text);\n"
          "ALTER TABLE ONLY public.customers ATTACH PARTITION "
          "public.customers_2 FOR VALUES FROM (2) TO (3);\n"
          "COPY public.customers_2 (id, email, name) FROM stdin;\n2\tb\tB\n"
          "\\.\n",
      *store_);
  ASSERT_TRUE(report.ok()) << report.status();
  const ReadView view = store_->OpenReadView();
  EXPECT_TRUE(view.FindCustomerByEmail("b"));
}

TEST_F(ImportScriptTest, BadRowsAreRejectedOneByOne) {
  const std::string script =
      "COPY customers (id, email, name, created_at, updated_at) FROM stdin;\n"
      "1\ta\tA\t2026-05-01 10:00:00\t2026-05-01 10:00:00\n"    // 2
      "2\t\\N\tA\t2026-05-01 10:00:00\t2026-05-01 10:00:00\n"  // 3
      "3\t\tA\t2026-05-01 10:00:00\t2026-05-01 10:00:00\n"     // 4
      "4\ta\tA\t2026-05-01 10:00:00\t2026-05-01 10:00:00\n"    // 5
      "0\td\tA\t2026-05-01 10:00:00\t2026-05-01 10:00:00\n"    // 6
      "6\te\tA\tinfinity\t2026-05-01 10:00:00\n"               // 7
      "7\tf\tA\t2026-05-01 10:00:00\n"                         // 8
      "1\tg\tA\t\\N\t\\N\n"                                    // 9
      "8\th\tA\t2026-02-30 10:00:00\t2026-05-01 10:00:00\n"    // 10
      "9\t\xff\tA\t\\N\t\\N\n"                                 // 11
      "\\.\n"
      "COPY orders (id, customer_id) FROM stdin;\n"
      "5\t1\n"    // 14
      "6\t99\n"   // 15
      "7\t\\N\n"  // 16
      "5\t1\n"    // 17
      "\\.\n"
      "INSERT INTO barcodes (id, barcode_value, order_id, is_used) VALUES\n"
      "(1, 'x', 5, true),\n"              // 20
      "(2, 'x', 5, true),\n"              // 21
      "(3, 'y', 6, true),\n"              // 22
      "(4, 'z', DEFAULT, true),\n"        // 23
      "(5, 'w', NULL, 'perhaps'),\n"      // 24
      "(6, lower('W'), NULL, true),\n"    // 25
      "(2147483648, 'v', NULL, true),\n"  // 26
      "(7, 'u', NULL, NULL);\n";          // 27
  const absl::StatusOr<ImportReport> report = ImportScript(script, *store_);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(
      ReasonsOf(*report),
      ElementsAre("customers:3 missing_value", "customers:4 bad_text",
                  "customers:5 duplicate_row", "customers:6 bad_id",
                  "customers:7 bad_time", "customers:8 wrong_field_count",
                  "customers:9 duplicate_row", "customers:10 bad_time",
                  "customers:11 bad_text", "orders:15 unknown_customer",
                  "orders:16 missing_value", "orders:17 duplicate_row",
                  "barcodes:21 duplicate_row", "barcodes:22 unknown_order",
                  "barcodes:23 wrong_field_count", "barcodes:24 bad_boolean",
                  "barcodes:25 wrong_field_count", "barcodes:26 bad_id"));
  EXPECT_EQ(report->rejects[0].raw,
            "2\t\\N\tA\t2026-05-01 10:00:00\t2026-05-01 10:00:00");
  EXPECT_EQ(report->rejects[12].raw, "(2, 'x', 5, true)");
  EXPECT_EQ(report->tables[2], (TableReport{2, 0, 6}));
  EXPECT_EQ(store_->OpenReadView().Counts().barcodes, 2);
  // Strictly, nothing of it.
  const std::unique_ptr<Store> strict = OpenStore();
  EXPECT_FALSE(ImportScript(script, *strict, {.strict = true})->imported);
  EXPECT_EQ(strict->OpenReadView().lsn(), 0);
}

TEST_F(ImportScriptTest, WhatTheStoreHasOtherwiseIsAConflict) {
  PutSome(*store_);
  const absl::StatusOr<ImportReport> report = ImportScript(
      "COPY customers (id, email, name) FROM stdin;\n"
      "7\tann@example.com\tAnn\\tBee\n"  // unchanged
      "8\tann@example.com\tAnn\\tBee\n"  // the email is another's
      "\\.\n"
      "COPY orders (id, customer_id, created_at) FROM stdin;\n"
      "3\t7\t2026-05-01 18:30:05.13\n"
      "\\.\n"
      "COPY barcodes (id, barcode_value, order_id, is_used) FROM stdin;\n"
      "1\t00123\t\\N\tt\n"
      "9\tA'b\t\\N\tf\n"
      "10\tA'b\t\\N\tf\n"
      "11\tnew\t3\tf\n"
      "\\.\n",
      *store_);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(ReasonsOf(*report),
              ElementsAre("customers:3 conflict", "orders:6 conflict",
                          "barcodes:9 conflict", "barcodes:11 conflict",
                          "barcodes:12 unknown_order"));
  const std::string times =
      ", '2026-05-01 18:30:05.12', '2026-05-01 18:30:05.12')";
  EXPECT_EQ(report->rejects[0].stored,
            "(7, 'ann@example.com', 'Ann\tBee'" + times);
  EXPECT_EQ(report->rejects[1].stored, "(3, 7" + times);
  EXPECT_EQ(report->rejects[2].stored, "(1, '00123', 3, true" + times);
  EXPECT_EQ(report->rejects[3].stored, "(9, 'A''b', NULL, false" + times);
  EXPECT_EQ(report->rejects[4].stored, "");
  EXPECT_EQ(report->tables[0], (TableReport{1, 1, 1}));
  EXPECT_EQ(report->tables[2], (TableReport{1, 1, 3}));
  // Nor do rows of a customer that is another's come to that.
  const absl::StatusOr<ImportReport> orders = ImportScript(
      "COPY customers (id, email, name) FROM stdin;\n7\tbob\tBob\n\\.\n"
      "COPY orders (id, customer_id) FROM stdin;\n4\t7\n\\.\n"
      "COPY barcodes (id, barcode_value, order_id, is_used) FROM "
      "stdin;\n12\tx\t4\tf\n"
      "\\.\n",
      *store_);
  ASSERT_TRUE(orders.ok()) << orders.status();
  EXPECT_THAT(ReasonsOf(*orders),
              ElementsAre("customers:2 conflict", "orders:5 unknown_customer",
                          "barcodes:8 unknown_order"));
}

TEST_F(ImportScriptTest, WhatMightChangeRowsIsRefusedWithItsLine) {
  const std::string tables = kTheirScript;  // three lines
  for (const char* statement :
       {"UPDATE customers SET name = ''", "DELETE FROM customers",
        "TRUNCATE customers", "SELECT f()", "DO $$ BEGIN END $$", "CALL f()",
        "WITH x AS (SELECT 1) DELETE FROM customers", "LOCK orders",
        "INSERT INTO customers SELECT 1",
        "COPY customers (id, email, name) "
        "FROM '/etc/passwd'",
        "COPY customers (id, email, name) FROM stdin WITH "
        "(FORMAT csv)",
        "\\i other.sql", "MERGE INTO customers USING x"}) {
    EXPECT_THAT(Refusal(tables + "-- a comment\n" + statement + ";\n"),
                HasSubstr("line 5: "))
        << statement;
  }
  EXPECT_THAT(Refusal(tables + "COPY orders (id) FROM stdin;\n\\.\n"),
              HasSubstr("line 4: orders has no column customer_id"));
  EXPECT_THAT(Refusal(tables + "COPY barcodes (id, barcode_value, order_id) "
                               "FROM stdin;\n\\.\n"),
              HasSubstr("line 4: barcodes has no column is_used"));
  EXPECT_THAT(Refusal("PGDMP\1\2"), HasSubstr("`pg_restore -f - FILE`"));
  EXPECT_THAT(Refusal("\x1f\x8b\x08"), HasSubstr("`zcat FILE`"));
  EXPECT_THAT(Refusal(tables + "COPY orders (id, id) FROM stdin;\n\\.\n"),
              HasSubstr("line 4: the column id is there twice"));
}

TEST_F(ImportScriptTest, TablesAreKnownInAllForms) {
  const std::string script =
      "CREATE UNLOGGED TABLE public.customers (id int, name text, email text) "
      "WITH (fillfactor='70');\n"
      "CREATE TABLE IF NOT EXISTS public.orders (created_at timestamp, id int, "
      "customer_id int, total int GENERATED ALWAYS AS (1) STORED) PARTITION BY "
      "RANGE (created_at);\n"
      "CREATE TABLE public.orders_1 PARTITION OF public.orders DEFAULT;\n"
      "CREATE TABLE public.orders_2 (customer_id int, id int, created_at "
      "timestamp);\n"
      "ALTER TABLE ONLY public.orders ATTACH PARTITION public.orders_2 FOR "
      "VALUES FROM (1) TO (2);\n"
      "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT "
      "CASE WHEN true THEN 1 END; DELETE FROM public.customers; END;\n"
      "CREATE RULE r AS ON INSERT TO public.x DO (DELETE FROM "
      "public.customers; "
      "DELETE FROM public.orders;);\n"
      "REFRESH MATERIALIZED VIEW public.v;\n"
      "INSERT INTO public.customers VALUES (1, 'Ann', 'a@x');\n"
      "INSERT INTO public.orders_1 VALUES ('2026-05-01 10:00:00', 5, 1, "
      "DEFAULT);\n"
      "INSERT INTO public.orders_2 VALUES (1, 6, '2026-05-01 10:00:00');\n";
  const absl::StatusOr<ImportReport> report = ImportScript(script, *store_);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(ReasonsOf(*report), IsEmpty());
  const ReadView view = store_->OpenReadView();
  EXPECT_EQ(view.FindCustomerByEmail("a@x")->name, "Ann");
  EXPECT_EQ(view.OrdersOf(CustomerId(1)).size(), 2);
  EXPECT_THAT(Refusal("CREATE TABLE orders (id int, customer_id int);\nINSERT "
                      "INTO customers VALUES (1, 'a', 'b');\n"),
              HasSubstr("line 2: the rows' columns are not named"));
}

TEST_F(ImportScriptTest, ExpressionsAreNoValues) {
  const absl::StatusOr<ImportReport> report = ImportScript(
      "INSERT INTO customers (id, email, name) VALUES\n"
      "(1, 'a' || 'b', 'x'),\n"
      "(5 * 3, 'c', 'x'),\n"
      "(3, 'd'::character varying(255), 'x'),\n"
      "(4, 'e'::text || 'f', 'x');\n",
      *store_);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(ReasonsOf(*report), ElementsAre("customers:2 wrong_field_count",
                                              "customers:3 wrong_field_count",
                                              "customers:5 wrong_field_count"));
  EXPECT_THAT(Refusal("INSERT INTO customers (id, email, name) VALUES (1, 'a', "
                      "'b') ON CONFLICT (id) DO UPDATE SET name = 'x';\n"),
              HasSubstr("line 1: ON CONFLICT may only do nothing"));
}

TEST_F(ImportScriptTest, WhatWouldUndoRowsThatCameIsRefused) {
  const std::string rows =
      std::string(kTheirScript) +
      "INSERT INTO customers (id, email, name) VALUES (1, 'a', 'b');\n";
  for (const char* statement :
       {"DROP TABLE customers", "DROP TABLE IF EXISTS x, public.customers",
        "ALTER TABLE customers RENAME TO x",
        "ALTER TABLE ONLY public.customers DROP COLUMN name",
        "ALTER TABLE IF EXISTS ONLY public.customers DROP name",
        "ALTER TABLE customers ALTER name TYPE text USING 'x'",
        "ALTER TABLE customers ADD x numeric(1, 2), DROP COLUMN name",
        "ALTER TABLE customers ALTER COLUMN name SET DATA TYPE text USING ''",
        "ALTER SCHEMA public RENAME TO x", "DROP OWNED BY x",
        "ALTER TABLE customers SET SCHEMA x", "DROP SCHEMA public CASCADE",
        "DROP DATABASE x", "SELECT setval('x', 1), f()",
        "UPDATE customers c SET ticket_count = 0, email = 'x'",
        "\\connect other", "\\setenv X y"}) {
    EXPECT_THAT(Refusal(rows + statement + ";\n"), HasSubstr("line 5: "))
        << statement;
  }
  EXPECT_THAT(Refusal(rows + "\\if false\n"), HasSubstr("line 5: "));
  ExpectRoundTrip("DROP TABLE IF EXISTS public.customers;\n" + rows +
                      "DROP SCHEMA other;\n" +
                      "DELETE FROM pg_temp.x;\nALTER TABLE customers DROP "
                      "CONSTRAINT x;\n",
                  "public", 1);
}

TEST_F(ImportScriptTest, SettingsSayHowItIsRead) {
  const std::string shop =
      "SET search_path = shop, pg_catalog;\nCOPY customers (id, email, name) "
      "FROM stdin;\n1\ta\tb\n\\.\n";
  EXPECT_THAT(Refusal(shop, absl::StatusCode::kNotFound),
              HasSubstr("there are of shop"));
  ExpectRoundTrip(shop, "shop", 1);
  EXPECT_THAT(Refusal("SET client_encoding = 'LATIN1';\n" + shop),
              HasSubstr("line 1: the texts are not UTF-8"));
  EXPECT_THAT(Refusal("SET standard_conforming_strings = off;\n" + shop),
              HasSubstr("line 1: only scripts with standard_conforming_str"));
}

// A text may look like the comment that tells whether a dump is whole.
TEST_F(ImportScriptTest, OnlyCommentsTellOfTheEnd) {
  const std::string begin = "-- PostgreSQL database dump\n";
  const std::string end = "-- PostgreSQL database dump complete\n";
  const std::string row =
      "INSERT INTO customers (id, email, name) VALUES (1, 'a', '";
  ExpectRoundTrip(row + begin + "');\n", "public", 1);
  EXPECT_THAT(Refusal(begin + row + end + "');\n"),
              HasSubstr("the script's end is missing"));
  ExpectRoundTrip(begin + row + "');\n" + end, "public", 1);
  ExpectRoundTrip("-- PostgreSQL database dump\r\n" + row +
                      "');\r\n-- PostgreSQL database dump complete\r\n",
                  "public", 1);
  EXPECT_THAT(Refusal("-- PostgreSQL database dump\r\n" + row + "');\r\n"),
              HasSubstr("the script's end is missing"));
}

TEST_F(ImportScriptTest, AScriptThatWasCutOffIsRefused) {
  PutSome(*store_);
  for (const bool inserts : {false, true}) {
    const std::string script = ScriptOf(*store_, {.inserts = inserts});
    // Behind the last statement that matters.
    const size_t whole = script.find("COMMIT;\n");
    for (size_t bytes = 0; bytes < whole; ++bytes) {
      const std::unique_ptr<Store> copy = OpenStore();
      ASSERT_FALSE(ImportScript(script.substr(0, bytes), *copy).ok()) << bytes;
      ASSERT_EQ(copy->OpenReadView().lsn(), 0);
    }
  }
  EXPECT_THAT(
      Refusal("-- PostgreSQL database dump\n" + std::string(kTheirScript)),
      HasSubstr("line 5: the script's end is missing"));
}

TEST_F(ImportScriptTest, OtherSchemasAreNamed) {
  EXPECT_THAT(Refusal("CREATE TABLE shop.customers (id int, email text, name "
                      "text);\n",
                      absl::StatusCode::kNotFound),
              HasSubstr("no tables of the schema public; there are of shop"));
  EXPECT_THAT(Refusal("", absl::StatusCode::kNotFound),
              HasSubstr("no tables of the schema public"));
}

TEST_F(ImportScriptTest, ACancelledImportLeavesTheStoreAsItWas) {
  std::string script = "COPY customers (id, email, name) FROM stdin;\n";
  for (int i = 1; i < 3000; ++i) {
    script += std::to_string(i) + "\t" + std::to_string(i) + "\t\n";
  }
  script += "\\.\n";
  const std::atomic<bool> cancelled = true;
  int64_t rows = 0;
  EXPECT_EQ(ImportScript(script, *store_,
                         {.progress = [&](int64_t done) { rows = done; },
                          .cancelled = &cancelled})
                .status()
                .code(),
            absl::StatusCode::kCancelled);
  EXPECT_EQ(rows, 1024);
  EXPECT_EQ(store_->OpenReadView().lsn(), 0);
}

}  // namespace
}  // namespace orderstore::sql
