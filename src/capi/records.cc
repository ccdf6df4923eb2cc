#include "orderstore/c/records.h"

#include <cstring>

orderstore_text orderstore_text_of(const char* string) {
  if (string == nullptr) return {"", 0};
  return {string, std::strlen(string)};
}
