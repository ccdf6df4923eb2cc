/* Names every function of the C API, a line each, so that each is linked: one
 * that is declared and not defined, or not exported, keeps this program from
 * being built. */

#include <stdio.h>

#include "orderstore/c.h"

typedef void function(void);

#define FUNCTION(name) \
  { #name, (function*)name }

static const struct {
  const char* name;
  function* address;
} functions[] = {
    FUNCTION(orderstore_code_name),
    FUNCTION(orderstore_last_message),
    FUNCTION(orderstore_version),
    FUNCTION(orderstore_text_of),
    FUNCTION(orderstore_open),
    FUNCTION(orderstore_open_read_only),
    FUNCTION(orderstore_open_as_of),
    FUNCTION(orderstore_open_snapshot),
    FUNCTION(orderstore_open_in_memory),
    FUNCTION(orderstore_close),
    FUNCTION(orderstore_destroy),
    FUNCTION(orderstore_get_open_report),
    FUNCTION(orderstore_get_bad_snapshot),
    FUNCTION(orderstore_get_schema_revision),
    FUNCTION(orderstore_migrate),
    FUNCTION(orderstore_begin),
    FUNCTION(orderstore_txn_commit),
    FUNCTION(orderstore_txn_abort),
    FUNCTION(orderstore_txn_destroy),
    FUNCTION(orderstore_insert_customer),
    FUNCTION(orderstore_find_or_create_customer),
    FUNCTION(orderstore_update_customer),
    FUNCTION(orderstore_delete_customer),
    FUNCTION(orderstore_insert_order),
    FUNCTION(orderstore_update_order),
    FUNCTION(orderstore_delete_order),
    FUNCTION(orderstore_insert_barcode),
    FUNCTION(orderstore_insert_barcode_values),
    FUNCTION(orderstore_update_barcode),
    FUNCTION(orderstore_delete_barcode),
    FUNCTION(orderstore_insert_customers),
    FUNCTION(orderstore_insert_orders),
    FUNCTION(orderstore_insert_barcodes),
    FUNCTION(orderstore_assign_barcodes),
    FUNCTION(orderstore_assign_barcode),
    FUNCTION(orderstore_redeem),
    FUNCTION(orderstore_unredeem),
    FUNCTION(orderstore_view_open),
    FUNCTION(orderstore_view_open_at_least),
    FUNCTION(orderstore_view_destroy),
    FUNCTION(orderstore_view_reader),
    FUNCTION(orderstore_txn_reader),
    FUNCTION(orderstore_get_lsn),
    FUNCTION(orderstore_find_customer),
    FUNCTION(orderstore_find_customer_by_email),
    FUNCTION(orderstore_find_order),
    FUNCTION(orderstore_find_barcode),
    FUNCTION(orderstore_find_barcode_by_value),
    FUNCTION(orderstore_find_customers),
    FUNCTION(orderstore_find_customers_by_email),
    FUNCTION(orderstore_find_orders),
    FUNCTION(orderstore_find_barcodes),
    FUNCTION(orderstore_find_barcodes_by_value),
    FUNCTION(orderstore_orders_of),
    FUNCTION(orderstore_barcodes_of),
    FUNCTION(orderstore_read_customers),
    FUNCTION(orderstore_read_orders),
    FUNCTION(orderstore_read_barcodes),
    FUNCTION(orderstore_read_unassigned_barcodes),
    FUNCTION(orderstore_get_counts),
    FUNCTION(orderstore_get_digests),
    FUNCTION(orderstore_get_next_ids),
    FUNCTION(orderstore_get_ticket_count),
    FUNCTION(orderstore_top_customers),
    FUNCTION(orderstore_get_durable_lsn),
    FUNCTION(orderstore_log_status),
    FUNCTION(orderstore_wait_durable),
    FUNCTION(orderstore_sync),
    FUNCTION(orderstore_write_snapshot),
    FUNCTION(orderstore_snapshot_status),
    FUNCTION(orderstore_cancel_create),
    FUNCTION(orderstore_cancel_request),
    FUNCTION(orderstore_cancel_destroy),
    FUNCTION(orderstore_backup),
    FUNCTION(orderstore_get_stats),
    FUNCTION(orderstore_prometheus_text),
    FUNCTION(orderstore_check),
    FUNCTION(orderstore_verify),
    FUNCTION(orderstore_salvage),
    FUNCTION(orderstore_log_open),
    FUNCTION(orderstore_log_open_oldest),
    FUNCTION(orderstore_log_next),
    FUNCTION(orderstore_log_get_lsn),
    FUNCTION(orderstore_log_get_store_uuid),
    FUNCTION(orderstore_log_destroy),
};

int main(void) {
  const size_t count = sizeof functions / sizeof *functions;
  for (size_t i = 0; i < count; ++i) {
    if (functions[i].address == NULL) return 1;
    puts(functions[i].name);
  }
  return 0;
}
