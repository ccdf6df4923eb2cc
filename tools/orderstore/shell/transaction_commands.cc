#include <array>

#include "shell/command.h"

namespace orderstore::shell {

namespace {

Answer Begin(Conversation& conversation, Words words, Lines&) {
  if (words.empty()) return conversation.Begin();
  return words[0] == "read" ? conversation.BeginRead() : Misused("begin");
}

Answer Commit(Conversation& conversation, Words words, Lines&) {
  if (words.empty()) return conversation.Commit(std::nullopt);
  if (words[0] == "sync") return conversation.Commit(Durability::kSync);
  if (words[0] == "async") return conversation.Commit(Durability::kAsync);
  return Misused("commit");
}

Answer Rollback(Conversation& conversation, Words, Lines&) {
  return conversation.Rollback();
}

constexpr std::array<Command, 3> kTransactionCommands = {{
    {"begin", "[read]",
     "Begins a transaction: what follows is committed whole or not at all.\n"
     "Waits for another session's; answers `error busy` after some seconds.\n"
     "`begin read` opens a read view: it shows one commit's state, whatever\n"
     "others commit meanwhile, and takes no writes.",
     0, 1, Begin},
    {"commit", "[sync|async]",
     "Ends the transaction: `committed LSN` when it holds to the store's\n"
     "degree of durability, or to the one given. A commit that fails ends the\n"
     "transaction, too: none of it holds, or, after `error unknown`, nobody\n"
     "knows. Ends a read view: `ok`.",
     0, 1, Commit},
    {"rollback", "", "Ends the transaction and undoes it, or the read view.", 0,
     0, Rollback},
}};

}  // namespace

std::span<const Command> TransactionCommands() { return kTransactionCommands; }

}  // namespace orderstore::shell
