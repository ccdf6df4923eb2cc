// What every PostgreSQL server of the benchmarks is set to. Why is told in
// postgresql_peer.h. bench/export_speed reads the names and values here, too.

#ifndef ORDERSTORE_BENCH_PEERS_POSTGRESQL_SETTINGS_H_
#define ORDERSTORE_BENCH_PEERS_POSTGRESQL_SETTINGS_H_

#include <array>

namespace orderstore::bench {

inline constexpr auto kPostgresqlSettings = std::to_array<const char*>({
    "max_connections=100",
    "timezone=UTC",
    "shared_buffers=4GB",
    "work_mem=256MB",
    "maintenance_work_mem=1GB",
    "random_page_cost=1.1",
    "plan_cache_mode=force_generic_plan",
    "jit=off",
    "fsync=on",
    "full_page_writes=on",
    "recovery_init_sync_method=syncfs",
    "wal_compression=lz4",
    "checkpoint_timeout=15min",
    "max_wal_size=8GB",
});

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PEERS_POSTGRESQL_SETTINGS_H_
