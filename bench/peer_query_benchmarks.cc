// Questions about the whole of a loaded peer:
//
//   top_customers    query: the five customers with most tickets, from the rows
//                    or their indexes
//   unassigned_count query: how many barcodes are not sold, by the index that
//                    finds them
//   every_row        warm: reads every row once, in id order
//
// Each is asked until 50 ms are over; the time is the mean. The answers of all
// peers are compared.

#include <cstdint>
#include <string>
#include <string_view>

#include "peer_benchmarks.h"
#include "peer_fixtures.h"
#include "peer_queries.h"

namespace orderstore::bench {
namespace {

template <typename Ask>
void RegisterQuery(std::string_view work, std::string_view variant,
                   const PeerKind& kind, int32_t customers, Ask ask) {
  RegisterPeer(work, variant, kind, customers,
               [=, work = std::string(work)](benchmark::State& state) {
                 MeasureQuery(state, kind, customers, work,
                              WarmReader(kind, customers), ask);
               });
}

}  // namespace

void RegisterPeerQueries(const PeerKind& kind, int32_t customers) {
  RegisterQuery(
      "top_customers", "query", kind, customers,
      [](PeerReader& reader) { return reader.TopCustomers(kTopCustomers); });
  RegisterQuery("unassigned_count", "query", kind, customers,
                [](PeerReader& reader) { return reader.CountUnassigned(); });
  RegisterQuery("every_row", "warm", kind, customers,
                [](PeerReader& reader) { return reader.ReadEveryRow(); });
}

}  // namespace orderstore::bench
