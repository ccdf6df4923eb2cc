#include "table/text_equal.h"

#include <memory>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace orderstore::table {
namespace {

// A copy whose bytes end where the memory does, so that a sanitizer sees a look
// behind them.
class Exact {
 public:
  explicit Exact(std::string_view text)
      : bytes_(std::make_unique<char[]>(text.size())), size_(text.size()) {
    text.copy(bytes_.get(), size_);
  }
  std::string_view text() const { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<char[]> bytes_;
  size_t size_;
};

TEST(TextEqualTest, EveryByteCounts) {
  for (size_t size = 0; size <= 70; ++size) {
    std::string text;
    for (size_t i = 0; i < size; ++i) text += static_cast<char>(200 + i);
    const Exact one(text);
    EXPECT_TRUE(TextEqual(one.text(), Exact(text).text())) << size;
    for (size_t i = 0; i < size; ++i) {
      std::string other = text;
      other[i] ^= 1;
      EXPECT_FALSE(TextEqual(one.text(), Exact(other).text())) << size << i;
    }
  }
}

TEST(TextEqualTest, TextsOfOtherSizesDiffer) {
  for (size_t size = 1; size <= 40; ++size) {
    const std::string text(size, 'a');
    EXPECT_FALSE(TextEqual(text, text.substr(1)));
    EXPECT_FALSE(TextEqual(text, text + 'a'));
  }
}

}  // namespace
}  // namespace orderstore::table
