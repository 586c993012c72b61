#include "common/audit/csv.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace audit_chain {
namespace {

constexpr std::string_view kFormulas = "=+-@\t\r\n";
/// The same signs in full width, which some spreadsheets take for them.
constexpr std::array<std::string_view, 4> kWideFormulas{"＝", "＋", "－", "＠"};
/// Where another cell begins for a spreadsheet that is set to another separator, whatever is quoted.
constexpr std::string_view kSeparators = ";\t\r\n";
constexpr std::string_view kQuoted = ",\"\r\n";

bool is_formula(std::string_view text) {
  return kFormulas.contains(text.front()) ||
         std::ranges::any_of(kWideFormulas, [&](std::string_view sign) { return text.starts_with(sign); });
}

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
  std::string cell;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins = i == 0 || kSeparators.contains(text[i - 1]);
    if (begins && is_formula(text.substr(i))) cell.push_back('\'');
    cell.push_back(text[i]);
  }
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
