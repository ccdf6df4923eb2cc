/* A ticket shop in C99: makes a store in the folder that it is given, sells,
 * admits, scans, writes a snapshot, copies, closes, and opens it again.
 *
 *   life FOLDER
 *
 * Ends with 0, or names the first thing that is not as it should be. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "orderstore/c.h"

static void fail(int line, const char* what) {
  fprintf(stderr, "line %d: %s\nlast message: %s\n", line, what,
          orderstore_last_message());
  exit(1);
}

#define CHECK(condition)                          \
  do {                                            \
    if (!(condition)) fail(__LINE__, #condition); \
  } while (0)
#define CHECK_OK(call) CHECK((call) == ORDERSTORE_OK)
/* The call fails with this code, and says so. */
#define CHECK_FAILS(code, call) \
  CHECK((call) == (code) && orderstore_last_message()[0] != '\0')

static orderstore_text text(const char* string) {
  return orderstore_text_of(string);
}

/* FOLDER/NAME. */
static void set_path(char* path, size_t size, const char* folder,
                     const char* name) {
  const int length = snprintf(path, size, "%s/%s", folder, name);
  CHECK(length > 0 && (size_t)length < size);
}

static int is_text(orderstore_text value, const char* expected) {
  return value.size == strlen(expected) &&
         memcmp(value.data, expected, value.size) == 0;
}

/* How often a store was opened. */
static void count_opening(void* context, const orderstore_notice* notice) {
  if (notice->kind == ORDERSTORE_NOTICE_OPENED) ++*(int*)context;
}

static orderstore_t* open_shop(const char* path) {
  static int openings = 0;
  const int before = openings;
  const orderstore_logger logger = {count_opening, &openings};
  const orderstore_option options[] = {
      {ORDERSTORE_OPTION_DURABILITY, ORDERSTORE_SYNC},
      {ORDERSTORE_OPTION_SEGMENT_BYTES, 1 << 20},
      {ORDERSTORE_OPTION_SNAPSHOTS_KEPT, 3},
      {ORDERSTORE_OPTION_LOGGER, (intptr_t)&logger},
  };
  orderstore_t* store = NULL;
  CHECK_OK(
      orderstore_open(path, options, sizeof options / sizeof *options, &store));
  CHECK(store != NULL && openings == before + 1);
  return store;
}

/* The stock: barcodes T0 to T999. */
static void fill(orderstore_t* store) {
  enum { COUNT = 1000 };
  static char values[COUNT][16];
  static orderstore_new_barcode rows[COUNT];
  static int32_t ids[COUNT];
  orderstore_txn_t* txn = NULL;
  uint64_t lsn = 0;
  for (int i = 0; i < COUNT; ++i) {
    snprintf(values[i], sizeof values[i], "T%d", i);
    rows[i] = (orderstore_new_barcode){.value = text(values[i])};
  }
  CHECK_OK(orderstore_begin(store, ORDERSTORE_NO_TIMEOUT, &txn));
  CHECK_OK(orderstore_insert_barcodes(txn, rows, COUNT, ids));
  CHECK(ids[0] == 1 && ids[COUNT - 1] == COUNT);
  CHECK_OK(orderstore_txn_commit(txn, ORDERSTORE_SYNC, &lsn));
  CHECK(lsn == 1);
  orderstore_txn_destroy(txn);
}

/* Two customers, three tickets for the first and one for the second. */
static void sell(orderstore_t* store) {
  const char* const emails[] = {"ann@example.com", "bob@example.com"};
  const size_t tickets[] = {3, 1};
  orderstore_txn_t* txn = NULL;
  CHECK_OK(orderstore_begin(store, ORDERSTORE_NO_TIMEOUT, &txn));
  for (int i = 0; i < 2; ++i) {
    int32_t customer = 0;
    int32_t order = 0;
    orderstore_barcode rows[3];
    CHECK_OK(orderstore_find_or_create_customer(txn, text(emails[i]),
                                                text("Name"), &customer));
    const orderstore_new_order new_order = {.customer_id = customer};
    CHECK_OK(orderstore_insert_order(txn, &new_order, &order));
    CHECK_OK(orderstore_assign_barcodes(txn, order, tickets[i], rows));
    CHECK(rows[0].order_id == order && rows[0].is_used == 0);
  }
  const orderstore_text name = text("Ann Bee");
  const orderstore_customer_update update = {.name = &name};
  CHECK_OK(orderstore_update_customer(txn, 1, &update));
  CHECK_FAILS(ORDERSTORE_NOT_FOUND,
              orderstore_assign_barcodes(txn, 1, 1000000, NULL));
  CHECK_OK(orderstore_txn_commit(txn, ORDERSTORE_DURABILITY_DEFAULT, NULL));
  CHECK_FAILS(ORDERSTORE_FAILED_PRECONDITION,
              orderstore_txn_commit(txn, ORDERSTORE_DURABILITY_DEFAULT, NULL));
  orderstore_txn_destroy(txn);
}

/* Lets T0 in, once. */
static void admit(orderstore_t* store) {
  orderstore_txn_t* txn = NULL;
  CHECK_OK(orderstore_begin(store, 1000, &txn));
  CHECK_OK(orderstore_redeem(txn, text("T0")));
  CHECK_FAILS(ORDERSTORE_FAILED_PRECONDITION,
              orderstore_redeem(txn, text("T0")));
  CHECK(strstr(orderstore_last_message(), "T0") != NULL);
  CHECK_FAILS(ORDERSTORE_NOT_FOUND, orderstore_redeem(txn, text("none")));
  CHECK_FAILS(ORDERSTORE_INVALID_ARGUMENT, orderstore_redeem(txn, text("")));
  CHECK_OK(orderstore_txn_commit(txn, ORDERSTORE_DURABILITY_DEFAULT, NULL));
  orderstore_txn_destroy(txn);

  /* This one is given up. */
  CHECK_OK(orderstore_begin(store, 1000, &txn));
  CHECK_OK(orderstore_redeem(txn, text("T1")));
  orderstore_txn_abort(txn);
  orderstore_txn_destroy(txn);
}

static int64_t count_scan(const orderstore_reader_t* reader) {
  orderstore_barcode rows[300];
  const size_t capacity = sizeof rows / sizeof *rows;
  int64_t total = 0;
  int32_t after = 0;
  size_t count = capacity;
  while (count == capacity) {
    CHECK_OK(orderstore_read_barcodes(reader, after, rows, capacity, &count));
    if (count > 0) after = rows[count - 1].id;
    total += (int64_t)count;
  }
  return total;
}

/* What the shop has sold and whom it has let in. */
static void read_shop(const orderstore_t* store) {
  orderstore_view_t* view = NULL;
  CHECK_OK(orderstore_view_open(store, ORDERSTORE_READ_DEFAULT, &view));
  const orderstore_reader_t* const reader = orderstore_view_reader(view);

  orderstore_customer ann;
  CHECK_OK(
      orderstore_find_customer_by_email(reader, text("ann@example.com"), &ann));
  CHECK(ann.id == 1 && is_text(ann.name, "Ann Bee"));
  CHECK_FAILS(ORDERSTORE_NOT_FOUND, orderstore_find_customer(reader, 99, &ann));
  CHECK(ann.id == 0 && ann.name.size == 0);

  orderstore_order orders[4];
  size_t count = 0;
  CHECK_OK(orderstore_orders_of(reader, 1, orders, 4, &count));
  CHECK(count == 1 && orders[0].customer_id == 1);
  orderstore_barcode used;
  CHECK_OK(orderstore_barcodes_of(reader, 1, ORDERSTORE_BARCODES_USED, &used, 1,
                                  &count));
  CHECK(count == 1 && is_text(used.value, "T0") && used.is_used == 1);
  CHECK_FAILS(ORDERSTORE_OUT_OF_RANGE,
              orderstore_barcodes_of(reader, 1, ORDERSTORE_BARCODES_ALL, &used,
                                     1, &count));
  CHECK(count == 3);

  orderstore_customer_tickets top[5];
  CHECK_OK(orderstore_top_customers(reader, 5, top, &count));
  CHECK(count == 2 && top[0].customer_id == 1 && top[0].ticket_count == 3);
  orderstore_counts counts;
  CHECK_OK(orderstore_get_counts(reader, &counts));
  CHECK(counts.barcodes == 1000 && counts.unassigned_barcodes == 996);
  CHECK(count_scan(reader) == 1000);
  orderstore_view_destroy(view);
}

/* How many findings there were. */
static void count_finding(void* context, const orderstore_finding* finding) {
  CHECK(finding->file != NULL && finding->what != NULL);
  ++*(int*)context;
}

static void look_after(orderstore_t* store, const char* folder,
                       const char* shop) {
  char copy[4096];
  char saved[4096];
  uint64_t lsn = 0;
  int findings = 0;
  set_path(copy, sizeof copy, folder, "copy");
  set_path(saved, sizeof saved, folder, "saved");
  CHECK_OK(orderstore_write_snapshot(store, &lsn));
  CHECK(lsn == 3);
  CHECK_OK(orderstore_backup(store, copy, NULL, &lsn));
  CHECK_FAILS(ORDERSTORE_ALREADY_EXISTS,
              orderstore_backup(store, copy, NULL, &lsn));
  CHECK_OK(orderstore_check(store, ORDERSTORE_NO_TIMEOUT));
  orderstore_stats stats;
  CHECK_OK(orderstore_get_stats(store, &stats, sizeof stats));
  CHECK(stats.durable_lsn == 3 && stats.snapshot_lsn == 3);
  CHECK(stats.memory_bytes > 0 && stats.has_log == 1);
  CHECK_OK(orderstore_log_status(store));
  static char metrics[16 << 10];
  size_t size = 0;
  CHECK_OK(orderstore_prometheus_text(store, "shop", metrics, sizeof metrics,
                                      &size));
  CHECK(strlen(metrics) == size);
  CHECK(strstr(metrics, "\norderstore_durable_lsn{store=\"shop\"} 3\n") !=
        NULL);

  orderstore_verify_report verified;
  CHECK_OK(orderstore_verify(shop, 1, count_finding, &findings, &verified,
                             sizeof verified));
  CHECK(verified.problems == 0 && verified.opens == 1);
  CHECK(findings == verified.warnings);
  CHECK(strlen(verified.store_uuid) == 36);
  orderstore_salvage_report salvaged;
  CHECK_OK(orderstore_salvage(copy, saved, NULL, count_finding, &findings,
                              &salvaged, sizeof salvaged));
  CHECK(salvaged.is_whole == 1 && salvaged.lsn == 3);

  orderstore_log_t* log = NULL;
  orderstore_logged_txn txn;
  CHECK_OK(orderstore_log_open(shop, 2, &log));
  CHECK_OK(orderstore_log_next(log, &txn));
  CHECK(txn.lsn == 3 && txn.change_count == 1 && txn.changes[0].is_used == 1);
  CHECK_FAILS(ORDERSTORE_NOT_FOUND, orderstore_log_next(log, &txn));
  orderstore_log_destroy(log);
}

int main(int argc, char** argv) {
  char shop[4096];
  if (argc != 2) {
    fprintf(stderr, "usage: life FOLDER\n");
    return 2;
  }
  set_path(shop, sizeof shop, argv[1], "shop");

  orderstore_t* store = open_shop(shop);
  orderstore_open_report report;
  CHECK_OK(orderstore_get_open_report(store, &report, sizeof report));
  CHECK(report.created == 1);
  fill(store);
  sell(store);
  admit(store);
  read_shop(store);
  look_after(store, argv[1], shop);

  /* Nobody else opens it, and what is in use is not torn down. */
  orderstore_t* second = NULL;
  CHECK_FAILS(ORDERSTORE_FAILED_PRECONDITION,
              orderstore_open(shop, NULL, 0, &second));
  CHECK(second == NULL);
  orderstore_view_t* view = NULL;
  CHECK_OK(orderstore_view_open(store, ORDERSTORE_READ_LATEST, &view));
  CHECK_FAILS(ORDERSTORE_FAILED_PRECONDITION, orderstore_destroy(store));
  orderstore_view_destroy(view);
  CHECK_OK(orderstore_close(store));
  CHECK_OK(orderstore_destroy(store));

  store = open_shop(shop);
  CHECK_OK(orderstore_get_open_report(store, &report, sizeof report));
  CHECK(report.created == 0 && report.lsn == 3 && report.snapshot_lsn == 3);
  CHECK(report.closed_cleanly == 1);
  read_shop(store);
  CHECK_OK(orderstore_destroy(store));
  return 0;
}
