#pragma once

#include <string>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"

namespace api {

/// The parameter `since` of logs: a span before `now` (`90s`, `10m`, `2h`, `3d`; a number of at most 10,000) or a time
/// in RFC 3339. Error invalid, with the field `since`.
base::Result<base::UtcTime> read_since(const std::string& text, base::UtcTime now);

}  // namespace api
