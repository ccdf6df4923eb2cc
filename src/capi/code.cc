#include "capi/code.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <new>
#include <stdexcept>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "orderstore/c/code.h"
#include "orderstore/schema_revision.h"

namespace orderstore::capi {
namespace {

constexpr bool IsCodeOf(orderstore_code code, absl::StatusCode status) {
  return static_cast<int>(code) == static_cast<int>(status);
}
static_assert(IsCodeOf(ORDERSTORE_OK, absl::StatusCode::kOk));
static_assert(IsCodeOf(ORDERSTORE_CANCELLED, absl::StatusCode::kCancelled));
static_assert(IsCodeOf(ORDERSTORE_UNKNOWN, absl::StatusCode::kUnknown));
static_assert(IsCodeOf(ORDERSTORE_INVALID_ARGUMENT,
                       absl::StatusCode::kInvalidArgument));
static_assert(IsCodeOf(ORDERSTORE_DEADLINE_EXCEEDED,
                       absl::StatusCode::kDeadlineExceeded));
static_assert(IsCodeOf(ORDERSTORE_NOT_FOUND, absl::StatusCode::kNotFound));
static_assert(IsCodeOf(ORDERSTORE_ALREADY_EXISTS,
                       absl::StatusCode::kAlreadyExists));
static_assert(IsCodeOf(ORDERSTORE_PERMISSION_DENIED,
                       absl::StatusCode::kPermissionDenied));
static_assert(IsCodeOf(ORDERSTORE_RESOURCE_EXHAUSTED,
                       absl::StatusCode::kResourceExhausted));
static_assert(IsCodeOf(ORDERSTORE_FAILED_PRECONDITION,
                       absl::StatusCode::kFailedPrecondition));
static_assert(IsCodeOf(ORDERSTORE_OUT_OF_RANGE, absl::StatusCode::kOutOfRange));
static_assert(IsCodeOf(ORDERSTORE_INTERNAL, absl::StatusCode::kInternal));
static_assert(IsCodeOf(ORDERSTORE_UNAVAILABLE, absl::StatusCode::kUnavailable));
static_assert(IsCodeOf(ORDERSTORE_DATA_LOSS, absl::StatusCode::kDataLoss));
static_assert(sizeof(orderstore_code) == sizeof(int32_t));

// What orderstore_last_message() returns: a literal, or the text below. Both
// are there until the thread's memory goes: exit handlers and destructors of
// pthread_key_create, which come after those of C++, may call the library.
thread_local const char* last_message = "";
thread_local char last_message_text[kMessageBytesMax + 1];

// Whether it is in a character of UTF-8, and not its first byte.
bool GoesOn(char byte) { return (static_cast<unsigned>(byte) & 0xC0) == 0x80; }

void SetMessage(std::string_view message) noexcept {
  size_t size = message.size();
  if (size > kMessageBytesMax) {
    size = kMessageBytesMax;
    while (size > 0 && GoesOn(message[size])) --size;
  }
  message.copy(last_message_text, size);
  last_message_text[size] = '\0';
  last_message = last_message_text;
}

orderstore_code CodeOf(const absl::Status& status) {
  if (IsUnknownFormat(status)) return ORDERSTORE_UNKNOWN_FORMAT;
  if (IsSchemaMismatch(status)) return ORDERSTORE_SCHEMA_MISMATCH;
  return static_cast<orderstore_code>(status.raw_code());
}

}  // namespace

orderstore_code Succeed() noexcept {
  last_message = "";
  return ORDERSTORE_OK;
}

orderstore_code Fail(orderstore_code code, const char* message) noexcept {
  last_message = message;
  return code;
}

orderstore_code Fail(const absl::Status& status) noexcept {
  const absl::string_view message = status.message();
  SetMessage({message.data(), message.size()});
  return CodeOf(status);
}

orderstore_code End(const absl::Status& status) noexcept {
  return status.ok() ? Succeed() : Fail(status);
}

orderstore_code IsNull(const char* argument) {
  return Fail(absl::InvalidArgumentError(
      absl::StrCat("the argument ", argument, " is NULL; nothing was done")));
}

orderstore_code FailByException() noexcept {
  static constexpr char kNoMemory[] = "out of memory";
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return Fail(ORDERSTORE_OUT_OF_MEMORY, kNoMemory);
  } catch (const std::length_error&) {
    // More elements than any memory has.
    return Fail(ORDERSTORE_OUT_OF_MEMORY, kNoMemory);
  } catch (const std::exception& error) {
    SetMessage(error.what());
    return ORDERSTORE_INTERNAL;
  } catch (...) {
    return Fail(ORDERSTORE_INTERNAL, "an exception of an unknown type");
  }
}

KeptMessage::KeptMessage() noexcept : message_(last_message) {
  std::memcpy(text_, last_message_text, sizeof text_);
}

KeptMessage::~KeptMessage() {
  last_message = message_;
  std::memcpy(last_message_text, text_, sizeof text_);
}

}  // namespace orderstore::capi

const char* orderstore_code_name(int32_t code) {
  switch (code) {
    case ORDERSTORE_OK:
      return "ORDERSTORE_OK";
    case ORDERSTORE_CANCELLED:
      return "ORDERSTORE_CANCELLED";
    case ORDERSTORE_UNKNOWN:
      return "ORDERSTORE_UNKNOWN";
    case ORDERSTORE_INVALID_ARGUMENT:
      return "ORDERSTORE_INVALID_ARGUMENT";
    case ORDERSTORE_DEADLINE_EXCEEDED:
      return "ORDERSTORE_DEADLINE_EXCEEDED";
    case ORDERSTORE_NOT_FOUND:
      return "ORDERSTORE_NOT_FOUND";
    case ORDERSTORE_ALREADY_EXISTS:
      return "ORDERSTORE_ALREADY_EXISTS";
    case ORDERSTORE_PERMISSION_DENIED:
      return "ORDERSTORE_PERMISSION_DENIED";
    case ORDERSTORE_RESOURCE_EXHAUSTED:
      return "ORDERSTORE_RESOURCE_EXHAUSTED";
    case ORDERSTORE_FAILED_PRECONDITION:
      return "ORDERSTORE_FAILED_PRECONDITION";
    case ORDERSTORE_OUT_OF_RANGE:
      return "ORDERSTORE_OUT_OF_RANGE";
    case ORDERSTORE_INTERNAL:
      return "ORDERSTORE_INTERNAL";
    case ORDERSTORE_UNAVAILABLE:
      return "ORDERSTORE_UNAVAILABLE";
    case ORDERSTORE_DATA_LOSS:
      return "ORDERSTORE_DATA_LOSS";
    case ORDERSTORE_OUT_OF_MEMORY:
      return "ORDERSTORE_OUT_OF_MEMORY";
    case ORDERSTORE_SCHEMA_MISMATCH:
      return "ORDERSTORE_SCHEMA_MISMATCH";
    case ORDERSTORE_UNKNOWN_FORMAT:
      return "ORDERSTORE_UNKNOWN_FORMAT";
    default:
      return "an unknown code";
  }
}

const char* orderstore_last_message() { return orderstore::capi::last_message; }

const char* orderstore_version() { return ORDERSTORE_VERSION; }
