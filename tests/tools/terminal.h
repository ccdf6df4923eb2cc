// A terminal that the command can write to.

#ifndef ORDERSTORE_TESTS_TOOLS_TERMINAL_H_
#define ORDERSTORE_TESTS_TOOLS_TERMINAL_H_

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <string>

namespace orderstore {

class Terminal {
 public:
  Terminal() : descriptor_(posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK)) {
    if (descriptor_ < 0 || grantpt(descriptor_) != 0 ||
        unlockpt(descriptor_) != 0) {
      return;
    }
    const char* const path = ptsname(descriptor_);
    if (path == nullptr) return;
    path_ = path;
    // Keeps what was written when the command has closed it.
    other_end_ = open(path, O_RDWR | O_NOCTTY);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal() {
    if (other_end_ >= 0) close(other_end_);
    if (descriptor_ >= 0) close(descriptor_);
  }

  // Empty: there are no terminals here.
  const std::string& path() const { return path_; }

  std::string Shown() const {
    std::string shown;
    std::array<char, 4096> bytes;
    for (ssize_t got; (got = read(descriptor_, bytes.data(), bytes.size())) > 0;
         shown.append(bytes.data(), static_cast<size_t>(got))) {
    }
    return shown;
  }

 private:
  const int descriptor_;
  int other_end_ = -1;
  std::string path_;
};

}  // namespace orderstore

#endif  // ORDERSTORE_TESTS_TOOLS_TERMINAL_H_
