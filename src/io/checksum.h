// XXH3, the checksum of everything on disk: 3 ns for 64 bytes, 19 GB/s for
// large blocks. (Y. Collet, https://github.com/Cyan4973/xxHash; the algorithm
// is frozen since version 0.8.0.)

#ifndef ORDERSTORE_IO_CHECKSUM_H_
#define ORDERSTORE_IO_CHECKSUM_H_

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstdint>
#include <string_view>

namespace orderstore::io {

inline uint64_t Checksum(std::string_view bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

}  // namespace orderstore::io

#endif  // ORDERSTORE_IO_CHECKSUM_H_
