#pragma once

#include <map>
#include <optional>
#include <string>

#include "control-plane/modules/fleet/hub.hpp"
#include "control-plane/modules/scheduling/types.hpp"
#include "control-plane/platform/api/api.hpp"

namespace scheduling {

/// What a reader of an app's logs wants.
struct LogQuery {
  fleet::LogRange range;
  std::string replica;  ///< an index, an id, or `index@worker`; empty: all
  std::string grep;     ///< only lines that contain this
  bool timestamps{false};
  bool download{false};
  /// Where an earlier answer stopped, by replica.
  std::map<std::string, std::uint64_t> positions;

  bool wants(const Replica& replica) const;
  bool shows(std::string_view line) const { return grep.empty() || line.find(grep) != std::string_view::npos; }
};

/// `index@worker`, as logs name a replica.
std::string log_label(const Replica& replica);

/// Reads `tail`, `since`, `grep`, `replica`, `timestamps`, `download` and `cursor`; all mistakes have the parameter's
/// name.
base::Result<LogQuery> read_log_query(const api::Input& input, base::UtcTime now);
std::string write_positions(const std::map<std::string, std::uint64_t>& positions);
/// At most so many; what cannot be read is left out.
std::map<std::string, std::uint64_t> read_positions(std::string_view text, std::size_t most = 64);

}  // namespace scheduling
