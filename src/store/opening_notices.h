// What the logger hears of an opening.

#ifndef ORDERSTORE_STORE_OPENING_NOTICES_H_
#define ORDERSTORE_STORE_OPENING_NOTICES_H_

#include <string>

#include "orderstore/open_report.h"
#include "txn/notifier.h"

namespace orderstore::store {

enum class OpenedTo { kWrite, kRead };

// What recovery found wrong with the files in the folder `path`, and could do
// without: a warning each.
void TellOfRecovery(const std::string& path, const OpenReport& report,
                    OpenedTo opened_to, const txn::Notifier& notifier);

// The same, and then that the store in `path`, a folder or a snapshot file, was
// opened.
void TellOfOpening(const std::string& path, const OpenReport& report,
                   OpenedTo opened_to, const txn::Notifier& notifier);

}  // namespace orderstore::store

#endif  // ORDERSTORE_STORE_OPENING_NOTICES_H_
