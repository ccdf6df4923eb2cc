#include "table/child_index.h"

#include <cassert>
#include <cstring>

namespace orderstore::table {

uint32_t ChildIndex::Insert(Anchor& anchor, uint32_t slot) {
  const uint32_t at = anchor.load(std::memory_order_relaxed);
  switch (FormOf(at)) {
    case Form::kNone:
      anchor.store(kOneBit | slot, std::memory_order_release);
      return 0;
    case Form::kOne: {
      const uint32_t number = blocks_.Allocate(0);
      Block& block = *blocks_.As<Block>(number);
      block.entries()[0].store(at & ~kOneBit, std::memory_order_relaxed);
      block.entries()[1].store(slot, std::memory_order_relaxed);
      anchor.store(number, std::memory_order_release);
      return 1;
    }
    case Form::kBlock:
      return InsertIntoBlock(anchor, slot);
    case Form::kLong:
      return InsertIntoLong(LongAt(at), slot);
  }
  return 0;
}

void ChildIndex::Remove(Anchor& anchor, uint32_t position) {
  switch (FormOf(anchor.load(std::memory_order_relaxed))) {
    case Form::kNone:
      assert(false && "removing a child from no list");
      return;
    case Form::kOne:
      anchor.store(0, std::memory_order_release);
      return;
    case Form::kBlock:
      RemoveFromBlock(anchor, position);
      return;
    case Form::kLong:
      RemoveFromLong(anchor, position);
      return;
  }
}

void ChildIndex::AddCurrentInChunk(Anchor& anchor, uint32_t position, bool flag,
                                   int count, Tick tick) {
  const Long& list = LongAt(anchor.load(std::memory_order_relaxed));
  Chunk& chunk = *ChunkAt(list, position / kChunkEntries);
  chunk.changed.store(tick, std::memory_order_release);
  std::atomic<uint32_t>& current = chunk.current[flag ? 1 : 0];
  current.store(
      current.load(std::memory_order_relaxed) + static_cast<uint32_t>(count),
      std::memory_order_release);
}

uint32_t ChildIndex::EntryAt(const Anchor& anchor, uint32_t position) const {
  const uint32_t at = anchor.load(std::memory_order_relaxed);
  switch (FormOf(at)) {
    case Form::kNone:
      return 0;
    case Form::kOne:
      return position == 0 ? at & ~kOneBit : 0;
    case Form::kBlock: {
      const Block& block = *blocks_.As<Block>(at);
      if (position >= CapacityOf(block.size_class)) return 0;
      return block.entries()[position].load(std::memory_order_relaxed);
    }
    case Form::kLong: {
      const Long& list = LongAt(at);
      if (position / kChunkEntries >=
          list.chunk_count.load(std::memory_order_relaxed)) {
        return 0;
      }
      const Chunk* chunk = ChunkAt(list, position / kChunkEntries);
      if (chunk == nullptr) return 0;
      const uint32_t entry = chunk->entries[position % kChunkEntries].load(
          std::memory_order_relaxed);
      return (entry & kFreeBit) == 0 ? entry : 0;
    }
  }
  return 0;
}

std::vector<std::array<uint32_t, 2>> ChildIndex::CurrentCounts(
    const Anchor& anchor) const {
  std::vector<std::array<uint32_t, 2>> counts;
  const uint32_t at = anchor.load(std::memory_order_relaxed);
  if (FormOf(at) != Form::kLong) return counts;
  const Long& list = LongAt(at);
  for (uint32_t c = 0; c < list.chunk_count.load(std::memory_order_relaxed);
       ++c) {
    std::array<uint32_t, 2>& count = counts.emplace_back();
    const Chunk* chunk = ChunkAt(list, c);
    if (chunk == nullptr) continue;
    for (size_t flag = 0; flag < count.size(); ++flag) {
      count[flag] = chunk->current[flag].load(std::memory_order_relaxed);
    }
  }
  return counts;
}

uint32_t ChildIndex::InsertIntoBlock(Anchor& anchor, uint32_t slot) {
  const uint32_t number = anchor.load(std::memory_order_relaxed);
  Block& block = *blocks_.As<Block>(number);
  const uint32_t capacity = CapacityOf(block.size_class);
  for (uint32_t i = 0; i < capacity; ++i) {
    if (block.entries()[i].load(std::memory_order_relaxed) != 0) continue;
    block.entries()[i].store(slot, std::memory_order_release);
    return i;
  }
  if (block.size_class == kBlockClassMax) {
    MakeLong(anchor, number);
    return Insert(anchor, slot);
  }
  const uint32_t grown = Grow(anchor, number);
  blocks_.As<Block>(grown)->entries()[capacity].store(
      slot, std::memory_order_release);
  return capacity;
}

// Replaces the block by one of the next size.
uint32_t ChildIndex::Grow(Anchor& anchor, uint32_t block_number) {
  const Block& old = *blocks_.As<Block>(block_number);
  const uint32_t size_class = old.size_class + 1;
  const uint32_t number = blocks_.Allocate(static_cast<int>(size_class));
  Block& block = *blocks_.As<Block>(number);
  block.size_class = size_class;
  for (uint32_t i = 0; i < CapacityOf(old.size_class); ++i) {
    block.entries()[i].store(old.entries()[i].load(std::memory_order_relaxed),
                             std::memory_order_relaxed);
  }
  anchor.store(number, std::memory_order_release);
  blocks_.Retire(limbo_, block_number, static_cast<int>(old.size_class));
  return number;
}

void ChildIndex::RemoveFromBlock(Anchor& anchor, uint32_t position) {
  const uint32_t number = anchor.load(std::memory_order_relaxed);
  Block& block = *blocks_.As<Block>(number);
  block.entries()[position].store(0, std::memory_order_release);
  for (uint32_t i = 0; i < CapacityOf(block.size_class); ++i) {
    if (block.entries()[i].load(std::memory_order_relaxed) != 0) return;
  }
  anchor.store(0, std::memory_order_release);
  blocks_.Retire(limbo_, number, static_cast<int>(block.size_class));
}

// ---- Long lists ------------------------------------------------------------

// Moves the entries of a full block into the first chunk of a long list, at
// the same positions.
void ChildIndex::MakeLong(Anchor& anchor, uint32_t block_number) {
  const uint32_t number = blocks_.Allocate(kLongClass);
  Long& list = *blocks_.As<Long>(number);
  list.directory.store(blocks_.Allocate(0), std::memory_order_relaxed);
  list.open_block = blocks_.Allocate(0);
  list.chunk_count.store(1, std::memory_order_relaxed);
  Chunk& chunk = *blocks_.As<Chunk>(AddChunk(list, 0));
  PushOpen(list, 0);

  const Block& old = *blocks_.As<Block>(block_number);
  const uint32_t count = CapacityOf(old.size_class);
  for (uint32_t i = 0; i < count; ++i) {
    chunk.entries[i].store(old.entries()[i].load(std::memory_order_relaxed),
                           std::memory_order_relaxed);
  }
  chunk.used = (chunk.used & kOpenBit) + count;
  chunk.free_head = count + 1;
  anchor.store(number | kLongBit, std::memory_order_release);
  blocks_.Retire(limbo_, block_number, static_cast<int>(old.size_class));
}

// Makes the chunk at a directory index that has none, all its entries free.
uint32_t ChildIndex::AddChunk(Long& list, uint32_t chunk_index) {
  const uint32_t number = blocks_.Allocate(kChunkClass);
  Chunk& chunk = *blocks_.As<Chunk>(number);
  for (uint32_t i = 0; i < kChunkEntries; ++i) {
    const uint32_t next = i + 1 < kChunkEntries ? i + 2 : 0;
    chunk.entries[i].store(kFreeBit | next, std::memory_order_relaxed);
  }
  chunk.free_head = 1;
  ++list.chunks;
  DirectoryEntry(list, chunk_index).store(number, std::memory_order_release);
  return number;
}

void ChildIndex::PushOpen(Long& list, uint32_t chunk_index) {
  Chunk& chunk = *ChunkAt(list, chunk_index);
  if ((chunk.used & kOpenBit) != 0) return;
  chunk.used |= kOpenBit;
  blocks_.As<uint32_t>(list.open_block)[list.open_count++] = chunk_index;
}

// Doubles the room for chunks.
void ChildIndex::GrowDirectory(Long& list) {
  const uint32_t old_directory = list.directory.load(std::memory_order_relaxed);
  const auto old_class = static_cast<int>(list.directory_class);
  const size_t old_bytes = BlockPool::ClassBytes(old_class);
  const uint32_t directory = blocks_.Allocate(old_class + 1);
  for (size_t i = 0; i < old_bytes / sizeof(Entry); ++i) {
    blocks_.As<Entry>(directory)[i].store(
        blocks_.As<Entry>(old_directory)[i].load(std::memory_order_relaxed),
        std::memory_order_relaxed);
  }
  list.directory.store(directory, std::memory_order_release);
  blocks_.Retire(limbo_, old_directory, old_class);

  const uint32_t open = blocks_.Allocate(old_class + 1);
  std::memcpy(blocks_.As<uint32_t>(open), blocks_.As<uint32_t>(list.open_block),
              old_bytes);
  blocks_.Free(list.open_block, old_class);
  list.open_block = open;
  ++list.directory_class;
}

uint32_t ChildIndex::InsertIntoLong(Long& list, uint32_t slot) {
  if (list.open_count == 0) {
    const uint32_t count = list.chunk_count.load(std::memory_order_relaxed);
    if ((count + 1) * sizeof(Entry) >
        BlockPool::ClassBytes(static_cast<int>(list.directory_class))) {
      GrowDirectory(list);
    }
    AddChunk(list, count);
    PushOpen(list, count);
    list.chunk_count.store(count + 1, std::memory_order_release);
  }
  uint32_t* open = blocks_.As<uint32_t>(list.open_block);
  const uint32_t chunk_index = open[list.open_count - 1];
  if (ChunkAt(list, chunk_index) == nullptr) {
    AddChunk(list, chunk_index);
    ChunkAt(list, chunk_index)->used = kOpenBit;
  }
  Chunk& chunk = *ChunkAt(list, chunk_index);
  const uint32_t place = chunk.free_head - 1;
  chunk.free_head =
      chunk.entries[place].load(std::memory_order_relaxed) & ~kFreeBit;
  chunk.entries[place].store(slot, std::memory_order_release);
  ++chunk.used;
  if (chunk.free_head == 0) {
    chunk.used &= ~kOpenBit;
    --list.open_count;
  }
  return chunk_index * kChunkEntries + place;
}

void ChildIndex::RemoveFromLong(Anchor& anchor, uint32_t position) {
  const uint32_t list_number =
      anchor.load(std::memory_order_relaxed) & ~kLongBit;
  Long& list = *blocks_.As<Long>(list_number);
  const uint32_t chunk_index = position / kChunkEntries;
  const uint32_t place = position % kChunkEntries;
  Chunk& chunk = *ChunkAt(list, chunk_index);
  chunk.entries[place].store(kFreeBit | chunk.free_head,
                             std::memory_order_release);
  chunk.free_head = place + 1;
  --chunk.used;
  PushOpen(list, chunk_index);
  if ((chunk.used & ~kOpenBit) != 0) return;

  // The chunk is empty. Its index stays on the stack, for a new chunk.
  Entry& entry = DirectoryEntry(list, chunk_index);
  blocks_.Retire(limbo_, entry.load(std::memory_order_relaxed), kChunkClass);
  entry.store(0, std::memory_order_release);
  if (--list.chunks != 0) return;
  anchor.store(0, std::memory_order_release);
  const auto directory_class = static_cast<int>(list.directory_class);
  blocks_.Retire(limbo_, list.directory.load(std::memory_order_relaxed),
                 directory_class);
  blocks_.Retire(limbo_, list.open_block, directory_class);
  blocks_.Retire(limbo_, list_number, kLongClass);
}

}  // namespace orderstore::table
