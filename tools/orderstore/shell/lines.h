// Where the data lines of a reply go.

#ifndef ORDERSTORE_TOOLS_SHELL_LINES_H_
#define ORDERSTORE_TOOLS_SHELL_LINES_H_

#include <string_view>

namespace orderstore::shell {

class Lines {
 public:
  virtual ~Lines() = default;
  // `line` has no line end.
  virtual void Add(std::string_view line) = 0;
};

}  // namespace orderstore::shell

#endif  // ORDERSTORE_TOOLS_SHELL_LINES_H_
