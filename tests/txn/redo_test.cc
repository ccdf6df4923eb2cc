#include "txn/redo.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scale.h"
#include "store/seeded_random.h"

namespace orderstore::txn {
namespace {

using Kind = RedoOp::Kind;
using testing::ElementsAre;
using testing::SizeIs;

constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

std::string BodyOf(const std::vector<RedoOp>& ops) {
  Redo redo;
  for (const RedoOp& op : ops) redo.Add(op);
  return std::string(redo.body());
}

struct ReadBody {
  explicit ReadBody(std::string_view body) {
    RedoReader reader(body);
    while (const std::optional<RedoOp> op = reader.Next()) ops.push_back(*op);
    done = reader.done();
  }
  std::vector<RedoOp> ops;
  bool done = false;
};

// One of each kind.
std::vector<RedoOp> OneOfEach() {
  return {
      {.kind = Kind::kInsertCustomer,
       .id = 1,
       .text = "ann@x",
       .name = "Ann",
       .created_at = 1'700'000'000'000'000,
       .updated_at = 1'700'000'000'000'001},
      {.kind = Kind::kInsertOrder,
       .id = 2,
       .parent = 1,
       .created_at = 1'700'000'000'000'000,
       .updated_at = 1'700'000'000'000'000},
      {.kind = Kind::kInsertBarcode,
       .id = 300,
       .text = "00123",
       .parent = 2,
       .used = true,
       .created_at = -5,
       .updated_at = 5},
      {.kind = Kind::kUpdateCustomer,
       .id = 1,
       .text = "bob@x",
       .name = "",
       .updated_at = 7},
      {.kind = Kind::kUpdateOrder, .id = 2, .parent = 9, .updated_at = 8},
      {.kind = Kind::kUpdateBarcode,
       .id = 300,
       .text = "00124",
       .parent = 0,
       .updated_at = 9},
      {.kind = Kind::kSetBarcode,
       .id = 300,
       .parent = 2,
       .used = true,
       .updated_at = 10},
      {.kind = Kind::kTouchCustomer, .id = 1, .updated_at = 11},
      {.kind = Kind::kDeleteCustomer, .id = 2147483647},
      {.kind = Kind::kDeleteOrder, .id = 2},
      {.kind = Kind::kDeleteBarcode, .id = 300},
  };
}

TEST(RedoTest, EveryKindRoundTrips) {
  const std::vector<RedoOp> ops = OneOfEach();
  EXPECT_EQ(ops.size(), size_t{RedoOp::kKindMax});
  const std::string body = BodyOf(ops);
  const ReadBody read(body);
  EXPECT_TRUE(read.done);
  EXPECT_EQ(read.ops, ops);
  for (const RedoOp& op : ops) {
    const std::string one = BodyOf({op});
    EXPECT_THAT(ReadBody(one).ops, ElementsAre(op));
  }
}

// FORMAT.md, "Record bodies".
TEST(RedoTest, TheBytesAreThoseOfTheFormat) {
  EXPECT_EQ(BodyOf({{.kind = Kind::kInsertBarcode,
                     .id = 300,
                     .text = "A7",
                     .parent = 2,
                     .used = true,
                     .created_at = 0x0102030405060708,
                     .updated_at = 0x0102030405060708},
                    {.kind = Kind::kTouchCustomer,
                     .id = 1,
                     .updated_at = 0x0102030405060707}}),
            std::string("\x08\x07\x06\x05\x04\x03\x02\x01"
                        "\x63\xac\x02\x02"
                        "A7\x02\x00"
                        "\x08\x01\x01",
                        19));
}

TEST(RedoTest, ARowThatWasNeverUpdatedHasOneTime) {
  RedoOp op = OneOfEach()[1];
  const size_t once = BodyOf({op}).size();
  ++op.updated_at;
  EXPECT_EQ(BodyOf({op}).size(), once + 1);
}

TEST(RedoTest, TimesOfAnyDistanceRoundTrip) {
  for (const int64_t first : {kMin, int64_t{0}, kMax}) {
    for (const int64_t second : {kMin, int64_t{-1}, int64_t{1}, kMax}) {
      const std::vector<RedoOp> ops = {
          {.kind = Kind::kTouchCustomer, .id = 1, .updated_at = first},
          {.kind = Kind::kInsertOrder,
           .id = 1,
           .parent = 1,
           .created_at = second,
           .updated_at = first}};
      EXPECT_EQ(ReadBody(BodyOf(ops)).ops, ops);
    }
  }
}

TEST(RedoTest, ShrinkingTakesChangesBack) {
  Redo redo;
  const std::vector<RedoOp> ops = OneOfEach();
  redo.Add(ops[0]);
  const size_t one = redo.size();
  redo.Add(ops[2]);
  redo.ShrinkTo(one);
  redo.Add(ops[1]);
  EXPECT_EQ(redo.body(), BodyOf({ops[0], ops[1]}));
}

TEST(RedoTest, ShrinkingToNothingForgetsTheFirstTime) {
  Redo redo;
  const std::vector<RedoOp> ops = OneOfEach();
  redo.Add(ops[2]);
  redo.ShrinkTo(0);
  redo.Add(ops[0]);
  EXPECT_EQ(redo.body(), BodyOf({ops[0]}));
  redo.Clear();
  redo.Add(ops[3]);
  EXPECT_EQ(redo.body(), BodyOf({ops[3]}));
}

// ---- Random ----------------------------------------------------------------

class RandomRedo {
 public:
  explicit RandomRedo(uint64_t seed) : random_(seed) {}

  std::vector<RedoOp> Ops() {
    std::vector<RedoOp> ops;
    const size_t count = random_.OneTo(20);
    for (size_t i = 0; i < count; ++i) ops.push_back(Op());
    return ops;
  }
  SeededRandom& random() { return random_; }

 private:
  RedoOp Op() {
    RedoOp op{.kind = static_cast<Kind>(random_.OneTo(RedoOp::kKindMax)),
              .id = Number()};
    if (op.has_text()) op.text = Text();
    if (op.has_name()) op.name = Text();
    if (op.has_parent()) op.parent = Number();
    if (op.has_used()) op.used = random_.OneIn(2);
    if (op.inserts()) op.created_at = Time();
    if (!op.deletes()) {
      op.updated_at = op.inserts() && random_.OneIn(2) ? op.created_at : Time();
    }
    return op;
  }
  uint32_t Number() {
    return static_cast<uint32_t>(random_.Below(1 << (1 + random_.Below(30))));
  }
  int64_t Time() {
    if (random_.OneIn(10)) return random_.OneIn(2) ? kMin : kMax;
    return 1'700'000'000'000'000 + random_.Below(1'000'000);
  }
  std::string_view Text() {
    static const std::string kText(2000, 'x');
    return std::string_view(kText).substr(
        0, static_cast<size_t>(random_.Below(random_.OneIn(10) ? 1021 : 20)));
  }

  SeededRandom random_;
};

TEST(RedoTest, RandomChangesRoundTripAndNoTruncationIsWhole) {
  for (const uint64_t seed : TestSeeds(static_cast<uint64_t>(Scaled(300)))) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomRedo random(seed);
    const std::vector<RedoOp> ops = random.Ops();
    const std::string body = BodyOf(ops);
    const ReadBody read(body);
    ASSERT_TRUE(read.done);
    ASSERT_EQ(read.ops, ops);
    for (size_t size = 0; size < body.size(); ++size) {
      const ReadBody cut(std::string_view(body).substr(0, size));
      // Between two changes a cut is not seen: the record's length guards it.
      ASSERT_LT(cut.ops.size(), ops.size()) << size;
      if (cut.done) {
        ASSERT_EQ(BodyOf(cut.ops), body.substr(0, size));
      }
    }
    const ReadBody longer(body + '\0');
    EXPECT_FALSE(longer.done);
  }
}

TEST(RedoTest, RandomBytesNeverCrash) {
  for (const uint64_t seed : TestSeeds(static_cast<uint64_t>(Scaled(20'000)))) {
    RandomRedo random(seed);
    std::string body;
    if (random.random().OneIn(2)) {
      body = BodyOf(random.Ops());
    } else {
      body.resize(random.random().OneTo(100));
    }
    const size_t changes = random.random().OneTo(10);
    for (size_t i = 0; i < changes; ++i) {
      body[static_cast<size_t>(
          random.random().Below(static_cast<int32_t>(body.size())))] =
          static_cast<char>(random.random().Below(256));
    }
    const ReadBody read(body);
    ASSERT_LE(read.ops.size(), body.size());
    // What makes sense is written as it was read, but for longer forms.
    if (read.done) {
      ASSERT_EQ(ReadBody(BodyOf(read.ops)).ops, read.ops) << seed;
    }
  }
}

// ---- Nonsense --------------------------------------------------------------

TEST(RedoTest, BytesThatNoChangeHasMakeNoSense) {
  const std::string base(8, '\0');
  const auto makes_sense = [&](std::string_view change) {
    return ReadBody(base + std::string(change)).done;
  };
  EXPECT_TRUE(makes_sense("\x0a\x07"));  // deletes an order
  EXPECT_FALSE(makes_sense(std::string(1, '\0')));
  EXPECT_FALSE(makes_sense("\x0c\x07"));  // no such kind
  EXPECT_FALSE(makes_sense("\x1f\x07"));
  EXPECT_FALSE(makes_sense("\x8a\x07"));  // a bit that has no meaning
  EXPECT_FALSE(makes_sense("\x2a\x07"));  // a used order
  EXPECT_FALSE(makes_sense("\x4a\x07"));  // one time of none
  EXPECT_FALSE(makes_sense("\x48\x07\x01"));
  EXPECT_TRUE(makes_sense("\x0a\xff\xff\xff\xff\x07"));   // 2^31 - 1
  EXPECT_FALSE(makes_sense("\x0a\x80\x80\x80\x80\x08"));  // 2^31
  EXPECT_FALSE(ReadBody("").done);
  EXPECT_FALSE(ReadBody(base.substr(1)).done);
  EXPECT_THAT(ReadBody(base + "\x0a\x07\x0c\x07").ops, SizeIs(1));
}

}  // namespace
}  // namespace orderstore::txn
