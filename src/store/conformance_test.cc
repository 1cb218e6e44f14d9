// What every back end promises: one battery, run over each.
#include <gmock/gmock.h>

#include <thread>

#include "store/keys.h"
#include "store/test_support.h"

namespace avouch::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class Conformance : public ::testing::TestWithParam<BackEnd> {
 protected:
  void SetUp() override {
    SKIP_IF_MISSING();
    store_ = open();
  }
  std::unique_ptr<Store> open() {
    auto store = GetParam().open(folder_, clock_);
    EXPECT_TRUE(store.has_value()) << store.error().detail;
    return *std::move(store);
  }

  std::string get(const std::string& key, const std::string& space = "space") {
    const auto value = store_->get(space, key);
    if (!value.has_value()) return value.error().code;
    return value->has_value() ? std::string(as_text(**value)) : "(absent)";
  }
  void put(const std::string& key, const std::string& value, const std::string& space = "space") {
    const Status status = store_->put(space, key, as_bytes(value), Expiry::never());
    ASSERT_TRUE(status.has_value()) << status.error().detail;
  }
  std::vector<std::string> list(const std::string& prefix, const std::string& after = "", std::size_t limit = 100) {
    return store_->list("space", prefix, after, limit).value();
  }
  std::uint64_t generation(const std::string& space = "space") { return store_->generation(space).value(); }
  Expiry in(std::chrono::milliseconds time) { return Expiry::when(clock_.now() + time); }

  TemporaryFolder folder_;
  ManualClock clock_;
  std::unique_ptr<Store> store_;
};

class DurableConformance : public Conformance {};

class ExpiryConformance : public Conformance {
 protected:
  void put_for(const std::string& key, std::chrono::milliseconds time) {
    ASSERT_TRUE(store_->put("space", key, as_bytes("v"), in(time)).has_value());
  }
};

TEST_P(Conformance, AnAbsentRecordIsNotAnError) {
  EXPECT_EQ(get("key"), "(absent)");
  EXPECT_FALSE(store_->erase("space", "key").value());
  EXPECT_THAT(list(""), IsEmpty());
}

TEST_P(Conformance, GivesBackWhatWasPut) {
  put("key", "first");
  EXPECT_EQ(get("key"), "first");
  put("key", "a longer second");
  EXPECT_EQ(get("key"), "a longer second");
  put("key", "3");
  EXPECT_EQ(get("key"), "3");
}

TEST_P(Conformance, WritesAndErasesManyAtOnce) {
  const Buffer first = to_buffer(as_bytes("1")), second = to_buffer(as_bytes("2"));
  const Record records[] = {{"a", first}, {"b", second}, {"c", first}};
  ASSERT_TRUE(store_->put_all("space", records, Expiry::never()).has_value());
  EXPECT_EQ(get("a") + get("b") + get("c"), "121");
  const std::string keys[] = {"a", "c", "never-there"};
  ASSERT_TRUE(store_->erase_all("space", keys).has_value());
  EXPECT_THAT(list(""), ElementsAre("b"));
  const Record bad[] = {{"d", first}, {"", first}};
  EXPECT_FALSE(store_->put_all("space", bad, Expiry::never()).has_value());
  EXPECT_TRUE(store_->put_all("space", {}, Expiry::never()).has_value());
}

TEST_P(Conformance, HoldsValuesOfAnyOctetsAndSize) {
  for (const std::size_t size : {0UL, 1UL, 255UL, 4'096UL, 70'000UL, 3'000'000UL}) {
    Buffer value(size);
    for (std::size_t i = 0; i < size; ++i) value[i] = static_cast<std::uint8_t>(i * 31 + i / 256);
    ASSERT_TRUE(store_->put("space", "key", value, Expiry::never()).has_value());
    EXPECT_EQ(store_->get("space", "key").value(), value) << size;
  }
}

TEST_P(Conformance, TellsAnEmptyValueFromNone) {
  put("key", "");
  EXPECT_EQ(get("key"), "");
  EXPECT_FALSE(store_->put_if_absent("space", "key", as_bytes("x"), Expiry::never()).value());
  EXPECT_TRUE(store_->compare_and_set("space", "key", {}, as_bytes("full"), Expiry::never()).value());
  EXPECT_FALSE(store_->compare_and_set("space", "key", {}, as_bytes("x"), Expiry::never()).value());
  EXPECT_EQ(get("key"), "full");
}

TEST_P(Conformance, SpacesDoNotMix) {
  put("key", "one", "one");
  put("key", "two", "two");
  EXPECT_TRUE(store_->erase("one", "key").value());
  EXPECT_EQ(get("key", "one"), "(absent)");
  EXPECT_EQ(get("key", "two"), "two");
  EXPECT_THAT(store_->list("two", "", "", 9).value(), ElementsAre("key"));
  EXPECT_THAT(store_->list("tw", "", "", 9).value(), IsEmpty());
}

TEST_P(Conformance, EraseSaysWhetherTheRecordWasThere) {
  put("key", "value");
  EXPECT_TRUE(store_->erase("space", "key").value());
  EXPECT_FALSE(store_->erase("space", "key").value());
  EXPECT_EQ(get("key"), "(absent)");
}

TEST_P(Conformance, PutIfAbsentLeavesWhatIsThere) {
  EXPECT_TRUE(store_->put_if_absent("space", "key", as_bytes("first"), Expiry::never()).value());
  EXPECT_FALSE(store_->put_if_absent("space", "key", as_bytes("second"), Expiry::never()).value());
  EXPECT_EQ(get("key"), "first");
  EXPECT_TRUE(store_->erase("space", "key").value());
  EXPECT_TRUE(store_->put_if_absent("space", "key", as_bytes("third"), Expiry::never()).value());
}

TEST_P(Conformance, CompareAndSetDemandsTheExpectedValue) {
  EXPECT_FALSE(store_->compare_and_set("space", "key", {}, as_bytes("x"), Expiry::never()).value());
  EXPECT_EQ(get("key"), "(absent)");
  put("key", "one");
  for (const char* wrong : {"", "on", "one ", "onE", "two"}) {
    EXPECT_FALSE(store_->compare_and_set("space", "key", as_bytes(wrong), as_bytes("x"), Expiry::never()).value());
  }
  EXPECT_TRUE(store_->compare_and_set("space", "key", as_bytes("one"), as_bytes("two"), Expiry::never()).value());
  EXPECT_EQ(get("key"), "two");
}

TEST_P(Conformance, ListsInOrderOfOctets) {
  for (const char* key : {"b", "a/2", "a/10", "a", "B", "a.b", "a-b", "_"}) put(key, "v");
  EXPECT_THAT(list(""), ElementsAre("B", "_", "a", "a-b", "a.b", "a/10", "a/2", "b"));
  EXPECT_THAT(list("a/"), ElementsAre("a/10", "a/2"));
  EXPECT_THAT(list("a"), ElementsAre("a", "a-b", "a.b", "a/10", "a/2"));
  EXPECT_THAT(list("c"), IsEmpty());
}

TEST_P(Conformance, ListsPageByPage) {
  for (const char* key : {"a/1", "a/2", "a/3", "b"}) put(key, "v");
  EXPECT_THAT(list("a/", "", 2), ElementsAre("a/1", "a/2"));
  EXPECT_THAT(list("a/", "a/2", 2), ElementsAre("a/3"));
  EXPECT_THAT(list("a/", "a/3", 2), IsEmpty());
  EXPECT_THAT(list("a/", "a/15", 1), ElementsAre("a/2"));  // `after` need not be there.
  EXPECT_THAT(list("a/", "b", 2), IsEmpty());
  EXPECT_THAT(list("b", "a/1", 2), ElementsAre("b"));
  EXPECT_THAT(list("", "", 0), IsEmpty());
  EXPECT_THAT(list("", "a/3", SIZE_MAX), ElementsAre("b"));
}

TEST_P(Conformance, APrefixThatNoKeyCanHaveListsNothing) {
  put("a", "v");
  EXPECT_THAT(list("\xff"), IsEmpty());
  EXPECT_THAT(list(std::string(1, '\0')), IsEmpty());
  EXPECT_THAT(list("%"), IsEmpty());
  EXPECT_THAT(list("", "\xff"), IsEmpty());
  EXPECT_THAT(list("", std::string("\0a", 2)), ElementsAre("a"));
}

TEST_P(Conformance, RefusesKeysThatItCannotHold) {
  const std::string too_long(kKeyBytes + 1, 'k');
  for (const std::string& key : {std::string(), too_long, std::string("a\0b", 3), std::string("a\\x2Fb"),
                                 std::string("a\nb"), std::string("\xc3\xa4"), std::string("a*"), std::string("a;b")}) {
    EXPECT_EQ(get(key), "store.key") << key;
    EXPECT_EQ(code_of(store_->put("space", key, {}, Expiry::never())), "store.key") << key;
    EXPECT_EQ(code_of(store_->put_if_absent("space", key, {}, Expiry::never())), "store.key") << key;
    EXPECT_EQ(code_of(store_->compare_and_set("space", key, {}, {}, Expiry::never())), "store.key") << key;
    EXPECT_EQ(code_of(store_->erase("space", key)), "store.key") << key;
  }
  EXPECT_THAT(list(""), IsEmpty());
}

TEST_P(Conformance, RefusesSpacesThatAreNoNames) {
  const std::string too_long(kSpaceBytes + 1, 's');
  for (const std::string& space : {std::string(), too_long, std::string(".."), std::string(".hidden"),
                                   std::string("a/b"), std::string("a b"), std::string("a\0", 2)}) {
    EXPECT_EQ(get("key", space), "store.space") << space;
    EXPECT_EQ(code_of(store_->put(space, "key", {}, Expiry::never())), "store.space") << space;
    EXPECT_EQ(code_of(store_->put_if_absent(space, "key", {}, Expiry::never())), "store.space") << space;
    EXPECT_EQ(code_of(store_->compare_and_set(space, "key", {}, {}, Expiry::never())), "store.space") << space;
    EXPECT_EQ(code_of(store_->erase(space, "key")), "store.space") << space;
    EXPECT_EQ(code_of(store_->list(space, "", "", 1)), "store.space") << space;
    EXPECT_EQ(code_of(store_->generation(space)), "store.space") << space;
  }
}

TEST_P(Conformance, RefusesAValueThatIsTooLarge) {
  const Buffer value(kValueBytes + 1);
  EXPECT_EQ(code_of(store_->put("space", "key", value, Expiry::never())), "store.value");
  EXPECT_EQ(code_of(store_->put_if_absent("space", "key", value, Expiry::never())), "store.value");
  put("key", "v");
  EXPECT_EQ(code_of(store_->compare_and_set("space", "key", as_bytes("v"), value, Expiry::never())), "store.value");
  EXPECT_EQ(get("key"), "v");
}

TEST_P(Conformance, GenerationChangesWithEveryChange) {
  std::uint64_t last = generation();
  const auto expect_change = [&](const char* what) {
    const std::uint64_t now = generation();
    EXPECT_NE(now, last) << what;
    last = now;
  };
  put("key", "v");
  expect_change("put");
  put("key", "w");
  expect_change("put of the same length");
  EXPECT_TRUE(store_->put_if_absent("space", "other", as_bytes("v"), Expiry::never()).value());
  expect_change("put_if_absent");
  EXPECT_TRUE(store_->compare_and_set("space", "key", as_bytes("w"), as_bytes("x"), Expiry::never()).value());
  expect_change("compare_and_set");
  EXPECT_TRUE(store_->erase("space", "key").value());
  expect_change("erase");
}

TEST_P(Conformance, GenerationStaysWhereNothingChanges) {
  put("key", "v");
  const std::uint64_t last = generation();
  EXPECT_EQ(get("key"), "v");
  EXPECT_FALSE(store_->put_if_absent("space", "key", as_bytes("x"), Expiry::never()).value());
  EXPECT_FALSE(store_->compare_and_set("space", "key", as_bytes("x"), as_bytes("y"), Expiry::never()).value());
  EXPECT_FALSE(store_->erase("space", "absent").value());
  EXPECT_EQ(store_->collect_garbage().value(), 0U);
  put("key", "v", "other");
  EXPECT_EQ(generation(), last) << "the caches of one space must not suffer from writes to another";
}

TEST_P(DurableConformance, ASecondStoreOnTheSameDataSeesEveryChange) {
  const std::unique_ptr<Store> second = open();
  const std::uint64_t before = second->generation("space").value();
  put("key", "v");
  EXPECT_EQ(second->get("space", "key").value(), to_buffer(as_bytes("v")));
  std::this_thread::sleep_for(2 * kForeignWriteDelay);
  EXPECT_NE(second->generation("space").value(), before);
  EXPECT_FALSE(second->put_if_absent("space", "key", as_bytes("x"), Expiry::never()).value());
  EXPECT_TRUE(second->erase("space", "key").value());
  EXPECT_EQ(get("key"), "(absent)");
}

TEST_P(DurableConformance, RecordsAreThereAfterReopening) {
  put("key", "v");
  const std::uint64_t last = generation();
  store_.reset();
  store_ = open();
  EXPECT_EQ(get("key"), "v");
  EXPECT_EQ(generation(), last);
}

TEST_P(ExpiryConformance, AnExpiredRecordIsInvisibleAtOnce) {
  put_for("key", 100ms);
  put("stays", "v");
  clock_.advance(99ms);
  EXPECT_EQ(get("key"), "v");
  EXPECT_THAT(list(""), ElementsAre("key", "stays"));
  clock_.advance(1ms);
  EXPECT_EQ(get("key"), "(absent)");
  EXPECT_THAT(list(""), ElementsAre("stays"));
  EXPECT_FALSE(store_->erase("space", "key").value());
  EXPECT_FALSE(store_->compare_and_set("space", "key", as_bytes("v"), as_bytes("x"), Expiry::never()).value());
  EXPECT_EQ(get("key"), "(absent)");
}

TEST_P(ExpiryConformance, AnExpiredRecordMakesRoomForANewOne) {
  put_for("key", 100ms);
  EXPECT_FALSE(store_->put_if_absent("space", "key", as_bytes("new"), in(1s)).value());
  clock_.advance(100ms);
  EXPECT_TRUE(store_->put_if_absent("space", "key", as_bytes("new"), in(1s)).value());
  EXPECT_EQ(get("key"), "new");
  EXPECT_FALSE(store_->put_if_absent("space", "key", as_bytes("newer"), in(1s)).value());
}

TEST_P(ExpiryConformance, EveryWriteSetsTheExpiryAnew) {
  put_for("put", 100ms);
  put_for("set", 100ms);
  put("put", "v");
  EXPECT_TRUE(store_->compare_and_set("space", "set", as_bytes("v"), as_bytes("w"), in(300ms)).value());
  clock_.advance(200ms);
  EXPECT_EQ(get("put"), "v");
  EXPECT_EQ(get("set"), "w");
  clock_.advance(100ms);
  EXPECT_EQ(get("put"), "v");
  EXPECT_EQ(get("set"), "(absent)");
}

TEST_P(ExpiryConformance, CollectGarbageRemovesTheExpiredAndNothingElse) {
  for (int i = 0; i < 1'500; ++i) put_for("old/" + std::to_string(i), 100ms);
  put_for("later", 200ms);
  put("stays", "v");
  EXPECT_EQ(store_->collect_garbage().value(), 0U);
  clock_.advance(100ms);
  const std::uint64_t before = generation();
  const std::uint64_t other = generation("other");
  EXPECT_EQ(store_->collect_garbage().value(), 1'500U);
  EXPECT_NE(generation(), before);
  EXPECT_EQ(generation("other"), other);
  EXPECT_EQ(store_->collect_garbage().value(), 0U);
  EXPECT_THAT(list(""), ElementsAre("later", "stays"));
}

INSTANTIATE_TEST_SUITE_P(Stores, Conformance, ::testing::ValuesIn(back_ends()), name_of);
INSTANTIATE_TEST_SUITE_P(Stores, DurableConformance, ::testing::ValuesIn(durable_back_ends()), name_of);
INSTANTIATE_TEST_SUITE_P(Stores, ExpiryConformance, ::testing::ValuesIn([] {
                           std::vector<BackEnd> expiring = back_ends();
                           std::erase_if(expiring, [](const BackEnd& back_end) { return !back_end.has_expiry; });
                           return expiring;
                         }()),
                         name_of);

}  // namespace
}  // namespace avouch::store
