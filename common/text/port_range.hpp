#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace text {

/// The TCP ports at which a host publishes replicas, both ends included.
struct PortRange {
  int first{0};
  int last{0};
  bool operator==(const PortRange&) const = default;
};

/// Reads `20000-20999`; from 1024, for those below are other programs', to 65535. Error `invalid`. Pure.
base::Result<PortRange> parse_port_range(std::string_view words);

std::string to_string(const PortRange& range);

}  // namespace text
