// PostgreSQL 15, a server of its own, asked by libpq. Kinds:
//
//   postgresql_sync   synchronous_commit on: the log is synced before a commit
//                     returns; commits of sessions that wait share a sync
//   postgresql_async  off: the log is written and synced by the WAL writer,
//                     three times wal_writer_delay (200 ms) later at most
//
// The schema is that of src/sql: serial ids, timestamps without time zone,
// unique constraints, foreign keys, the index ix_orders_customer_id; that
// of barcodes is of order_id alone. Settings, and why:
//
//   connection      a Unix socket, a session a reader or writer. Statements are
//                   prepared, parameters and results binary; every call is one
//                   autocommit statement, so one round trip; a batch is `= ANY`
//                   of an array, whose rows the client puts in order
//   checkout        one statement of data-modifying CTEs. It looks for the
//                   customer before it inserts one, so that no id is drawn in
//                   vain; ON CONFLICT is for a session that inserts the same
//                   meanwhile
//   locale          C, UTF8: texts are compared byte by byte, as the store does
//   shared_buffers  4 GiB: the data set stays in it. A scan of a table larger
//                   than a quarter of it would use a small ring of buffers
//   barcodes        an index without is_used, and fillfactor 90: to redeem one
//                   changes no key, and stays within the page (HOT)
//   wal_compression  lz4: images of whole pages get smaller
//   wal_level       replica, which pg_basebackup needs. A new cluster starts
//                   with minimal, until its load is done: a COPY into a table
//                   of the same transaction then writes no log, but syncs the
//                   table
//   wal_sync_method, commit_delay  as by default: with open_datasync, and with
//                   50 us, 1, 8 and 64 sessions check out no faster
//   checkpoints     checkpoint_timeout 15 min, max_wal_size 8 GiB: rare, as
//                   each makes the next change of every page log the whole page
//                   (full_page_writes is on, as is fsync)
//   recovery_init_sync_method  syncfs: after a crash one call syncs all files,
//                   not one a file, of which a new cluster has a thousand
//   run in          before sales are measured, every page that they change is
//                   logged whole once: so it is some minutes after a
//                   checkpoint, while the restart after the load is one. What
//                   is measured has whole pages where a backup begins with a
//                   checkpoint, or one is due after 15 min
//   plan_cache_mode  force_generic_plan: no prepared statement is planned again
//   jit             off: statements are short
//   memory          work_mem 256 MiB: sorts and hash tables of the query of the
//                   whole stay in memory; maintenance_work_mem 1 GiB: so do the
//                   sorts of an index's making
//   random_page_cost  1.1: pages are in memory or on a solid-state disk
//   autovacuum      on, as by default
//   load            one transaction: COPY in binary format with FREEZE, which
//                   also makes the visibility map, into tables without
//                   constraints; then these and the indexes, sequences; VACUUM
//                   ANALYZE; all in the load's time. A restart follows, with
//                   wal_level replica
//   every row       COPY (SELECT ... ORDER BY id) TO STDOUT in binary format,
//                   three of them in one snapshot
//   backup          pg_basebackup over the socket, checkpoint=fast, the log
//                   streamed beside; it syncs what it has written
//
// PostgreSQL refuses to run as root: root's runs as the user postgres, who has
// to be able to pass the folders above the scratch folder.

#ifndef ORDERSTORE_BENCH_PEERS_POSTGRESQL_PEER_H_
#define ORDERSTORE_BENCH_PEERS_POSTGRESQL_PEER_H_

#include <memory>
#include <string>

#include "peers/peer.h"

namespace orderstore::bench {

enum class PostgresqlMode { kSync, kAsync };

std::unique_ptr<Peer> MakePostgresqlPeer(const std::string& path,
                                         PostgresqlMode mode);

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PEERS_POSTGRESQL_PEER_H_
