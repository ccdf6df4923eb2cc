// Answers of peer_query_benchmarks.cc that the store has ready, as every commit
// keeps them up: each asked of a view of its own, and timed as those are. They
// are compared with those of all peers.
//
//   top_customers     maintained: the five customers with most tickets
//   unassigned_count  maintained: how many barcodes are not sold

#include <cstdint>
#include <string>
#include <string_view>

#include "orderstore/store.h"
#include "peer_benchmarks.h"
#include "peer_fixtures.h"
#include "peer_queries.h"
#include "peers/store_peer.h"

namespace orderstore::bench {
namespace {

template <typename Ask>
void RegisterMaintained(std::string_view work, const PeerKind& kind,
                        int32_t customers, Ask ask) {
  RegisterPeer(work, "maintained", kind, customers,
               [=, work = std::string(work)](benchmark::State& state) {
                 const Store& store = *StoreOf(*LoadedPeer(kind, customers));
                 MeasureQuery(state, kind, customers, work, store, ask);
               });
}

}  // namespace

void RegisterPeerMaintained(const PeerKind& kind, int32_t customers) {
  if (!kind.name.starts_with("store")) return;
  RegisterMaintained("top_customers", kind, customers, [](const Store& store) {
    return store.OpenReadView().TopCustomers(kTopCustomers);
  });
  RegisterMaintained("unassigned_count", kind, customers,
                     [](const Store& store) {
                       return store.OpenReadView().Counts().unassigned_barcodes;
                     });
}

}  // namespace orderstore::bench
