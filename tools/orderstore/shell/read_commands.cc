#include <array>

#include "absl/strings/str_cat.h"
#include "shell/arguments.h"
#include "shell/command.h"
#include "shell/row_lines.h"
#include "shell/words.h"

namespace orderstore::shell {

namespace {

constexpr size_t kTop = 5;
constexpr size_t kValues = 10;

template <typename Row>
Answer ShowRow(const std::optional<Row>& row, std::string_view what,
               std::string_view name, Lines& lines) {
  if (row) {
    lines.Add(LineOf(*row));
    return Answer::Ok();
  }
  std::string text = absl::StrCat("there is no ", std::string(what), " ");
  AppendWord(name, text);
  return Answer::Error(ErrorCode::kMissing, text);
}

Answer ShowCustomer(Conversation& conversation, std::string_view word,
                    Lines& lines) {
  const std::optional<CustomerId> id = ParseId<CustomerId>(word);
  if (!id) return NoId(word);
  return conversation.Read([&](const Reader& reader) {
    return ShowRow(reader.FindCustomer(*id), "customer", word, lines);
  });
}

Answer ShowOrder(Conversation& conversation, std::string_view word,
                 Lines& lines) {
  const std::optional<OrderId> id = ParseId<OrderId>(word);
  if (!id) return NoId(word);
  return conversation.Read([&](const Reader& reader) {
    Answer answer = ShowRow(reader.FindOrder(*id), "order", word, lines);
    for (const Barcode& row : reader.BarcodesOf(*id)) lines.Add(LineOf(row));
    return answer;
  });
}

Answer ShowBarcode(Conversation& conversation, std::string_view value,
                   Lines& lines) {
  return conversation.Read([&](const Reader& reader) {
    return ShowRow(reader.FindBarcodeByValue(value), "barcode", value, lines);
  });
}

Answer Show(Conversation& conversation, Words words, Lines& lines) {
  if (words[0] == "customer") {
    return ShowCustomer(conversation, words[1], lines);
  }
  if (words[0] == "order") return ShowOrder(conversation, words[1], lines);
  if (words[0] == "barcode") return ShowBarcode(conversation, words[1], lines);
  return Misused("show");
}

Answer Find(Conversation& conversation, Words words, Lines& lines) {
  return conversation.Read([&](const Reader& reader) {
    return ShowRow(reader.FindCustomerByEmail(words[0]), "customer", words[0],
                   lines);
  });
}

Answer Orders(Conversation& conversation, Words words, Lines& lines) {
  const std::optional<CustomerId> id = ParseId<CustomerId>(words[0]);
  if (!id) return NoId(words[0]);
  return conversation.Read([&](const Reader& reader) {
    for (const Order& row : reader.OrdersOf(*id)) lines.Add(LineOf(row));
    return Answer::Ok();
  });
}

Answer Barcodes(Conversation& conversation, Words words, Lines& lines) {
  const std::optional<OrderId> id = ParseId<OrderId>(words[0]);
  if (!id) return NoId(words[0]);
  BarcodeFilter filter = BarcodeFilter::kAll;
  if (words.size() > 1) {
    if (words[1] != "used" && words[1] != "unused") return Misused("barcodes");
    filter = words[1] == "used" ? BarcodeFilter::kUsed : BarcodeFilter::kUnused;
  }
  return conversation.Read([&](const Reader& reader) {
    for (const Barcode& row : reader.BarcodesOf(*id, filter)) {
      lines.Add(LineOf(row));
    }
    return Answer::Ok();
  });
}

Answer Top(Conversation& conversation, Words words, Lines& lines) {
  const std::optional<size_t> count =
      words.empty() ? kTop : ParseCount(words[0]);
  if (!count) return NoCount(words[0]);
  return conversation.Read([&](const Reader& reader) {
    const auto customers = static_cast<size_t>(reader.Counts().customers);
    for (const CustomerTickets& top :
         reader.TopCustomers(std::min(*count, customers))) {
      lines.Add(absl::StrCat(top.customer_id.value(), " ", top.ticket_count));
    }
    return Answer::Ok();
  });
}

Answer Unassigned(Conversation& conversation, Words words, Lines& lines) {
  const std::optional<size_t> count =
      words.empty() ? kValues : ParseCount(words[0]);
  if (!count) return NoCount(words[0]);
  return conversation.Read([&](const Reader& reader) {
    size_t left = *count;
    for (const Barcode& row : reader.UnassignedBarcodes()) {
      if (left-- == 0) break;
      lines.Add(FirstWord(row.value));
    }
    return Answer::Ok(std::to_string(reader.Counts().unassigned_barcodes));
  });
}

Answer Unused(Conversation& conversation, Words words, Lines& lines) {
  const std::optional<size_t> count =
      words.empty() ? kValues : ParseCount(words[0]);
  if (!count) return NoCount(words[0]);
  return conversation.Read([&](const Reader& reader) {
    const int64_t unused = reader.Counts().unused_barcodes;
    size_t left = std::min(*count, static_cast<size_t>(unused));
    for (const Barcode& row : reader.Barcodes()) {
      if (left == 0) break;
      if (row.is_used) continue;
      lines.Add(FirstWord(row.value));
      --left;
    }
    return Answer::Ok(std::to_string(unused));
  });
}

Answer Dump(Conversation& conversation, Words words, Lines& lines) {
  if (!words.empty() && words[0] != "full") return Misused("dump");
  const Detail detail = words.empty() ? Detail::kPlain : Detail::kFull;
  return conversation.Read([&](const Reader& reader) {
    for (const Customer& row : reader.Customers()) {
      lines.Add(LineOf(row, detail));
    }
    for (const Order& row : reader.Orders()) lines.Add(LineOf(row, detail));
    for (const Barcode& row : reader.Barcodes()) lines.Add(LineOf(row, detail));
    const Counts counts = reader.Counts();
    return Answer::Ok(
        std::to_string(counts.customers + counts.orders + counts.barcodes));
  });
}

constexpr std::array<Command, 8> kReadCommands = {{
    {"show", "customer|order|barcode ID-OR-VALUE",
     "Shows the row; an order with its barcodes. Barcodes go by value.", 2, 2,
     Show},
    {"find", "EMAIL", "Shows the customer with this email.", 1, 1, Find},
    {"orders", "CUSTOMER", "Lists the customer's orders.", 1, 1, Orders},
    {"barcodes", "ORDER [used|unused]", "Lists the order's barcodes.", 1, 2,
     Barcodes},
    {"top", "[K]",
     "Lists the K (5) customers with the most tickets: CUSTOMER TICKETS.", 0, 1,
     Top},
    {"unassigned", "[N]",
     "Lists up to N (10) barcodes without an order, and how many there are.", 0,
     1, Unassigned},
    {"unused", "[N]",
     "Lists up to N (10) unused barcodes, and how many there are.", 0, 1,
     Unused},
    {"dump", "[full]",
     "Lists every row:\n"
     "  customer ID EMAIL NAME\n"
     "  order ID CUSTOMER\n"
     "  barcode VALUE ORDER-or-dash used|unused\n"
     "In full they go on with the barcode's id, created_at and updated_at.",
     0, 1, Dump},
}};

}  // namespace

std::span<const Command> ReadCommands() { return kReadCommands; }

}  // namespace orderstore::shell
