// A store stays where it is.

#include "orderstore/store.h"

#include <memory>
#include <utility>

namespace orderstore {

[[maybe_unused]] void Stores(Store& store, Store& other) {
  const Store& reader = store;
  ReadView view = reader.OpenReadView();

#ifdef CopyOfAStore  // error: deleted
  Store copy(store);
#endif
#ifdef MoveOfAStore  // error: deleted
  Store moved(std::move(store));
#endif
#ifdef AssignmentOfAStore  // error: deleted
  store = other;
#endif
#ifdef StoreMadeByHand  // error: deleted|no matching|private
  Store made;
#endif
#ifdef BeginOnAConstStore  // error: discards|no matching
  static_cast<void>(reader.Begin());
#endif

  static_cast<void>(other);
}

}  // namespace orderstore
