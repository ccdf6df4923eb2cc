// Reads lines from a descriptor, until its end or until another descriptor has
// something to read: how a signal ends the wait.

#ifndef ORDERSTORE_TOOLS_SHELL_LINE_READER_H_
#define ORDERSTORE_TOOLS_SHELL_LINE_READER_H_

#include <cstddef>
#include <string>

namespace orderstore::shell {

class LineReader {
 public:
  enum class Outcome {
    kLine,
    kTooLong,  // the line's beginning; the rest is passed over
    kEnd,      // of the input, after an error or by the other descriptor
  };

  // Longer than any command can be: two texts of 255 characters, each character
  // of four bytes, each byte written as \xNN.
  static constexpr size_t kLineBytesMax = size_t{1} << 16;

  // Both descriptors stay the caller's; `stop` may be -1.
  LineReader(int descriptor, int stop) : descriptor_(descriptor), stop_(stop) {}

  // Reads a line without its end, LF or CRLF. The last line of the input may
  // lack it; one that is cut off in another way is dropped.
  Outcome Next(std::string& line);

  // The errno that ended the input; 0 if it was its end.
  int error() const { return error_; }

 private:
  // Appends to buffer_; false: there is no more.
  bool Fill();

  const int descriptor_;
  const int stop_;
  std::string buffer_;  // read, from next_ on not yet given out
  size_t next_ = 0;
  bool has_ended_ = false;
  bool at_end_of_input_ = false;  // that is why
  int error_ = 0;
};

}  // namespace orderstore::shell

#endif  // ORDERSTORE_TOOLS_SHELL_LINE_READER_H_
