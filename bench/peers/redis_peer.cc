#include "peers/redis_peer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "checks.h"
#include "peers/redis_connection.h"
#include "peers/redis_functions.h"
#include "peers/redis_load.h"
#include "peers/redis_rows.h"
#include "peers/redis_server.h"
#include "peers/text_keeper.h"
#include "peers/ticket_tally.h"

namespace orderstore::bench {
namespace {

// ---- Reading ---------------------------------------------------------------

class RedisReader : public PeerReader {
 public:
  explicit RedisReader(const std::string& socket) : connection_(socket) {}

  std::optional<Customer> FindCustomer(CustomerId id) override {
    return FindOne<Customer>("c:", id);
  }
  std::optional<Customer> FindCustomerByEmail(std::string_view email) override {
    std::optional<Customer> row;
    FindCustomersByEmail({&email, 1}, {&row, 1});
    return row;
  }
  std::optional<Order> FindOrder(OrderId id) override {
    return FindOne<Order>("o:", id);
  }
  std::optional<Barcode> FindBarcodeByValue(std::string_view value) override {
    reply_ = connection_.Ask(RedisCommand(2).Add("GET").Add("b:", value));
    if (IsNil(*reply_)) return std::nullopt;
    texts_.Clear();
    std::optional<Barcode> row(std::in_place);
    DecodeBarcode(texts_.Keep(value), TextOf(*reply_), *row);
    return row;
  }

  void FindCustomers(std::span<const CustomerId> ids,
                     std::span<std::optional<Customer>> rows) override {
    FindAll("c:", ids, rows);
  }
  void FindOrders(std::span<const OrderId> ids,
                  std::span<std::optional<Order>> rows) override {
    FindAll("o:", ids, rows);
  }
  void FindCustomersByEmail(std::span<const std::string_view> emails,
                            std::span<std::optional<Customer>> rows) override {
    RedisCommand command = Function("customers_by_email", emails.size());
    for (std::string_view email : emails) command.Add(email);
    reply_ = connection_.Ask(command);
    for (size_t i = 0; i < emails.size(); ++i) {
      const redisReply& id = *reply_[0].element[i];
      Take(static_cast<int32_t>(NumberOf(id)), *reply_[1].element[i], rows[i]);
    }
  }
  void FindBarcodesByValue(std::span<const std::string_view> values,
                           std::span<std::optional<Barcode>> rows) override {
    RedisCommand command(1 + values.size());
    command.Add("MGET");
    for (std::string_view value : values) command.Add("b:", value);
    reply_ = connection_.Ask(command);
    texts_.Clear();
    for (size_t i = 0; i < values.size(); ++i) {
      rows[i].reset();
      if (IsNil(reply_[i])) continue;
      DecodeBarcode(texts_.Keep(values[i]), TextOf(reply_[i]),
                    rows[i].emplace());
    }
  }

  std::vector<Order> OrdersOf(CustomerId id) override {
    reply_ = connection_.Ask(Function("orders_of", 1).Add(id.value()));
    std::vector<Order> rows(reply_[0].elements);
    for (size_t i = 0; i < rows.size(); ++i) {
      DecodeRow(static_cast<int32_t>(NumberOf(*reply_[0].element[i])),
                TextOf(*reply_[1].element[i]), rows[i]);
    }
    // A large set is not sorted.
    std::sort(rows.begin(), rows.end(),
              [](const Order& a, const Order& b) { return a.id < b.id; });
    return rows;
  }
  std::vector<Barcode> UnusedBarcodesOf(OrderId id) override {
    reply_ = connection_.Ask(Function("unused_barcodes_of", 1).Add(id.value()));
    std::vector<Barcode> rows(reply_[0].elements);
    for (size_t i = 0; i < rows.size(); ++i) {
      DecodeBarcode(TextOf(*reply_[0].element[i]),
                    TextOf(*reply_[1].element[i]), rows[i]);
    }
    return rows;
  }

  // From the rows of orders and the sizes of their sets of barcodes.
  std::vector<CustomerTickets> TopCustomers(size_t k) override {
    const int64_t orders = LastId("seq:orders");
    TicketTally tally;
    connection_.Pipeline(
        PagesOf(orders),
        [&](size_t page) {
          SendPage("o:", page, orders);
          for (int64_t id = FirstId(page); id < EndId(page, orders); ++id) {
            connection_.Send(RedisCommand(2).Add("ZCARD").Add("ob:", id));
          }
        },
        [&](size_t) {
          const RedisReply rows = connection_.Receive();
          for (size_t i = 0; i < rows.size(); ++i) {
            const int64_t tickets = NumberOf(*connection_.Receive());
            if (IsNil(rows[i])) continue;
            Order order;
            DecodeRow(0, TextOf(rows[i]), order);
            tally.Add(order.customer_id, tickets);
          }
        });
    return tally.Top(k);
  }
  int64_t CountUnassigned() override {
    return NumberOf(
        *connection_.Ask(RedisCommand(2).Add("ZCARD").Add("unassigned")));
  }

  EveryRow ReadEveryRow() override {
    EveryRow rows;
    AddTable<Customer>("c:", LastId("seq:customers"), rows);
    AddTable<Order>("o:", LastId("seq:orders"), rows);
    AddBarcodes(rows);
    return rows;
  }

 private:
  static constexpr int64_t kPage = 500;  // rows

  static RedisCommand Function(const char* name, size_t arguments) {
    RedisCommand command(3 + arguments);
    command.Add("FCALL_RO").Add(name).Add("0");
    return command;
  }

  template <typename Row>
  static void Take(int32_t id, const redisReply& reply,
                   std::optional<Row>& row) {
    row.reset();
    if (!IsNil(reply)) DecodeRow(id, TextOf(reply), row.emplace());
  }

  template <typename Row, typename RowId>
  std::optional<Row> FindOne(const char* prefix, RowId id) {
    reply_ =
        connection_.Ask(RedisCommand(2).Add("GET").Add(prefix, id.value()));
    std::optional<Row> row;
    Take(id.value(), *reply_, row);
    return row;
  }

  template <typename Row, typename RowId>
  void FindAll(const char* prefix, std::span<const RowId> ids,
               std::span<std::optional<Row>> rows) {
    RedisCommand command(1 + ids.size());
    command.Add("MGET");
    for (RowId id : ids) command.Add(prefix, id.value());
    reply_ = connection_.Ask(command);
    for (size_t i = 0; i < ids.size(); ++i) {
      Take(ids[i].value(), reply_[i], rows[i]);
    }
  }

  // ---- Pages of rows, whose ids are 1 to `last`. ----
  static size_t PagesOf(int64_t last) {
    return static_cast<size_t>((last + kPage - 1) / kPage);
  }
  static int64_t FirstId(size_t page) {
    return static_cast<int64_t>(page) * kPage + 1;
  }
  static int64_t EndId(size_t page, int64_t last) {
    return std::min(FirstId(page) + kPage, last + 1);
  }

  int64_t LastId(const char* sequence) {
    return NumberOf(*connection_.Ask(RedisCommand(2).Add("GET").Add(sequence)));
  }
  void SendPage(const char* prefix, size_t page, int64_t last) {
    const int64_t end = EndId(page, last);
    RedisCommand command(1 + static_cast<size_t>(end - FirstId(page)));
    command.Add("MGET");
    for (int64_t id = FirstId(page); id < end; ++id) command.Add(prefix, id);
    connection_.Send(command);
  }

  template <typename Row>
  void AddTable(const char* prefix, int64_t last, EveryRow& rows) {
    connection_.Pipeline(
        PagesOf(last), [&](size_t page) { SendPage(prefix, page, last); },
        [&](size_t page) {
          const RedisReply reply = connection_.Receive();
          for (size_t i = 0; i < reply.size(); ++i) {
            if (IsNil(reply[i])) continue;
            Row row;
            DecodeRow(
                static_cast<int32_t>(FirstId(page)) + static_cast<int32_t>(i),
                TextOf(reply[i]), row);
            rows.Add(row);
          }
        });
  }

  // The rows of a page of values are asked for together with the values of the
  // next page.
  void AddBarcodes(EveryRow& rows) {
    int64_t begin = 0;
    SendValues(begin);
    RedisReply values = connection_.Receive();
    while (values.size() > 0) {
      RedisCommand command(1 + values.size());
      command.Add("MGET");
      for (size_t i = 0; i < values.size(); ++i) {
        command.Add("b:", TextOf(values[i]));
      }
      connection_.Send(command);
      SendValues(begin += kPage);
      const RedisReply page = connection_.Receive();
      for (size_t i = 0; i < page.size(); ++i) {
        if (IsNil(page[i])) continue;
        Barcode row;
        DecodeBarcode(TextOf(values[i]), TextOf(page[i]), row);
        rows.Add(row);
      }
      values = connection_.Receive();
    }
  }
  void SendValues(int64_t begin) {
    connection_.Send(RedisCommand(4)
                         .Add("LRANGE")
                         .Add("barcodes")
                         .Add(begin)
                         .Add(begin + kPage - 1));
  }

  RedisConnection connection_;
  RedisReply reply_;  // of the last call: has texts of its rows
  TextKeeper texts_;  // has the others
};

// ---- Writing ---------------------------------------------------------------

class RedisWriter : public PeerWriter {
 public:
  explicit RedisWriter(const std::string& socket) : connection_(socket) {}

  Sale Checkout(const Buyer& buyer,
                std::span<const std::string_view> values) override {
    const int64_t now = ToMicroseconds(PeerNow());
    RedisCommand command(6 + values.size());
    command.Add("FCALL").Add("checkout").Add("0");
    command.Add(BytesOf(now), BytesOf(now));
    command.Add(buyer.email);
    command.Add(bytes_.Customer(buyer.email, buyer.name, now));
    for (std::string_view value : values) command.Add(value);
    const RedisReply ids = connection_.Ask(command);
    const auto id = [&](size_t i) {
      return static_cast<int32_t>(NumberOf(ids[i]));
    };
    return {.customer = CustomerId(id(0)),
            .order = OrderId(id(1)),
            .first_barcode = BarcodeId(id(2)),
            .last_barcode = BarcodeId(id(3))};
  }
  bool Redeem(std::string_view value) override { return SetUsed(value, 1); }
  bool Unredeem(std::string_view value) override { return SetUsed(value, 0); }

 private:
  bool SetUsed(std::string_view value, uint8_t is_used) {
    const int64_t now = ToMicroseconds(PeerNow());
    const RedisReply changed = connection_.Ask(RedisCommand(6)
                                                   .Add("FCALL")
                                                   .Add("set_used")
                                                   .Add("0")
                                                   .Add(value)
                                                   .Add(BytesOf(now))
                                                   .Add(BytesOf(is_used)));
    return NumberOf(*changed) == 1;
  }

  RedisConnection connection_;
  RowBytes bytes_;
};

// ---- The peer --------------------------------------------------------------

class RedisPeer : public Peer {
 public:
  RedisPeer(const std::string& path, RedisMode mode)
      : mode_(mode), server_(path, mode) {
    RedisConnection connection(server_.socket());
    // What was opened has them.
    const RedisReply libraries =
        connection.Ask(RedisCommand(2).Add("FUNCTION").Add("LIST"));
    if (libraries.size() > 0) return;
    connection.Ask(
        RedisCommand(3).Add("FUNCTION").Add("LOAD").Add(kRedisFunctions));
  }

  void Load(const Workload& data) override {
    server_.StopLog();
    {
      RedisConnection connection(server_.socket());
      LoadRedis(data, connection);
    }
    server_.StartLog();
  }

  std::unique_ptr<PeerReader> NewReader() override {
    return std::make_unique<RedisReader>(server_.socket());
  }
  std::unique_ptr<PeerWriter> NewWriter() override {
    return std::make_unique<RedisWriter>(server_.socket());
  }

  void Backup(const std::string& path) override { server_.Backup(path); }
  std::unique_ptr<Peer> OpenBackup(const std::string& path) override {
    return std::make_unique<RedisPeer>(path, mode_);
  }
  void Close() override { server_.End(); }
  void Reopen() override { server_.Start(); }

  int64_t MemoryBytes() override { return server_.MemoryBytes(); }
  int64_t ResidentBytes() override { return server_.ResidentBytes(); }

 private:
  const RedisMode mode_;
  RedisServer server_;
};

}  // namespace

std::unique_ptr<Peer> MakeRedisPeer(const std::string& path, RedisMode mode) {
  return std::make_unique<RedisPeer>(path, mode);
}

}  // namespace orderstore::bench
