// What a VARCHAR(255) may hold: valid UTF-8 (RFC 3629: no overlong forms, no
// surrogates, nothing above U+10FFFF) of at most 255 characters, without NUL.

#ifndef ORDERSTORE_TXN_TEXT_CHECK_H_
#define ORDERSTORE_TXN_TEXT_CHECK_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace orderstore::txn {

enum class Empty { kAllowed, kRefused };

// InvalidArgument names the column, the value and what is wrong with it.
absl::Status CheckText(std::string_view column, std::string_view text,
                       Empty empty);

// A value as messages show it: quoted, control bytes and invalid bytes
// escaped, cut when it is long.
std::string Quoted(std::string_view text);

}  // namespace orderstore::txn

#endif  // ORDERSTORE_TXN_TEXT_CHECK_H_
