#include "peers/redis_load.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "checks.h"
#include "orderstore/ids.h"
#include "peers/peer.h"
#include "peers/redis_rows.h"
#include "peers/sorted_rows.h"

namespace orderstore::bench {
namespace {

// Keys or members in a command.
constexpr size_t kPerCommand = 500;

class Load {
 public:
  Load(const Workload& data, RedisConnection& connection)
      : data_(data), connection_(connection) {}

  void Run() {
    LoadCustomers();
    LoadOrders();
    LoadOrdersByCustomer();
    LoadBarcodes();
    LoadBarcodesByOrder();
    LoadUnassigned();
    LoadSequences();
    while (in_flight_ > 0) Receive();
    const RedisReply keys = connection_.Ask(RedisCommand(1).Add("DBSIZE"));
    Require(NumberOf(*keys) == keys_, "an email or a barcode value came twice");
  }

 private:
  // Calls add(i, command) for each row of a table, which adds so many arguments
  // to a command that begins with `name`, and with `key` if it is not empty.
  template <typename Add>
  void LoadTable(int32_t n, const char* name, const char* key, size_t arguments,
                 Add&& add) {
    const auto size = static_cast<size_t>(n);
    const size_t step = kPerCommand;
    const std::string_view of = key;
    for (size_t begin = 0; begin < size; begin += step) {
      const size_t end = std::min(size, begin + step);
      RedisCommand command(1 + !of.empty() + arguments * (end - begin));
      command.Add(name);
      if (!of.empty()) command.Add(of);
      for (size_t i = begin; i < end; ++i) add(i, command);
      Send(command);
    }
  }

  void LoadCustomers() {
    LoadTable(data_.customers(), "MSETNX", "", 4,
              [&](size_t i, RedisCommand& command) {
                command.Add("c:", IdOf(i))
                    .Add(bytes_.Customer(data_.email(i), data_.name(i), now_))
                    .Add("e:", data_.email(i))
                    .Add(IdOf(i));
              });
    keys_ += 2 * int64_t{data_.customers()};
  }

  void LoadOrders() {
    LoadTable(
        data_.orders(), "MSETNX", "", 2, [&](size_t i, RedisCommand& command) {
          const CustomerId customer = data_.order_customer(i);
          Require(
              1 <= customer.value() && customer.value() <= data_.customers(),
              "an order's customer is missing");
          command.Add("o:", IdOf(i)).Add(bytes_.Order(customer, now_));
        });
    keys_ += data_.orders();
  }

  void LoadOrdersByCustomer() {
    const std::vector<uint32_t> orders = SortedRows(
        data_.orders(), [&](size_t i) { return data_.order_customer(i); });
    for (auto begin = orders.begin(); begin != orders.end();) {
      const CustomerId customer = data_.order_customer(*begin);
      const auto end = std::find_if(begin, orders.end(), [&](uint32_t i) {
        return data_.order_customer(i) != customer;
      });
      RedisCommand command(2 + static_cast<size_t>(end - begin));
      command.Add("SADD").Add("co:", customer.value());
      for (; begin != end; ++begin) command.Add(IdOf(*begin));
      Send(command);
      ++keys_;
    }
  }

  void LoadBarcodes() {
    LoadTable(data_.barcodes(), "MSETNX", "", 2,
              [&](size_t i, RedisCommand& command) {
                const OrderId order = data_.barcode_order(i);
                Require(0 <= order.value() && order.value() <= data_.orders(),
                        "a barcode's order is missing");
                command.Add("b:", data_.barcode_value(i))
                    .Add(EncodeBarcode(static_cast<int32_t>(IdOf(i)), order,
                                       data_.barcode_used(i), now_, bytes_));
              });
    LoadTable(data_.barcodes(), "RPUSH", "barcodes", 1,
              [&](size_t i, RedisCommand& command) {
                command.Add(data_.barcode_value(i));
              });
    keys_ += int64_t{data_.barcodes()} + 1;
  }

  void LoadBarcodesByOrder() {
    for (size_t order = 0; order < static_cast<size_t>(data_.orders());
         ++order) {
      rows_.clear();
      const auto [begin, end] = data_.BarcodesOfOrder(order);
      for (size_t i = begin; i < end; ++i) {
        if (data_.barcode_order(i).valid()) rows_.push_back(i);
      }
      SendSortedSet("ob:", IdOf(order));
    }
  }

  void LoadUnassigned() {
    for (size_t i = 0; i < static_cast<size_t>(data_.barcodes()); ++i) {
      if (!data_.barcode_order(i).valid()) unassigned_.push_back(i);
    }
    if (!unassigned_.empty()) ++keys_;
    for (size_t begin = 0; begin < unassigned_.size(); begin += kPerCommand) {
      const size_t end = std::min(unassigned_.size(), begin + kPerCommand);
      RedisCommand command(2 + 2 * (end - begin));
      command.Add("ZADD").Add("unassigned");
      for (size_t i = begin; i < end; ++i) AddMember(unassigned_[i], command);
      Send(command);
    }
  }

  void LoadSequences() {
    Send(RedisCommand(7)
             .Add("MSET")
             .Add("seq:customers")
             .Add(data_.customers())
             .Add("seq:orders")
             .Add(data_.orders())
             .Add("seq:barcodes")
             .Add(data_.barcodes()));
    keys_ += 3;
  }

  // The barcodes of rows_.
  void SendSortedSet(const char* prefix, int64_t id) {
    if (rows_.empty()) return;
    RedisCommand command(2 + 2 * rows_.size());
    command.Add("ZADD").Add(prefix, id);
    for (size_t i : rows_) AddMember(i, command);
    Send(command);
    ++keys_;
  }

  void AddMember(size_t barcode, RedisCommand& command) {
    command.Add(IdOf(barcode)).Add(data_.barcode_value(barcode));
  }

  static int64_t IdOf(size_t row) { return static_cast<int64_t>(row) + 1; }

  void Send(const RedisCommand& command) {
    constexpr int kInFlightMax = 64;
    connection_.Send(command);
    if (++in_flight_ < kInFlightMax) return;
    // Half of them, so that the server has work meanwhile.
    while (in_flight_ > kInFlightMax / 2) Receive();
  }
  void Receive() {
    const RedisReply reply = connection_.Receive();
    --in_flight_;
    // Of an MSETNX: a key was there.
    Require((*reply).type != REDIS_REPLY_INTEGER || NumberOf(*reply) != 0,
            "an email or a barcode value came twice");
  }

  const Workload& data_;
  RedisConnection& connection_;
  const int64_t now_ = ToMicroseconds(PeerNow());
  RowBytes bytes_;
  int64_t keys_ = 0;
  int in_flight_ = 0;
  std::vector<size_t> rows_;
  std::vector<size_t> unassigned_;
};

}  // namespace

void LoadRedis(const Workload& data, RedisConnection& connection) {
  Load(data, connection).Run();
}

}  // namespace orderstore::bench
