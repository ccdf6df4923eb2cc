// Fills an empty Redis server with all rows: see redis_peer.h.

#ifndef ORDERSTORE_BENCH_PEERS_REDIS_LOAD_H_
#define ORDERSTORE_BENCH_PEERS_REDIS_LOAD_H_

#include "peers/redis_connection.h"
#include "workload.h"

namespace orderstore::bench {

void LoadRedis(const Workload& data, RedisConnection& connection);

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PEERS_REDIS_LOAD_H_
