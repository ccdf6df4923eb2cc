#include <array>

#include "absl/strings/str_cat.h"
#include "shell/arguments.h"
#include "shell/command.h"
#include "shell/row_lines.h"
#include "shell/words.h"

namespace orderstore::shell {

namespace {

using Values = std::vector<std::string>;

Answer OkOr(const absl::Status& status) {
  return status.ok() ? Answer::Ok() : Answer::Error(status);
}

// What is answered to an insert or update; where it meets the row `there`, with
// that. It may be the transaction's own.
template <typename RowId, typename Row>
Answer IdOr(const absl::StatusOr<RowId>& id, const std::optional<Row>& there) {
  if (id.ok()) return Answer::Ok(std::to_string(id->value()));
  const absl::Status& status = id.status();
  if (!absl::IsAlreadyExists(status) || !there) return Answer::Error(status);
  return Answer::Error(
      ErrorCode::kExists,
      absl::StrCat(status.message(), "; there is ", LineOf(*there)));
}

Answer Missing(std::string_view what, std::string_view name) {
  std::string text = absl::StrCat("there is no ", std::string(what), " ");
  AppendWord(name, text);
  return Answer::Error(ErrorCode::kMissing, text);
}

// ---- Rows ------------------------------------------------------------------

Answer PutCustomer(Transaction& txn, std::optional<CustomerId> id,
                   std::string_view email, std::string_view name) {
  absl::StatusOr<CustomerId> put = id.value_or(CustomerId());
  if (id && txn.FindCustomer(*id)) {
    const absl::Status status =
        txn.UpdateCustomer(*id, {.email = email, .name = name});
    if (!status.ok()) put = status;
  } else {
    put = txn.InsertCustomer({.email = email, .name = name, .id = id});
  }
  return IdOr(put, txn.FindCustomerByEmail(email));
}

Answer Customer(Conversation& conversation, Words words, Lines& lines) {
  const std::optional<CustomerId> id = ParseId<CustomerId>(words[0]);
  if (!id && words[0] != kNextId) return NoId(words[0]);
  return conversation.Write(lines, [&](Transaction& txn, Values&) {
    return PutCustomer(txn, id, words[1], words[2]);
  });
}

Answer Order(Conversation& conversation, Words words, Lines& lines) {
  const std::optional<OrderId> id = ParseId<OrderId>(words[0]);
  if (!id && words[0] != kNextId) return NoId(words[0]);
  const std::optional<CustomerId> customer = ParseId<CustomerId>(words[1]);
  if (!customer) return NoId(words[1]);
  return conversation.Write(lines, [&](Transaction& txn, Values&) {
    const auto put = txn.InsertOrder({.customer_id = *customer, .id = id});
    return IdOr(put, txn.FindOrder(id.value_or(OrderId())));
  });
}

Answer Barcode(Conversation& conversation, Words words, Lines& lines) {
  std::optional<OrderId> order;
  if (words.size() > 1) {
    order = ParseId<OrderId>(words[1]);
    if (!order) return NoId(words[1]);
  }
  return conversation.Write(lines, [&](Transaction& txn, Values&) {
    const auto put = txn.InsertBarcode({.value = words[0], .order_id = order});
    return IdOr(put, txn.FindBarcodeByValue(words[0]));
  });
}

// ---- Barcodes' life --------------------------------------------------------

// Assigning and redeeming fail for several reasons with one code of the
// library, so they look at the barcode first: it is the same within the
// transaction.

Answer AssignValue(Transaction& txn, std::string_view value, OrderId order) {
  const absl::Status status = txn.AssignBarcode(value, order);
  if (!absl::IsFailedPrecondition(status)) return OkOr(status);
  const auto row = txn.FindBarcodeByValue(value);
  return Answer::Error(
      row && !row->order_id ? ErrorCode::kUsed : ErrorCode::kInUse,
      {status.message().data(), status.message().size()});
}

Answer Assign(Conversation& conversation, Words words, Lines& lines) {
  const std::optional<OrderId> order = ParseId<OrderId>(words[1]);
  if (!order) return NoId(words[1]);
  return conversation.Write(lines, [&](Transaction& txn, Values&) {
    return AssignValue(txn, words[0], *order);
  });
}

Answer TakeValues(Transaction& txn, size_t count, OrderId order,
                  Values& values) {
  const auto rows = txn.AssignBarcodes(order, count);
  if (!rows.ok()) return Answer::Error(rows.status());
  for (const orderstore::Barcode& row : *rows) {
    values.push_back(FirstWord(row.value));
  }
  return Answer::Ok(std::to_string(rows->size()));
}

Answer Take(Conversation& conversation, Words words, Lines& lines) {
  const std::optional<size_t> count = ParseCount(words[0]);
  if (!count) return NoCount(words[0]);
  const std::optional<OrderId> order = ParseId<OrderId>(words[1]);
  if (!order) return NoId(words[1]);
  return conversation.Write(lines, [&](Transaction& txn, Values& values) {
    return TakeValues(txn, *count, *order, values);
  });
}

Answer RedeemValue(Transaction& txn, std::string_view value) {
  const absl::Status status = txn.Redeem(value);
  if (!absl::IsFailedPrecondition(status)) return OkOr(status);
  const auto row = txn.FindBarcodeByValue(value);
  std::string word;
  AppendWord(value, word);
  if (row && row->is_used && row->order_id) {
    return Answer::Error(
        ErrorCode::kUsed,
        absl::StrCat(word, " was redeemed at ", TimeText(row->updated_at)));
  }
  return Answer::Error(
      ErrorCode::kInvalid,
      absl::StrCat(word, " is unassigned and cannot be redeemed"));
}

Answer Redeem(Conversation& conversation, Words words, Lines& lines) {
  return conversation.Write(lines, [&](Transaction& txn, Values&) {
    return RedeemValue(txn, words[0]);
  });
}

Answer Unredeem(Conversation& conversation, Words words, Lines& lines) {
  return conversation.Write(lines, [&](Transaction& txn, Values&) {
    return OkOr(txn.Unredeem(words[0]));
  });
}

// ---- Removing --------------------------------------------------------------

// The row is there and not referred to, or: NotFound, FailedPrecondition.
Answer Removed(const absl::Status& status) {
  if (!absl::IsFailedPrecondition(status)) return OkOr(status);
  return Answer::Error(ErrorCode::kInUse,
                       {status.message().data(), status.message().size()});
}

Answer RemoveCustomer(Conversation& conversation, std::string_view word,
                      Lines& lines) {
  const std::optional<CustomerId> id = ParseId<CustomerId>(word);
  if (!id) return NoId(word);
  return conversation.Write(lines, [&](Transaction& txn, Values&) {
    return Removed(txn.DeleteCustomer(*id));
  });
}

Answer RemoveOrder(Conversation& conversation, std::string_view word,
                   Lines& lines) {
  const std::optional<OrderId> id = ParseId<OrderId>(word);
  if (!id) return NoId(word);
  return conversation.Write(lines, [&](Transaction& txn, Values&) {
    return Removed(txn.DeleteOrder(*id));
  });
}

Answer RemoveBarcode(Conversation& conversation, std::string_view value,
                     Lines& lines) {
  return conversation.Write(lines, [&](Transaction& txn, Values&) {
    const auto row = txn.FindBarcodeByValue(value);
    return row ? Removed(txn.DeleteBarcode(row->id))
               : Missing("barcode", value);
  });
}

Answer Remove(Conversation& conversation, Words words, Lines& lines) {
  if (words[0] == "customer") {
    return RemoveCustomer(conversation, words[1], lines);
  }
  if (words[0] == "order") return RemoveOrder(conversation, words[1], lines);
  if (words[0] == "barcode") {
    return RemoveBarcode(conversation, words[1], lines);
  }
  return Misused("remove");
}

constexpr std::array<Command, 8> kWriteCommands = {{
    {"customer", "ID EMAIL NAME",
     "Inserts the customer, or changes its email and name if it exists. An ID\n"
     "of - takes the next one.",
     3, 3, Customer},
    {"order", "ID CUSTOMER",
     "Inserts an order of the customer. An ID of - takes the next one.", 2, 2,
     Order},
    {"barcode", "VALUE [ORDER]",
     "Inserts an unused barcode: unassigned, or on the order.", 1, 2, Barcode},
    {"assign", "VALUE ORDER", "Gives an unassigned barcode to the order.", 2, 2,
     Assign},
    {"take", "N ORDER",
     "Gives the N unassigned, unused barcodes with the lowest ids to the\n"
     "order, and lists their values. Takes none when there are fewer.",
     2, 2, Take},
    {"redeem", "VALUE",
     "Marks the barcode used. When it is already, the error tells since when.",
     1, 1, Redeem},
    {"unredeem", "VALUE", "Marks the barcode unused.", 1, 1, Unredeem},
    {"remove", "customer|order|barcode ID-OR-VALUE",
     "Deletes the row: a customer without orders, an order without barcodes.\n"
     "Barcodes go by value.",
     2, 2, Remove},
}};

}  // namespace

std::span<const Command> WriteCommands() { return kWriteCommands; }

}  // namespace orderstore::shell
