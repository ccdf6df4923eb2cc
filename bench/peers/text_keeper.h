// Keeps the texts of a reader's answers until its next call, for peers whose
// own memory may change before that.

#ifndef ORDERSTORE_BENCH_PEERS_TEXT_KEEPER_H_
#define ORDERSTORE_BENCH_PEERS_TEXT_KEEPER_H_

#include <cstddef>
#include <cstring>
#include <string_view>
#include <vector>

#include "checks.h"
#include "orderstore/records.h"

namespace orderstore::bench {

class TextKeeper {
 public:
  void Clear() { used_ = 0; }

  std::string_view Keep(std::string_view text) {
    Require(used_ + text.size() <= bytes_.size(), "an answer is too long");
    char* const at = bytes_.data() + used_;
    std::memcpy(at, text.data(), text.size());
    used_ += text.size();
    return {at, text.size()};
  }

 private:
  // The longest texts of 32 customers, of four bytes a character.
  std::vector<char> bytes_ =
      std::vector<char>(32 * 2 * 4 * size_t{kTextCharactersMax});
  size_t used_ = 0;
};

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PEERS_TEXT_KEEPER_H_
