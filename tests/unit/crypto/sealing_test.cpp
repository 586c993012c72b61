#include <gtest/gtest.h>

#include "common/crypto/column.hpp"
#include "common/crypto/random.hpp"
#include "common/crypto/sealed_box.hpp"

namespace crypto {
namespace {

const ColumnContext kPlace{.table = "workers", .column = "api_key_hash", .row = "w1", .generation = 2};

TEST(SealedBox, opens_only_with_its_key) {
  const auto key = x25519_generate();

  const std::string box = seal_box(key.public_key, "secret").value();

  EXPECT_EQ(open_box(key, box).value().reveal(), "secret");
  EXPECT_EQ(open_box(x25519_generate(), box).error().code, "crypto.sealed_box");
  std::string changed = box;
  changed.back() = static_cast<char>(changed.back() ^ 1);
  EXPECT_FALSE(open_box(key, changed).has_value());
  EXPECT_FALSE(open_box(key, "short").has_value());
  EXPECT_FALSE(seal_box("short", "secret").has_value());
}

TEST(SealedBox, takes_an_empty_plaintext) {
  const auto key = x25519_generate();

  EXPECT_EQ(open_box(key, seal_box(key.public_key, "").value()).value().reveal(), "");
}

TEST(SealedColumn, opens_at_its_place) {
  const std::string key(32, 'k');

  const std::string sealed = seal_column(key, kPlace, "value");

  EXPECT_TRUE(sealed.starts_with("1:1:"));
  EXPECT_EQ(open_column(key, kPlace, sealed).value().reveal(), "value");
  EXPECT_NE(sealed, seal_column(key, kPlace, "value"));
  EXPECT_EQ(open_column(key, kPlace, seal_column(key, kPlace, "")).value().reveal(), "");
}

TEST(SealedColumn, does_not_open_elsewhere) {
  const std::string key(32, 'k');
  const std::string sealed = seal_column(key, kPlace, "value");
  ColumnContext other_table = kPlace;
  other_table.table = "apps";
  ColumnContext other_column = kPlace;
  other_column.column = "name";
  ColumnContext other_row = kPlace;
  other_row.row = "w2";
  ColumnContext other_generation = kPlace;
  other_generation.generation = 1;

  for (const ColumnContext& place : {other_table, other_column, other_row, other_generation}) {
    EXPECT_EQ(open_column(key, place, sealed).error().code, "crypto.column");
  }
  const ColumnContext shifted{.table = "workersapi", .column = "_key_hash", .row = "w1", .generation = 2};
  EXPECT_FALSE(open_column(key, shifted, sealed).has_value());
}

TEST(SealedColumn, refuses_other_keys_and_changed_text) {
  const std::string key(32, 'k');
  const std::string sealed = seal_column(key, kPlace, "value");

  EXPECT_FALSE(open_column(std::string(32, 'x'), kPlace, sealed).has_value());
  EXPECT_FALSE(open_column(std::string(31, 'k'), kPlace, sealed).has_value());
  for (const std::string& text : {std::string(), std::string("1:1"), "2" + sealed.substr(1), sealed + "A",
                                  sealed.substr(0, sealed.size() - 2), "1:2" + sealed.substr(3)}) {
    EXPECT_FALSE(open_column(key, kPlace, text).has_value()) << text;
  }
}

TEST(SealedColumn, finds_the_key_by_its_version) {
  const std::vector<ColumnKey> keys{{.version = 1, .key = base::SecretString(random_bytes(32))},
                                    {.version = 2, .key = base::SecretString(random_bytes(32))}};

  const std::string sealed = seal_column(keys[0], kPlace, "old");

  EXPECT_EQ(open_column(keys, kPlace, sealed).value().reveal(), "old");
  EXPECT_FALSE(open_column(std::span(keys).subspan(1), kPlace, sealed).has_value());
}

}  // namespace
}  // namespace crypto
