#include "common/audit/csv.hpp"

#include <initializer_list>

namespace audit_chain {
namespace {

constexpr std::string_view kFormulas = "=+-@\t\r\n";
constexpr std::string_view kQuoted = ",\"\r\n";

std::string csv_line(std::initializer_list<std::string_view> cells) {
  std::string line;
  for (const auto cell : cells) line += csv_cell(cell) + ",";
  line.pop_back();
  return line + "\r\n";
}

std::string_view text_or_empty(const std::optional<std::string>& text) {
  return text ? std::string_view(*text) : std::string_view();
}

std::string_view text_or_empty(const json::Raw& value) {
  return value.text == "null" ? std::string_view() : std::string_view(value.text);
}

}  // namespace

std::string csv_cell(std::string_view text) {
  std::string cell(text);
  if (!cell.empty() && kFormulas.contains(cell.front())) cell.insert(cell.begin(), '\'');
  if (cell.find_first_of(kQuoted) == std::string::npos) return cell;
  std::string quoted = "\"";
  for (const char c : cell) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

std::string csv_head() {
  return csv_line({"at", "actor_kind", "actor_name", "actor_id", "credential", "action", "object_kind", "object_name",
                   "object_id", "app_id", "address", "user_agent", "request_id", "before", "after", "sequence", "id"});
}

std::string csv_row(const Event& event, std::int64_t sequence) {
  return csv_line({base::format_utc(base::UtcTime(std::chrono::microseconds(event.at_us))), event.actor_kind,
                   text_or_empty(event.actor_name), text_or_empty(event.actor_id), text_or_empty(event.credential),
                   event.action, text_or_empty(event.object_kind), text_or_empty(event.object_name),
                   text_or_empty(event.object_id), text_or_empty(event.app_id), text_or_empty(event.address),
                   text_or_empty(event.user_agent), text_or_empty(event.request_id), text_or_empty(event.before),
                   text_or_empty(event.after), sequence > 0 ? std::to_string(sequence) : std::string(), event.id});
}

}  // namespace audit_chain
