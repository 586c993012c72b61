#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "control-plane/modules/scheduling/log_query.hpp"
#include "control-plane/modules/scheduling/log_sources.hpp"

namespace scheduling {

/// What a follower of logs is told, the same as a server-sent event and as a WebSocket message. `id`: where to go on
/// behind it; empty when it moves nothing.
struct LogEvent {
  std::string name;  ///< log, gap, note or place
  std::string data;  ///< JSON
  std::string id;
};

using LogPositions = std::map<std::string, std::uint64_t>;

/// Lines that stand together become one event; each gap is one of its own. `shown` is moved along. Pure.
std::vector<LogEvent> log_events(const LogQuery& query, const LogSources::Piece& piece, LogPositions& shown);
LogEvent note_event(const LogNote& note);
LogEvent place_event(const LogPositions& shown);

/// A line as the answer that ends shows it; empty when the reader did not ask for it.
std::string plain_line(const LogQuery& query, const LogLine& line);

std::string as_server_sent(const LogEvent& event);
/// `{"event","id"?,"data"}`
std::string as_message(const LogEvent& event);

}  // namespace scheduling
