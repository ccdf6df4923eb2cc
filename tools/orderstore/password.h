// Passwords of databases' URIs, which nobody else is to see.
//
// Thread-safety: functions without state.

#ifndef ORDERSTORE_TOOLS_PASSWORD_H_
#define ORDERSTORE_TOOLS_PASSWORD_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace orderstore::tools {

struct Stretch {
  size_t begin;
  size_t end;
};

// Where passwords may be in a text that has a URI or `key = value` words in it,
// however it is written: between a name and a host, and all behind `password=`.
// In order, apart.
std::vector<Stretch> FindPasswords(std::string_view text);

// The text with `***` in place of each.
std::string WithoutPasswords(std::string text);

// Overwrites the passwords of the process's arguments, which everybody can see.
void HidePasswords(int argc, char** argv);

}  // namespace orderstore::tools

#endif  // ORDERSTORE_TOOLS_PASSWORD_H_
