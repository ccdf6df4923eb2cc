// A connection of hiredis. Errors end the process, also those that the server
// replies with.
//
//   RedisReply reply = connection.Ask(RedisCommand(2).Add("GET").Add("c:", 7));
//   if (!IsNil(*reply)) Use(TextOf(*reply));

#ifndef ORDERSTORE_BENCH_PEERS_REDIS_CONNECTION_H_
#define ORDERSTORE_BENCH_PEERS_REDIS_CONNECTION_H_

#include <hiredis/hiredis.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace orderstore::bench {

// A command in the bytes of the protocol, its name and arguments in turn.
class RedisCommand {
 public:
  explicit RedisCommand(size_t arguments);

  // An argument of two parts.
  RedisCommand& Add(std::string_view first, std::string_view second = {});
  RedisCommand& Add(std::string_view first, int64_t second);
  RedisCommand& Add(int64_t number) { return Add({}, number); }

  std::string_view bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

class RedisReply {
 public:
  RedisReply() = default;
  explicit RedisReply(redisReply* reply) : reply_(reply) {}

  // Of an array.
  size_t size() const { return reply_->elements; }
  const redisReply& operator[](size_t i) const { return *reply_->element[i]; }

  const redisReply& operator*() const { return *reply_; }

 private:
  struct Free {
    void operator()(redisReply* reply) const { freeReplyObject(reply); }
  };
  std::unique_ptr<redisReply, Free> reply_;
};

inline bool IsNil(const redisReply& reply) {
  return reply.type == REDIS_REPLY_NIL;
}
// Of a text; lives as long as the reply.
inline std::string_view TextOf(const redisReply& reply) {
  return {reply.str, static_cast<size_t>(reply.len)};
}
// Of a number, or of a text that is one; 0 of nothing.
int64_t NumberOf(const redisReply& reply);

class RedisConnection {
 public:
  explicit RedisConnection(const std::string& socket);

  RedisReply Ask(const RedisCommand& command) {
    Send(command);
    return Receive();
  }

  // Pipelined: replies come in the order of the commands, which are sent when
  // the first is asked for.
  void Send(const RedisCommand& command);
  RedisReply Receive();

  // For i from 0 to n - 1: send(i) sends commands, receive(i) receives their
  // replies; some pages are in flight.
  template <typename SendPage, typename ReceivePage>
  void Pipeline(size_t n, SendPage&& send, ReceivePage&& receive) {
    constexpr size_t kInFlight = 4;
    for (size_t sent = 0, received = 0; received < n; ++received) {
      for (; sent < n && sent < received + kInFlight; ++sent) send(sent);
      receive(received);
    }
  }

 private:
  struct Free {
    void operator()(redisContext* context) const { redisFree(context); }
  };
  std::unique_ptr<redisContext, Free> context_;
};

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PEERS_REDIS_CONNECTION_H_
