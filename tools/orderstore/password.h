// Passwords of databases' URIs, which nobody else is to see.
//
// Thread-safety: functions without state.

#ifndef ORDERSTORE_TOOLS_PASSWORD_H_
#define ORDERSTORE_TOOLS_PASSWORD_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace orderstore::tools {

struct Stretch {
  size_t begin;
  size_t end;
};

// Where the first password is in a text that has a URI or `key=value` words in
// it, however it is written: between the name and the host, or all behind
// `password=`. None: there is none.
std::optional<Stretch> FindPassword(std::string_view text);

// The text with `***` in place of each.
std::string WithoutPasswords(std::string text);

// Overwrites the passwords of the process's arguments, which everybody can see.
void HidePasswords(int argc, char** argv);

}  // namespace orderstore::tools

#endif  // ORDERSTORE_TOOLS_PASSWORD_H_
