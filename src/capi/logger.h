// The logger of the C API as the C++ API has it.

#ifndef ORDERSTORE_CAPI_LOGGER_H_
#define ORDERSTORE_CAPI_LOGGER_H_

#include "orderstore/c/logger.h"
#include "orderstore/logger.h"

namespace orderstore::capi {

// Tells `logger`, which has a function, and leaves the thread's message as it
// is.
Logger ToLogger(const orderstore_logger& logger);

}  // namespace orderstore::capi

#endif  // ORDERSTORE_CAPI_LOGGER_H_
