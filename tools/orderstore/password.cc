#include "password.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>

namespace orderstore::tools {

namespace {

constexpr std::string_view kHidden = "***";
// As libpq takes it.
constexpr std::string_view kSpace = " \t\n\v\f\r";

// A text in small letters, without percent signs' codes, and where each of its
// characters was.
struct Decoded {
  std::string text;
  std::vector<size_t> places;
};

Decoded Decode(std::string_view text) {
  Decoded decoded;
  for (size_t at = 0; at < text.size(); ++at) {
    decoded.places.push_back(at);
    uint8_t code = static_cast<uint8_t>(text[at]);
    if (code == '%' && at + 2 < text.size()) {
      const char* const end = text.data() + at + 3;
      if (std::from_chars(text.data() + at + 1, end, code, 16).ptr == end) {
        at += 2;
      }
    }
    decoded.text += static_cast<char>(std::tolower(code));
  }
  return decoded;
}

// Behind `password`, blanks and `=`; the text's size if there is none. Where a
// password ends depends on quotes, which may be wrong.
size_t BehindKey(std::string_view text) {
  constexpr std::string_view kKey = "password";
  const Decoded decoded = Decode(text);
  const std::string& all = decoded.text;
  for (size_t key = all.find(kKey); key != all.npos;
       key = all.find(kKey, key + 1)) {
    size_t at = all.find_first_not_of(kSpace, key + kKey.size());
    if (at == all.npos || all[at] != '=') continue;
    at = all.find_first_not_of(kSpace, at + 1);
    if (at != all.npos) return decoded.places[at];
  }
  return text.size();
}

// Where the host was forgotten, a password is taken for the port.
void AddPort(std::string_view uri, size_t begin, size_t colon,
             std::vector<Stretch>& found) {
  const size_t end = std::min(uri.find_first_of("/?", colon), uri.size());
  const std::string_view port = uri.substr(colon + 1, end - colon - 1);
  if (port.find_first_not_of("0123456789,") != port.npos) {
    found.push_back({begin + colon + 1, begin + end});
  }
}

// `name:PASSWORD@host`, in a URI or without what it begins with.
void AddUserInfo(std::string_view text, std::vector<Stretch>& found) {
  constexpr std::string_view kScheme = "://";
  size_t begin = 0;
  while (begin < text.size()) {
    size_t end = std::min(text.find_first_of(" \n", begin), text.size());
    const size_t scheme = text.substr(begin, end - begin).find(kScheme);
    if (scheme != text.npos) {
      begin += scheme + kScheme.size();
      // A password may have a blank in it.
      if (text.substr(begin, end - begin).find('@') == text.npos) {
        end = std::min(
            {text.find(kScheme, begin), text.find('\n', begin), text.size()});
      }
    }
    const std::string_view word = text.substr(begin, end - begin);
    const size_t colon = word.find(':');
    const size_t host = word.rfind('@');
    if (colon != word.npos && host != word.npos && host > colon + 1) {
      found.push_back({begin + colon + 1, begin + host});
    } else if (scheme != text.npos && colon != word.npos && host == word.npos) {
      AddPort(word, begin, colon, found);
    }
    begin = end + 1;
  }
}

}  // namespace

std::vector<Stretch> FindPasswords(std::string_view text) {
  std::vector<Stretch> found;
  AddUserInfo(text, found);
  const size_t behind_key = BehindKey(text);
  if (behind_key == text.size()) return found;
  std::erase_if(found, [&](const Stretch& stretch) {
    return stretch.begin >= behind_key;
  });
  if (!found.empty() && found.back().end > behind_key) {
    found.back().end = text.size();
  } else {
    found.push_back({behind_key, text.size()});
  }
  return found;
}

std::string WithoutPasswords(std::string text) {
  const std::vector<Stretch> found = FindPasswords(text);
  std::for_each(found.rbegin(), found.rend(), [&](const Stretch& stretch) {
    text.replace(stretch.begin, stretch.end - stretch.begin, kHidden);
  });
  return text;
}

void HidePasswords(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    for (const Stretch& stretch : FindPasswords(argv[i])) {
      std::fill(argv[i] + stretch.begin, argv[i] + stretch.end, '*');
    }
  }
}

}  // namespace orderstore::tools
