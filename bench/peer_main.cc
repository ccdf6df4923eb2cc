// The benchmarks of orderstore beside the peers that users might pick instead:
// one workload, one thin adapter a peer (peers/), the same answers from all,
// which are compared: a peer that answers differently ends the process.
//
//   peer_bench --customers=100000 --benchmark_filter=checkout/.*/sqlite_.*
//
// Tarantool runs the same benchmarks within itself: peers/tarantool_module.cc.
//
// All flags of Google Benchmark work, and those of main.cc. Peers whose
// libraries are not installed are left out of the program, which CMake tells;
// `tools/setup --bench` installs them. What is measured is told at the top of
// each peer_*_benchmarks.cc. Names are work/variant/peer/customers.
//
// All benchmarks of one peer run one after the other, then those of the next:
// do not let Google Benchmark interleave them, which would load the peers again
// and again. At a million customers one takes some 2 GiB of memory, and on the
// disk as much.

#include "peer_benchmarks.h"

int main(int argc, char** argv) {
  return orderstore::bench::RunPeerProgram(argc, argv);
}
