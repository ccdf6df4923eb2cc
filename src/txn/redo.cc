#include "txn/redo.h"

#include <limits>

namespace orderstore::txn {
namespace {

// The first byte of a change: its kind, and these.
constexpr uint8_t kKindBits = 0x1f;
constexpr uint8_t kUsed = 0x20;
constexpr uint8_t kNeverUpdated = 0x40;  // updated_at is created_at

}  // namespace

void Redo::Add(const RedoOp& op) {
  if (!base_) {
    base_ = op.inserts() ? op.created_at : op.updated_at;
    io::AppendFixed(body_, *base_);
  }
  const bool never_updated = op.inserts() && op.created_at == op.updated_at;
  body_ +=
      static_cast<char>(static_cast<uint8_t>(op.kind) | (op.used ? kUsed : 0) |
                        (never_updated ? kNeverUpdated : 0));
  io::AppendVarint(body_, op.id);
  if (op.has_text()) io::AppendText(body_, op.text);
  if (op.has_name()) io::AppendText(body_, op.name);
  if (op.has_parent()) io::AppendVarint(body_, op.parent);
  if (op.inserts()) AppendTime(op.created_at);
  if (!op.deletes() && !never_updated) AppendTime(op.updated_at);
}

RedoReader::RedoReader(std::string_view body)
    : decoder_(body), base_(decoder_.Fixed<int64_t>()) {}

int64_t RedoReader::Time() {
  return static_cast<int64_t>(static_cast<uint64_t>(base_) +
                              static_cast<uint64_t>(decoder_.SignedVarint()));
}

uint32_t RedoReader::Number() {
  const uint64_t number = decoder_.Varint();
  sound_ &= number <= std::numeric_limits<int32_t>::max();
  return static_cast<uint32_t>(number);
}

std::optional<RedoOp> RedoReader::Next() {
  if (decoder_.done() || !decoder_.ok() || !sound_) return std::nullopt;
  const auto first = decoder_.Fixed<uint8_t>();
  const uint8_t kind = first & kKindBits;
  const bool never_updated = (first & kNeverUpdated) != 0;
  RedoOp op{.kind = static_cast<RedoOp::Kind>(kind),
            .used = (first & kUsed) != 0};
  sound_ = kind >= 1 && kind <= RedoOp::kKindMax && (first & 0x80) == 0 &&
           (op.inserts() || !never_updated) && (op.has_used() || !op.used);
  if (!sound_) return std::nullopt;
  op.id = Number();
  if (op.has_text()) op.text = decoder_.Text();
  if (op.has_name()) op.name = decoder_.Text();
  if (op.has_parent()) op.parent = Number();
  if (op.inserts()) op.created_at = Time();
  if (!op.deletes()) op.updated_at = never_updated ? op.created_at : Time();
  if (!decoder_.ok() || !sound_) return std::nullopt;
  changes_ = true;
  return op;
}

}  // namespace orderstore::txn
