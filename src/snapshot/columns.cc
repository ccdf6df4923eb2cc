#include "snapshot/columns.h"

#include <cereal/archives/portable_binary.hpp>
#include <exception>
#include <istream>
#include <ostream>
#include <streambuf>

namespace orderstore::snapshot {
namespace {

using Save = cereal::PortableBinaryOutputArchive;
using Load = cereal::PortableBinaryInputArchive;

// The first byte of an archive in little-endian order.
constexpr char kLittleEndian = 1;

// A stream of a fixed number of bytes; cereal throws when they do not suffice.
class Bytes : public std::streambuf {
 public:
  explicit Bytes(std::span<char> to) { setp(to.data(), to.data() + to.size()); }
  // Only read from.
  explicit Bytes(std::string_view from) {
    char* begin = const_cast<char*>(from.data());
    setg(begin, begin, begin + from.size());
  }

  bool written() const { return pptr() == epptr(); }
  bool read() const { return gptr() == egptr(); }
};

template <typename Archive>
void Visit(Archive& archive, Columns& columns) {
  columns.Visit(archive, [](auto* column, size_t bytes) {
    return cereal::binary_data(column, bytes);
  });
}

}  // namespace

bool SaveColumns(const Columns& columns, std::span<char> to) {
  if (to.size() != columns.body_bytes()) return false;
  Bytes bytes(to);
  std::ostream stream(&bytes);
  try {
    Save archive(stream, Save::Options::LittleEndian());
    // Saving reads them.
    Visit(archive, const_cast<Columns&>(columns));
  } catch (const std::exception&) {
    return false;
  }
  return bytes.written();
}

bool LoadColumns(std::string_view body, Columns& columns) {
  if (body.size() != columns.body_bytes() || body[0] != kLittleEndian) {
    return false;
  }
  Bytes bytes(body);
  std::istream stream(&bytes);
  try {
    Load archive(stream, Load::Options::LittleEndian());
    Visit(archive, columns);
  } catch (const std::exception&) {
    return false;
  }
  return bytes.read();
}

}  // namespace orderstore::snapshot
