#include "peers/redis_connection.h"

#include <array>
#include <charconv>

#include "checks.h"

namespace orderstore::bench {
namespace {

void AppendNumber(std::string& bytes, int64_t number) {
  std::array<char, 24> digits;
  char* const end =
      std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  bytes.append(digits.data(), end);
}

}  // namespace

RedisCommand::RedisCommand(size_t arguments) {
  bytes_ = '*';
  AppendNumber(bytes_, static_cast<int64_t>(arguments));
  bytes_ += "\r\n";
}

RedisCommand& RedisCommand::Add(std::string_view first,
                                std::string_view second) {
  bytes_ += '$';
  AppendNumber(bytes_, static_cast<int64_t>(first.size() + second.size()));
  bytes_ += "\r\n";
  bytes_ += first;
  bytes_ += second;
  bytes_ += "\r\n";
  return *this;
}

RedisCommand& RedisCommand::Add(std::string_view first, int64_t second) {
  std::array<char, 24> digits;
  char* const end =
      std::to_chars(digits.data(), digits.data() + digits.size(), second).ptr;
  return Add(first, std::string_view(digits.data(), end));
}

int64_t NumberOf(const redisReply& reply) {
  if (reply.type == REDIS_REPLY_INTEGER) return reply.integer;
  int64_t number = 0;
  if (IsNil(reply)) return number;
  std::from_chars(reply.str, reply.str + reply.len, number);
  return number;
}

RedisConnection::RedisConnection(const std::string& socket)
    : context_(redisConnectUnix(socket.c_str())) {
  Require(context_ != nullptr, "hiredis failed");
  if (context_->err != 0) Fail(context_->errstr);
}

void RedisConnection::Send(const RedisCommand& command) {
  const std::string_view bytes = command.bytes();
  Require(redisAppendFormattedCommand(context_.get(), bytes.data(),
                                      bytes.size()) == REDIS_OK,
          "hiredis failed");
}

RedisReply RedisConnection::Receive() {
  void* pointer = nullptr;
  if (redisGetReply(context_.get(), &pointer) != REDIS_OK) {
    Fail(context_->errstr);
  }
  RedisReply reply(static_cast<redisReply*>(pointer));
  if ((*reply).type == REDIS_REPLY_ERROR) Fail(TextOf(*reply));
  return reply;
}

}  // namespace orderstore::bench
