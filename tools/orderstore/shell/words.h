// Words of the shell's text protocol, read and printed.
//
//   customer 7 ann@example.com "Ann \"the\" Bee"    words, parted by blanks
//   a: begin                                        the same, in session a
//
// Blanks are spaces and tabs. A word with blanks, double quotes or backslashes
// stands in double quotes, in which a backslash escapes: \" \\ \n \r and \xNN,
// a byte in two hexadecimal digits. An empty word is "". Every text has such a
// form on one line without control characters, and AppendWord gives it.

#ifndef ORDERSTORE_TOOLS_SHELL_WORDS_H_
#define ORDERSTORE_TOOLS_SHELL_WORDS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace orderstore::shell {

// A line, divided: `session` is empty for the session without a name. The views
// are into the line.
struct Line {
  std::string_view session;
  std::string_view command;
};
Line DivideLine(std::string_view text);

// True if there is nothing to do: only blanks, or a comment, which begins with
// `#`.
bool IsEmptyCommand(std::string_view command);

// InvalidArgument: the quotes or a backslash are wrong; the message says how.
absl::StatusOr<std::vector<std::string>> ParseWords(std::string_view command);

// Appends the word as ParseWords reads it.
void AppendWord(std::string_view word, std::string& line);

// The same for the first word of a line of a reply: what could be mistaken for
// a status line or a session's name is put in quotes too.
std::string FirstWord(std::string_view word);

}  // namespace orderstore::shell

#endif  // ORDERSTORE_TOOLS_SHELL_WORDS_H_
