#include <cstdio>
#include <fstream>

#include <gmock/gmock.h>

#include "common/base/failure.hpp"
#include "common/crypto/hmac.hpp"
#include "control-plane/modules/secrets/vault_transit.hpp"
#include "tests/integration/secrets/fixture.hpp"
#include "tests/support/transit_server.hpp"

namespace secrets_test {
namespace {

const base::SystemClock kClock;
const crypto::ColumnContext kWhere{"data_keys", "key_sealed", "an-organization", 1};

// AddressSanitizer makes mlock do nothing, as it could not live with locked memory.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool kLockIsLeftOut = true;
#else
constexpr bool kLockIsLeftOut = false;
#endif
#endif

/// VmFlags of the mapping that holds the address.
std::string flags_of(const void* address) {
  std::ifstream maps("/proc/self/smaps");
  const auto wanted = reinterpret_cast<std::uintptr_t>(address);
  bool there = false;
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &begin, &end) == 2) there = begin <= wanted && wanted < end;
    if (there && line.starts_with("VmFlags:")) return line + " ";
  }
  return {};
}

TEST(LockedKey, SEC_15_is_never_swapped_out_nor_dumped_nor_written_again) {
  const secrets::LockedKey key(base::SecretString(std::string(32, 'k')));

  EXPECT_EQ(key.reveal(), std::string(32, 'k'));
  EXPECT_TRUE(key.is_locked());
  const auto flags = flags_of(key.reveal().data());
  EXPECT_TRUE(kLockIsLeftOut || flags.contains(" lo ")) << flags;
  EXPECT_NE(flags.find(" dd "), std::string::npos) << flags;
  EXPECT_EQ(flags.find(" wr "), std::string::npos) << flags;
}

TEST(MasterKey, one_that_others_may_read_is_refused) {
  const Home home;
  for (const mode_t mode : {0644, 0640, 0604, 0660}) {
    ::chmod(home.master().c_str(), mode);
    EXPECT_THROW(secrets::LocalKeys(home.master()), base::Failure) << mode;
  }
  ::chmod(home.master().c_str(), 0400);
  EXPECT_NO_THROW(secrets::LocalKeys(home.master()));
}

TEST(MasterKey, one_of_another_length_or_none_at_all_is_refused) {
  const Home home;
  for (const std::size_t length : {0U, 16U, 31U, 33U, 64U}) {
    base::blocking_write_file(home.master(), std::string(length, 'k'), 0600);
    EXPECT_THROW(secrets::LocalKeys(home.master()), base::Failure) << length;
  }
  std::filesystem::remove(home.master());
  EXPECT_THROW(secrets::LocalKeys(home.master()), base::Failure);
}

/// What every provider must do, whoever holds the key.
struct ProviderContract : testing::TestWithParam<std::string> {
  ProviderContract() {
    base::blocking_write_file(home.folder() / "token", std::string(support::TransitServer::kToken) + "\n", 0600);
  }
  std::unique_ptr<secrets::KeyProvider> provider() {
    if (GetParam() == "file") return home.keys();
    return std::make_unique<secrets::VaultTransit>(secrets::VaultOptions{.address = transit.address(),
                                                                         .mount = "transit",
                                                                         .key = "wisehosting",
                                                                         .namespace_ = "",
                                                                         .token_file = home.folder() / "token",
                                                                         .ca_file = ""},
                                                   kClock);
  }
  Home home;
  support::TransitServer transit;
  const base::SecretString key{std::string(32, 'd')};
};

TEST_P(ProviderContract, what_it_wrapped_it_unwraps_at_its_place_only) {
  const auto keys = provider();
  const auto id = keys->blocking_active();

  const auto wrapped = keys->blocking_wrap(id, kWhere, key);

  EXPECT_EQ(keys->key_of(wrapped), id);
  EXPECT_EQ(wrapped.find(std::string(8, 'd')), std::string::npos);
  const auto opened = provider()->blocking_unwrap(kWhere, wrapped);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->reveal(), key.reveal());
  for (const auto& elsewhere : {crypto::ColumnContext{"data_keys", "key_sealed", "another", 1},
                                crypto::ColumnContext{"data_keys", "key_sealed", "an-organization", 2},
                                crypto::ColumnContext{"other", "key_sealed", "an-organization", 1}}) {
    EXPECT_FALSE(keys->blocking_unwrap(elsewhere, wrapped));
  }
}

TEST_P(ProviderContract, a_changed_text_does_not_open) {
  const auto keys = provider();
  auto wrapped = keys->blocking_wrap(keys->blocking_active(), kWhere, key);
  for (const std::size_t back : {3U, 8U, 20U}) {
    auto changed = wrapped;
    auto& letter = changed[changed.size() - back];
    letter = letter == 'A' ? 'B' : 'A';
    EXPECT_FALSE(keys->blocking_unwrap(kWhere, changed)) << back;
  }
}

TEST_P(ProviderContract, after_a_rotation_the_old_key_opens_nothing) {
  const auto before = provider();
  const auto old_id = before->blocking_active();
  const auto old = before->blocking_wrap(old_id, kWhere, key);

  const auto id = before->blocking_begin_rotation();
  EXPECT_NE(id, old_id);
  EXPECT_TRUE(before->blocking_unwrap(kWhere, old));
  const auto fresh = before->blocking_wrap(id, kWhere, key);
  before->blocking_end_rotation(id);

  EXPECT_EQ(provider()->blocking_active(), id);
  EXPECT_TRUE(provider()->blocking_unwrap(kWhere, fresh));
  EXPECT_FALSE(provider()->blocking_unwrap(kWhere, old));
}

INSTANTIATE_TEST_SUITE_P(Providers, ProviderContract, testing::Values("file", "vault"),
                         [](const auto& name) { return name.param; });

TEST(Vault, a_refusal_or_an_outage_is_told_without_what_was_sent) {
  const Home home;
  support::TransitServer transit;
  base::blocking_write_file(home.folder() / "token", "hvs.wrong", 0600);
  secrets::VaultTransit keys({.address = transit.address(),
                              .mount = "transit",
                              .key = "wisehosting",
                              .namespace_ = "",
                              .token_file = home.folder() / "token",
                              .ca_file = ""},
                             kClock);
  const auto message = [&] {
    try {
      keys.blocking_wrap("1", kWhere, base::SecretString(std::string(32, 'd')));
    } catch (const base::Failure& failure) {
      return std::string(failure.what());
    }
    return std::string();
  };

  EXPECT_THAT(message(), testing::HasSubstr("status 403"));
  base::blocking_write_file(home.folder() / "token", support::TransitServer::kToken, 0600);
  transit.seal(true);
  EXPECT_THAT(message(), testing::HasSubstr("status 503"));
  EXPECT_THAT(message(), testing::Not(testing::HasSubstr("hvs.")));
  EXPECT_THAT(message(), testing::Not(testing::HasSubstr("ZGRk")));
}

TEST(Vault, an_address_in_the_clear_elsewhere_and_odd_names_are_refused) {
  const auto make = [](const std::string& address, const std::string& key) {
    secrets::VaultTransit(
        {.address = address, .mount = "transit", .key = key, .namespace_ = "", .token_file = "/nowhere", .ca_file = ""},
        kClock);
  };
  EXPECT_THROW(make("http://vault.example.com:8200", "wisehosting"), base::Failure);
  EXPECT_THROW(make("https://vault.example.com:8200", "../sys/seal"), base::Failure);
  EXPECT_THROW(make("vault.example.com", "wisehosting"), base::Failure);
  EXPECT_NO_THROW(make("https://vault.example.com:8200", "wisehosting"));
}

TEST(Vault, opened_data_keys_are_asked_for_once) {
  const Home home;
  const support::Database database;
  const auto place = make_place(database, 1);
  support::TransitServer transit;
  base::blocking_write_file(home.folder() / "token", support::TransitServer::kToken, 0600);
  secrets::Vault vault(
      std::make_unique<secrets::VaultTransit>(secrets::VaultOptions{.address = transit.address(),
                                                                    .mount = "transit",
                                                                    .key = "wisehosting",
                                                                    .namespace_ = "",
                                                                    .token_file = home.folder() / "token",
                                                                    .ca_file = ""},
                                              kClock),
      kClock);
  postgres::Pool pool({.dsn = database.dsn(), .size = 1});
  run(pool, [&](Tx& tx) {
    put(tx, vault, place, "A", "one");
    return true;
  });
  const auto calls = transit.calls();

  run(pool, [&](Tx& tx) {
    for (int i = 0; i < 20; ++i) put(tx, vault, place, "B" + std::to_string(i), "two");
    return open_all(tx, vault, place).size();
  });

  EXPECT_EQ(transit.calls(), calls);
}

}  // namespace
}  // namespace secrets_test
