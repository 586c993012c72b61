#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "control-plane/modules/identity/types.hpp"

/// Pure decisions about sign-in.
namespace identity::rules {

/// A path of this dashboard to go on at, or "/": never another site's address, whatever browsers make of backslashes,
/// double slashes, control characters or encoded forms of them.
std::string safe_return_path(std::string_view wanted);

/// A name that a person or token may have: 1..100 bytes without control characters. `field` is the JSON pointer.
base::Result<void> check_name(const std::string& field, const std::string& name);
/// `system`, `light` or `dark`.
base::Result<void> check_theme(const std::string& field, const std::string& theme);

/// Eight letters that cannot be taken for each other, as XXXX-XXXX, from 8 random bytes.
std::string user_code(std::string_view random);
/// What a person typed as a user code, in the form in which it is kept; empty when it cannot be one.
std::string normal_user_code(std::string_view typed);
/// The same for recovery codes: XXXXXXXX-XXXXXXXX, from 16 random bytes. 69 bits, so that their SHA-256 opens nothing.
std::string recovery_code(std::string_view random);
std::string normal_recovery_code(std::string_view typed);

/// When tries of second factors go on: after five within a minute a minute's pause, which doubles with every five more
/// failures, to an hour.
struct Tries {
  int tries{0};
  base::UtcTime window_began;
  int failures{0};  ///< since the last success
};
/// The counter after one more try at `now`, or error `rate_limited` while there is a pause.
base::Result<Tries> count_try(const std::optional<Tries>& so_far, base::UtcTime now);

/// Who may come in from the provider, beside the lists being empty: an e-mail address of `emails`, or a hosted domain
/// (`hd`, else the address's domain) of `domains`. Compared without case.
bool is_allowed(const std::string& email, const std::string& hosted_domain, const std::vector<std::string>& domains,
                const std::vector<std::string>& emails);

/// "Firefox on Linux": what a person recognises of a User-Agent.
std::string device_name(std::string_view user_agent);

}  // namespace identity::rules
