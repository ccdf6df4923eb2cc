#include "password.h"

#include <algorithm>

namespace orderstore::tools {

namespace {

constexpr std::string_view kHidden = "***";

}  // namespace

std::optional<Stretch> FindPassword(std::string_view text) {
  constexpr std::string_view kKey = "password=";
  if (const size_t key = text.find(kKey); key != text.npos) {
    const size_t begin = key + kKey.size();
    // Where it ends depends on quotes, which may be wrong.
    if (begin < text.size() && text.substr(begin) != kHidden) {
      return Stretch{begin, text.size()};
    }
  }
  constexpr std::string_view kScheme = "://";
  for (size_t at = text.find(kScheme); at != text.npos;
       at = text.find(kScheme, at + 1)) {
    const size_t begin = at + kScheme.size();
    const size_t end = std::min(text.find_first_of(" \n", begin), text.size());
    const std::string_view uri = text.substr(begin, end - begin);
    const size_t colon = uri.find(':');
    const size_t host = uri.rfind('@');
    if (colon == uri.npos || host == uri.npos || host <= colon + 1) continue;
    if (uri.substr(colon + 1, host - colon - 1) == kHidden) continue;
    return Stretch{begin + colon + 1, begin + host};
  }
  return std::nullopt;
}

std::string WithoutPasswords(std::string text) {
  while (const std::optional<Stretch> found = FindPassword(text)) {
    text.replace(found->begin, found->end - found->begin, kHidden);
  }
  return text;
}

void HidePasswords(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (const std::optional<Stretch> found = FindPassword(argument)) {
      std::fill(argv[i] + found->begin, argv[i] + found->end, '*');
    }
  }
}

}  // namespace orderstore::tools
