#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cli {

struct Event {
  std::string event;
  std::string data;
};

/// Reads a stream of server-sent events piece by piece. Remembers the last id, for resuming. A line over 1 MiB is cut.
class EventParser {
 public:
  std::vector<Event> feed(std::string_view bytes);
  const std::string& last_id() const { return last_id_; }
  /// A new connection begins: what was incomplete is dropped, the last id stays.
  void restart();

 private:
  void take_line(std::string_view line, std::vector<Event>& events);

  std::string line_;
  Event current_;
  bool has_data_{false};
  std::string last_id_;
};

}  // namespace cli
