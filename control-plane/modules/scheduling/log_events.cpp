#include "control-plane/modules/scheduling/log_events.hpp"

#include <optional>

#include "common/json/json.hpp"
#include "control-plane/platform/http/message.hpp"

namespace scheduling {
namespace {

constexpr std::size_t kEventBytes = 64 * 1024;

struct LogView {
  std::string replica;
  std::string text;
  std::optional<std::string> at;
  template <class F>
  void map(F& f) {
    f.required("replica", replica);
    f.required("text", text);
    f.optional("at", at);
  }
};

struct GapView {
  std::string replica;
  std::uint64_t bytes{0};
  std::string text;
  template <class F>
  void map(F& f) {
    f.required("replica", replica);
    f.required("bytes", bytes);
    f.required("text", text);
  }
};

struct NoteView {
  std::string replica;
  std::string text;
  template <class F>
  void map(F& f) {
    f.required("replica", replica);
    f.required("text", text);
  }
};

struct MessageView {
  std::string event;
  std::optional<std::string> id;
  json::Raw data;
  template <class F>
  void map(F& f) {
    f.required("event", event);
    f.optional("id", id);
    f.required("data", data);
  }
};

}  // namespace

std::string plain_line(const LogQuery& query, const LogLine& line) {
  const bool shown = line.kind == LogLine::Kind::gap || query.shows(line.text);
  if (!shown) return {};
  return (query.timestamps && !line.time.empty() ? line.time + " " : std::string()) + line.text + "\n";
}

std::vector<LogEvent> log_events(const LogQuery& query, const LogSources::Piece& piece, LogPositions& shown) {
  std::vector<LogEvent> events;
  LogView lines{.replica = piece.label, .text = {}, .at = {}};
  const auto flush = [&] {
    if (!lines.text.empty()) events.push_back({"log", json::encode(lines), write_positions(shown)});
    lines.text.clear();
    lines.at.reset();
  };
  for (const auto& line : piece.lines) {
    if (line.kind == LogLine::Kind::gap) flush();
    if (line.next) shown[piece.replica] = *line.next;
    if (line.kind == LogLine::Kind::gap) {
      events.push_back({"gap", json::encode(GapView{piece.label, line.bytes, line.text}), write_positions(shown)});
      continue;
    }
    const auto text = plain_line(query, line);
    if (text.empty()) continue;
    if (!lines.at && !line.time.empty()) lines.at = line.time;
    lines.text += text;
    if (lines.text.size() > kEventBytes) flush();
  }
  flush();
  return events;
}

LogEvent note_event(const LogNote& note) {
  return {"note", json::encode(NoteView{note.label, note.text}), {}};
}

LogEvent place_event(const LogPositions& shown) {
  return {"place", "{}", write_positions(shown)};
}

std::string as_server_sent(const LogEvent& event) {
  return http::sse_event(event.name, event.data, event.id);
}

std::string as_message(const LogEvent& event) {
  return json::encode(
      MessageView{event.name, event.id.empty() ? std::nullopt : std::optional(event.id), json::Raw{event.data}});
}

}  // namespace scheduling
