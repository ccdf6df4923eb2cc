// Runs arbitrary bytes as a script of the shell, on a store in memory, and
// holds the replies against the protocol: one status line a command, at its
// end; an error changes nothing; every printed row reads as itself. A line
// `NAME: COMMAND` runs in the one session that there is, as a transaction
// belongs to its thread.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "orderstore/store.h"
#include "shell/command.h"
#include "shell/conversation.h"
#include "shell/lines.h"
#include "shell/words.h"

namespace orderstore::shell {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

class CollectedLines : public Lines {
 public:
  void Add(std::string_view line) override { lines_.emplace_back(line); }
  const std::vector<std::string>& all() const { return lines_; }

 private:
  std::vector<std::string> lines_;
};

bool IsStatusLine(std::string_view line) {
  const std::string_view word = line.substr(0, line.find(' '));
  return word == "ok" || word == "committed" || word == "error";
}

// One that a reader of lines takes for one, and for nothing but data.
void RequireDataLine(std::string_view line) {
  Require(line.find_first_of("\n\r") == line.npos);
  Require(!IsStatusLine(line));
  Require(DivideLine(line).session.empty());
}

void RequireAnswer(const Answer& answer, std::string_view command) {
  const std::string line = answer.Line();
  Require(line.find_first_of("\n\r") == line.npos);
  Require(IsStatusLine(line));
  Require(answer.is_error() == (line.substr(0, 6) == "error "));
  // Nothing but the memory, ids and the user can be at fault.
  for (const char* code : {"io", "corrupt", "unknown"}) {
    Require(line.find(std::string("error ") + code) != 0);
  }
  if (command == "check" && answer.is_error()) {
    Require(line.find("error busy") == 0 || line.find("error syntax") == 0);
  }
}

std::vector<std::string> RowsOf(Conversation& conversation) {
  CollectedLines dump;
  const std::vector<std::string> words = {"dump", "full"};
  Require(!Execute(conversation, words, dump).is_error());
  return dump.all();
}

// Inserts the rows of a dump into another store, which then dumps the same.
void RequireDumpReadsAsItself(Conversation& conversation) {
  const std::vector<std::string> dump = {"dump"};
  CollectedLines rows;
  Require(!Execute(conversation, dump, rows).is_error());
  const std::unique_ptr<Store> store = *Store::OpenInMemory();
  Host host{.store = *store};
  Conversation copy(host);
  for (const std::string& row : rows.all()) {
    absl::StatusOr<std::vector<std::string>> words = ParseWords(row);
    Require(words.ok());
    CollectedLines none;
    if (words->front() == "barcode") {
      Require(words->size() == 4);
      const bool is_used = words->back() == "used";
      words->resize((*words)[2] == "-" ? 2 : 3);
      Require(!Execute(copy, *words, none).is_error());
      *words = {"redeem", (*words)[1]};
      if (!is_used) continue;
    }
    Require(!Execute(copy, *words, none).is_error());
  }
  CollectedLines again;
  Require(!Execute(copy, dump, again).is_error());
  Require(again.all() == rows.all());
}

void RunLine(std::string_view text, Conversation& conversation) {
  const Line line = DivideLine(text);
  if (IsEmptyCommand(line.command)) return;
  const absl::StatusOr<std::vector<std::string>> words =
      ParseWords(line.command);
  if (!words.ok()) return;
  Require(!words->empty());
  const std::vector<std::string> before = RowsOf(conversation);
  CollectedLines lines;
  const Answer answer = Execute(conversation, *words, lines);
  RequireAnswer(answer, words->front());
  for (const std::string& data : lines.all()) RequireDataLine(data);
  if (!answer.is_error()) return;
  Require(lines.all().empty());
  Require(RowsOf(conversation) == before);
}

void Run(std::string_view script) {
  const std::unique_ptr<Store> store =
      *Store::OpenInMemory({.memory_bytes_max = 64 << 20});
  Host host{.store = *store};
  {
    Conversation conversation(host);
    while (!script.empty()) {
      const size_t end = script.find('\n');
      RunLine(script.substr(0, end), conversation);
      if (end == script.npos) break;
      script.remove_prefix(end + 1);
    }
    RequireDumpReadsAsItself(conversation);
  }
  Require(store->Check().ok());
}

}  // namespace
}  // namespace orderstore::shell

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  orderstore::shell::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
