"""Deliberate breakages of the store, and the test that notices each.

A test that cannot fail proves nothing. Each entry changes a few characters of
the source the way a mistake would, and names the test that fails then.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Breakage:
    name: str
    file: str  # from the top of the project
    old: str  # occurs there once
    new: str
    test: str  # an executable of tests/
    options: str = ""


CAMPAIGN = "--crashes 4000 --seed 1"

BREAKAGES = [
    # ---- Acknowledging -----------------------------------------------------
    Breakage(
        "commit-returns-before-it-is-durable", "src/txn/engine.cc",
        "? log_->WaitDurable(lsn, std::nullopt)",
        "? log_->FlushLater(lsn)",
        "crash_campaign", CAMPAIGN),
    Breakage(
        "log-is-written-without-o-dsync", "src/io/file.cc",
        "(writes == Writes::kSynchronous ? O_DSYNC : 0)",
        "(writes == Writes::kSynchronous ? 0 : 0)",
        "crash_campaign", CAMPAIGN),
    Breakage(
        "failed-sync-is-tried-again", "src/wal/log_writer.cc",
        "const absl::Status status = WriteFrame(batch, progress);",
        "absl::Status status = WriteFrame(batch, progress);\n"
        "    if (!status.ok()) status = WriteFrame(batch, progress);",
        "crash_test", "--gtest_filter=*ASyncAfterAFailedOne*"),
    Breakage(
        "commit-goes-on-without-room", "src/txn/engine.cc",
        "    TellOfRoom(status);\n    if (!status.ok()) return status;\n",
        "    status.IgnoreError();\n",
        "store_threads_test", "--gtest_filter=*AFullDisk*"),
    Breakage(
        "sync-store-shows-what-is-not-durable", "src/txn/engine.cc",
        "shows_durable_ = durability_ == Durability::kSync;",
        "shows_durable_ = false;",
        "store_threads_test", "--gtest_filter=*ViewsOfASyncStore*"),
    # ---- Names and zeros ---------------------------------------------------
    Breakage(
        "segment-name-is-not-synced", "src/wal/segment_writer.cc",
        "  segment.file.SetPath(absl::StrCat(folder_.path(), \"/\", name));\n"
        "  return folder_.Sync();",
        "  segment.file.SetPath(absl::StrCat(folder_.path(), \"/\", name));\n"
        "  return absl::OkStatus();",
        "crash_campaign", CAMPAIGN),
    Breakage(
        "identity-is-not-synced", "src/recovery/identity.cc",
        "return status.ok() ? folder.Sync() : status;",
        "return status;",
        "recovery_test", "--gtest_filter=IdentityTest.*"),
    Breakage(
        "zeros-are-not-synced", "src/wal/segment_writer.cc",
        "  if (absl::Status status = file->Sync(); !status.ok()) return status;\n"
        "  return folder_.OpenToWrite",
        "  return folder_.OpenToWrite",
        "crash_campaign", CAMPAIGN),
    Breakage(
        "last-frame-is-not-secured-when-opening", "src/wal/segment_writer.cc",
        "if (frame.bytes == 0) return absl::OkStatus();",
        "if (frame.bytes != 1) return absl::OkStatus();",
        "wal_test", "--gtest_filter=*PageCacheTest*"),
    Breakage(
        "torn-tail-is-not-wiped", "src/wal/segment_writer.cc",
        "if (end.torn_bytes == 0) return absl::OkStatus();",
        "if (end.torn_bytes >= 0) return absl::OkStatus();",
        "wal_test", "--gtest_filter=*PageCacheTest*:SegmentWriterTest.*"),
    # ---- Snapshots ---------------------------------------------------------
    Breakage(
        "snapshot-is-named-before-its-lsn-is-durable", "src/store/snapshots.cc",
        "return engine_.WaitDurable(written, std::nullopt);",
        "return written > 0 ? absl::OkStatus() : absl::InternalError(\"\");",
        "crash_campaign", CAMPAIGN),
    Breakage(
        "snapshot-is-named-before-it-is-synced", "src/snapshot/block_writer.cc",
        "return status.ok() ? file.Sync() : status;",
        "return status;",
        "crash_campaign", CAMPAIGN),
    Breakage(
        "log-of-the-older-snapshot-is-removed",
        "src/recovery/snapshot_files.cc",
        "if (!is_bad && ++good == kept) oldest = lsn;",
        "if (!is_bad && ++good == 1) oldest = lsn;",
        "store_threads_test", "--gtest_filter=OpenTest.*"),
    Breakage(
        "log-is-removed-newest-first", "src/recovery/snapshot_files.cc",
        "for (size_t i = 0; i + 1 < needed; ++i) {",
        "for (size_t i = needed > 0 ? needed - 1 : 0; i-- > 0;) {",
        "crash_campaign", CAMPAIGN),
    # ---- Reading the log ---------------------------------------------------
    Breakage(
        "payload-checksum-is-skipped", "src/wal/segment_reader.cc",
        "      io::Checksum(payload_) != frame->payload_checksum ||\n", "",
        "wal_test", "--gtest_filter=SegmentReaderTest.*"),
    Breakage(
        "chain-is-skipped", "src/wal/segment_reader.cc",
        "         frame.previous == chain_ &&\n", "",
        "wal_test", "--gtest_filter=SegmentReaderTest.*"),
    Breakage(
        "unused-segment-may-begin-behind-a-hole", "src/wal/log_reader.cc",
        "if (header->first_lsn != frames_->lsn() + 1) {", "if (false) {",
        "crash_test", "--gtest_filter=*ZeroedBlocks*/Rotating"),
    Breakage(
        "damage-at-the-end-is-taken-for-torn", "src/wal/segment_reader.cc",
        "    if (!IsTorn(*frame)) return Damage(\"the frame's payload is "
        "damaged\");\n",
        "",
        "crash_test", "--gtest_filter=*Garbage*/Closed"),
    Breakage(
        "segment-of-another-store-is-read", "src/wal/log_reader.cc",
        "if (header->store != store) {", "if (false) {",
        "wal_test", "--gtest_filter=LogReaderTest.*"),
    Breakage(
        "state-after-replay-is-not-compared", "src/recovery/replay.cc",
        "      status = CompareState(item.bytes, engine);\n", "",
        "recovery_test", "--gtest_filter=ReplayTest.*"),
    Breakage(
        "digest-forgets-an-update", "src/table/changes.cc",
        "  SetBarcodeWord(slot, word);\n  SetUpdatedAt(row, updated_at);\n"
        "  state_.digests.barcodes += DigestOf(row, tables_.text);\n",
        "  SetBarcodeWord(slot, word);\n"
        "  state_.digests.barcodes += DigestOf(row, tables_.text);\n"
        "  SetUpdatedAt(row, updated_at);\n",
        "store_test", "--gtest_filter=*ModelTest.*"),
    # ---- Opening -----------------------------------------------------------
    Breakage(
        "lock-is-not-taken", "src/store/folder_lock.cc",
        "absl::Status status = file->Lock();", "absl::Status status;",
        "store_threads_test", "--gtest_filter=*SecondWriter*"),
    # ---- Readers beside the writer -----------------------------------------
    Breakage(
        "abort-does-not-use-up-its-tick", "src/txn/engine.cc",
        "  state.tick = tick;\n", "",
        "store_test", "--gtest_filter=*ModelTest.*"),
    Breakage(
        "memory-is-reused-under-a-reader", "src/table/limbo.cc",
        "FreeUpTo(oldest - 1, items_max);", "FreeUpTo(now, items_max);",
        "table_test", "--gtest_filter=LimboTest.*"),
    Breakage(
        "segment-is-freed-at-its-split", "src/table/hash_index.h",
        "      limbo_.Retire(\n"
        "          [](void* self, uint64_t item) {\n"
        "            static_cast<HashIndex*>(self)->segments_.Free(\n"
        "                static_cast<uint32_t>(item));\n"
        "          },\n"
        "          this, old);\n",
        "      segments_.Free(old);\n",
        "table_threads_test", "--gtest_filter=HashIndexConcurrencyTest.*"),
    Breakage(
        "directory-chunk-is-unshared-in-place", "src/table/hash_index.h",
        "const uint32_t copies[2] = {CopyOf(shared), CopyOf(shared)};",
        "const uint32_t copies[2] = {shared, CopyOf(shared)};",
        "table_threads_test", "--gtest_filter=HashIndexConcurrencyTest.*"),
]
