// SIGINT and SIGTERM as a wish to end: work that takes long looks for it where
// it can stop with nothing half done. A second signal ends the process at once,
// which no store and no output file minds either, but which may leave a hidden
// temporary file behind.

#ifndef ORDERSTORE_TOOLS_INTERRUPT_H_
#define ORDERSTORE_TOOLS_INTERRUPT_H_

#include <atomic>

namespace orderstore::tools {

// From now on the first signal is such a wish. One that the process was started
// to ignore stays ignored.
void CatchInterrupts();

// The signal that came; 0: none.
int CaughtSignal();

// Whether one came, for work that looks at it.
const std::atomic<bool>& InterruptFlag();

// Readable once a signal has come; -1 before CatchInterrupts.
int InterruptDescriptor();

// Ends the process by the signal that came, so that whoever waits for it learns
// what ended it.
[[noreturn]] void EndBySignal();

}  // namespace orderstore::tools

#endif  // ORDERSTORE_TOOLS_INTERRUPT_H_
