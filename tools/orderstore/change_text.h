// Logged transactions as text: a line a change for people, one JSON object a
// transaction for programs.

#ifndef ORDERSTORE_TOOLS_CHANGE_TEXT_H_
#define ORDERSTORE_TOOLS_CHANGE_TEXT_H_

#include <string>

#include "orderstore/logged_transaction.h"

namespace orderstore::tools {

// Appends `LSN insert|update|delete TABLE ID COLUMN=VALUE...` and a line end
// for each change, with control characters escaped.
void AppendLines(const LoggedTransaction& transaction, std::string& text);

// Appends the object and a line end.
void AppendJson(const LoggedTransaction& transaction, std::string& text);

}  // namespace orderstore::tools

#endif  // ORDERSTORE_TOOLS_CHANGE_TEXT_H_
