#include "control-plane/modules/identity/cache.hpp"

#include <gtest/gtest.h>

namespace identity {
namespace {

constexpr base::UtcTime kNow{std::chrono::seconds(1'700'000'000)};

auth::Principal principal(base::PersonId person) {
  auth::Principal made;
  made.credential = base::Uuid::v7(kNow);
  made.person = person;
  made.expires_at = kNow + std::chrono::hours(1);
  return made;
}

struct CacheTest : testing::Test {
  Cache cache;
  base::PersonId ann{base::Uuid::v7(kNow)};
  auth::Principal hers = principal(ann);
  void keep() { cache.keep("sha", hers, kNow, cache.mark()); }
};

TEST_F(CacheTest, remembers_for_less_than_thirty_seconds) {
  keep();

  EXPECT_TRUE(cache.find("sha", kNow + std::chrono::seconds(29)));
  EXPECT_FALSE(cache.find("sha", kNow + std::chrono::seconds(30)));
  EXPECT_FALSE(cache.find("other", kNow));
}

TEST_F(CacheTest, a_clock_set_back_makes_nothing_live_longer) {
  keep();

  EXPECT_FALSE(cache.find("sha", kNow - std::chrono::seconds(1)));
}

TEST_F(CacheTest, nothing_outlives_its_credential) {
  hers.expires_at = kNow + std::chrono::seconds(5);
  keep();

  EXPECT_FALSE(cache.find("sha", kNow + std::chrono::seconds(5)));
}

TEST_F(CacheTest, what_was_revoked_is_gone) {
  keep();
  cache.forget_credential(hers.credential);
  EXPECT_FALSE(cache.find("sha", kNow));

  keep();
  cache.forget_person(ann);
  EXPECT_FALSE(cache.find("sha", kNow));

  keep();
  cache.forget_all();
  EXPECT_FALSE(cache.find("sha", kNow));
}

TEST_F(CacheTest, others_stay) {
  keep();
  cache.forget_person(base::PersonId(base::Uuid::v7(kNow + std::chrono::seconds(1))));

  EXPECT_TRUE(cache.find("sha", kNow));
}

TEST_F(CacheTest, what_was_read_before_a_revocation_is_not_kept_after_it) {
  const auto mark = cache.mark();
  cache.forget_credential(hers.credential);  // while the tables were being read

  cache.keep("sha", hers, kNow, mark);

  EXPECT_FALSE(cache.find("sha", kNow));
}

TEST_F(CacheTest, is_bounded) {
  for (std::size_t i = 0; i < Cache::kMost + 10; ++i) cache.keep(std::to_string(i), hers, kNow, cache.mark());

  EXPECT_FALSE(cache.find("0", kNow));
  EXPECT_TRUE(cache.find(std::to_string(Cache::kMost + 9), kNow));
}

}  // namespace
}  // namespace identity
