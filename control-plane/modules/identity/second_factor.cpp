#include "control-plane/modules/identity/second_factor.hpp"

#include "common/base/bytes.hpp"
#include "common/base/failure.hpp"
#include "common/crypto/hash.hpp"
#include "common/crypto/one_time_code.hpp"
#include "common/crypto/random.hpp"
#include "control-plane/modules/identity/credentials.hpp"
#include "control-plane/modules/identity/qr_code.hpp"
#include "control-plane/modules/identity/rules.hpp"
#include "control-plane/modules/identity/store.hpp"
#include "control-plane/modules/identity/totp_store.hpp"
#include "control-plane/platform/api/rate_limits.hpp"

namespace identity {
namespace {

constexpr const char* kPurpose = "totp";
constexpr std::size_t kSecretBytes = 20;
constexpr std::size_t kCodeBytes = 16;
constexpr std::chrono::hours kUnconfirmedKept{6};

crypto::ColumnContext place(base::PersonId person) {
  return {"person_totp", "secret_sealed", person.to_string(), 1};
}

/// For `otpauth` URIs: everything but letters, digits and dots.
std::string escape(const std::string& text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
    if (plain) {
      escaped.push_back(c);
    } else {
      escaped += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
    }
  }
  return escaped;
}

std::unexpected<base::Error> wrong_code() {
  return base::fail(base::ErrorKind::forbidden, "code.wrong",
                    "This code is not right, or it was used already. Wait for the next one.");
}

std::unexpected<base::Error> no_totp() {
  return base::conflict("totp.none", "There is no authenticator on this account.");
}

}  // namespace

TotpState SecondFactor::state(Tx& tx, base::PersonId person) {
  const auto found = totp_store::find(tx, person);
  if (!found || !found->confirmed_at) return {};
  return {true, found->confirmed_at, totp_store::unused_recovery_codes(tx, person)};
}

base::Result<Enrolment> SecondFactor::enrol(Tx& tx, base::PersonId person, const std::string& account) {
  if (is_on(tx, person)) {
    return base::conflict("totp.on", "There is an authenticator on this account already. Take it away first.");
  }
  const auto secret = crypto::random_bytes(kSecretBytes);
  totp_store::enrol(tx, person, vault_.seal_installation(tx, kPurpose, place(person), secret), clock_.utc_now());
  Enrolment made;
  made.secret = crypto::base32_encode(secret);
  made.uri = "otpauth://totp/WiseHosting:" + escape(account.substr(0, 100)) + "?secret=" + made.secret +
             "&issuer=WiseHosting&algorithm=SHA1&digits=6&period=30";
  made.qr_svg = qr_svg(made.uri);
  return made;
}

base::Result<void> SecondFactor::take_totp(Tx& tx, base::PersonId person, const std::string& code) {
  const auto found = totp_store::find(tx, person);
  if (!found) return no_totp();
  const auto secret = vault_.open_installation(tx, kPurpose, place(person), found->secret_sealed);
  if (!secret) throw base::Failure("an authenticator's key does not open");
  const auto step = crypto::find_code_step(secret->reveal(), code, clock_.utc_now());
  if (!step || !totp_store::take_step(tx, person, static_cast<std::int64_t>(*step))) return wrong_code();
  return {};
}

base::Result<std::vector<std::string>> SecondFactor::confirm(Tx& tx, base::PersonId person, const std::string& code) {
  const auto now = clock_.utc_now();
  TRY_ASSIGN(const auto tries, rules::count_try(totp_store::hold_tries(tx, person, "", now), now));
  totp_store::set_tries(tx, person, "", tries);
  const auto found = totp_store::find(tx, person);
  if (!found) return no_totp();
  if (found->confirmed_at) return base::conflict("totp.on", "The authenticator is confirmed already.");
  TRY_CHECK(take_totp(tx, person, code));
  totp_store::set_tries(tx, person, "", {0, now, 0});
  totp_store::confirm(tx, person, now);
  return new_recovery_codes(tx, person);
}

void SecondFactor::remove(Tx& tx, base::PersonId person) {
  totp_store::remove(tx, person);
}

std::vector<std::string> SecondFactor::new_recovery_codes(Tx& tx, base::PersonId person) {
  std::vector<std::string> codes;
  std::vector<std::string> hashes;
  for (int i = 0; i < kRecoveryCodes; ++i) {
    codes.push_back(rules::recovery_code(crypto::random_bytes(kCodeBytes)));
    hashes.push_back(crypto::sha256_hex(codes.back()));
  }
  totp_store::replace_recovery_codes(tx, person, hashes);
  return codes;
}

std::string SecondFactor::counter_of(Tx& tx, base::PersonId person, const CodePlace& place) {
  const auto since = clock_.utc_now() - kDeviceLife;
  const auto device = crypto::sha256(place.device_token);
  if (!place.device_token.empty() && store::knows_device(tx, person, device, since)) return device;
  const auto here = api::neighbourhood(place.address);
  for (const auto& address : store::addresses_of(tx, person, since)) {
    if (api::neighbourhood(address) == here) return crypto::sha256("address:" + here);
  }
  return "";
}

base::Result<CodeKind> SecondFactor::check(Tx& tx, base::PersonId person, const std::string& code,
                                           const CodePlace& place) {
  const auto now = clock_.utc_now();
  const auto recovery = rules::normal_recovery_code(code);
  if (!recovery.empty()) {
    if (!is_on(tx, person)) return no_totp();
    if (!totp_store::use_recovery_code(tx, person, crypto::sha256(recovery), now)) return wrong_code();
    return CodeKind::recovery;
  }
  const auto counter = counter_of(tx, person, place);
  TRY_ASSIGN(const auto tries, rules::count_try(totp_store::hold_tries(tx, person, counter, now), now));
  totp_store::set_tries(tx, person, counter, tries);
  if (!is_on(tx, person)) return no_totp();
  TRY_CHECK(take_totp(tx, person, code));
  totp_store::set_tries(tx, person, counter, {0, now, 0});
  return CodeKind::totp;
}

std::string SecondFactor::begin_wait(Tx& tx, base::PersonId person, const std::string& return_to) {
  auto token = new_token();
  totp_store::insert_wait(tx, crypto::sha256(token), {person, return_to}, clock_.utc_now() + kFlowLife);
  return token;
}

std::optional<Waiting> SecondFactor::hold_wait(Tx& tx, const std::string& token) {
  return totp_store::hold_wait(tx, crypto::sha256(token), clock_.utc_now());
}

void SecondFactor::end_wait(Tx& tx, const std::string& token) {
  totp_store::remove_wait(tx, crypto::sha256(token));
}

void SecondFactor::forget_old(Tx& tx) {
  const auto now = clock_.utc_now();
  totp_store::forget_unconfirmed(tx, now - kUnconfirmedKept);
  totp_store::forget_waits(tx, now);
}

}  // namespace identity
