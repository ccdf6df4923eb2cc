// The email and the name of a customer of whom only the id is known:
// `customer-7@import.invalid` and `Customer 7`.

#ifndef ORDERSTORE_CSV_MADE_UP_TEXTS_H_
#define ORDERSTORE_CSV_MADE_UP_TEXTS_H_

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace orderstore::csv {

class MadeUpTexts {
 public:
  explicit MadeUpTexts(int32_t customer_id) {
    std::array<char, 10> digits;
    const char* const end =
        std::to_chars(digits.begin(), digits.end(), customer_id).ptr;
    const auto size = static_cast<size_t>(end - digits.data());
    email_ = Join(email_text_, "customer-", {digits.data(), size},
                  "@import.invalid");
    name_ = Join(name_text_, "Customer ", {digits.data(), size}, "");
  }

  // They live as long as this.
  std::string_view email() const { return {email_text_.data(), email_}; }
  std::string_view name() const { return {name_text_.data(), name_}; }

 private:
  using Text = std::array<char, 40>;

  static size_t Join(Text& text, std::string_view before,
                     std::string_view digits, std::string_view after) {
    char* end = std::copy(before.begin(), before.end(), text.begin());
    end = std::copy(digits.begin(), digits.end(), end);
    end = std::copy(after.begin(), after.end(), end);
    return static_cast<size_t>(end - text.data());
  }

  Text email_text_;
  Text name_text_;
  size_t email_;
  size_t name_;
};

}  // namespace orderstore::csv

#endif  // ORDERSTORE_CSV_MADE_UP_TEXTS_H_
