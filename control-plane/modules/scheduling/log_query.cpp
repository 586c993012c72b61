#include "control-plane/modules/scheduling/log_query.hpp"

#include <charconv>

#include "control-plane/platform/api/since.hpp"

namespace scheduling {
namespace {

constexpr std::int64_t kMostLines = 100'000;
constexpr std::size_t kLongestGrep = 200;

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string text_of(const api::Input& input, const std::string& name) {
  const auto found = input.query.find(name);
  return found == input.query.end() ? std::string() : found->second;
}

base::Result<bool> flag_of(const api::Input& input, const std::string& name) {
  const auto text = text_of(input, name);
  if (text.empty() || text == "false") return false;
  if (text == "true") return true;
  return base::invalid(name, name + " is true or false.");
}

}  // namespace

std::string log_label(const Replica& replica) {
  return std::to_string(replica.index) + "@" + replica.worker_name;
}

bool LogQuery::wants(const Replica& of) const {
  return replica.empty() || replica == std::to_string(of.index) || replica == of.id.to_string() ||
         replica == log_label(of);
}

base::Result<LogQuery> read_log_query(const api::Input& input, base::UtcTime now) {
  LogQuery query;
  const auto since = text_of(input, "since");
  if (!since.empty()) {
    TRY_ASSIGN(query.range.since, api::read_since(since, now));
  }
  if (text_of(input, "tail") != "all") {
    const bool all = !since.empty() && !input.query.contains("tail");
    TRY_ASSIGN(const auto lines, input.integer("tail", 200, 0, kMostLines));
    if (!all) query.range.last_lines = static_cast<int>(lines);
  }
  query.replica = text_of(input, "replica");
  query.grep = text_of(input, "grep");
  if (query.grep.size() > kLongestGrep) return base::invalid("grep", "grep has at most 200 bytes.");
  TRY_ASSIGN(query.timestamps, flag_of(input, "timestamps"));
  TRY_ASSIGN(query.download, flag_of(input, "download"));
  query.positions = read_positions(text_of(input, "cursor"));
  return query;
}

std::string write_positions(const std::map<std::string, std::uint64_t>& positions) {
  std::string text;
  for (const auto& [replica, offset] : positions) {
    text.append(text.empty() ? "" : ",").append(replica).append(":").append(std::to_string(offset));
  }
  return text;
}

std::map<std::string, std::uint64_t> read_positions(std::string_view text, std::size_t most) {
  std::map<std::string, std::uint64_t> positions;
  while (!text.empty() && positions.size() < most) {
    const auto entry = text.substr(0, text.find(','));
    const auto colon = entry.find(':');
    const auto offset = colon == std::string_view::npos ? std::nullopt : number(entry.substr(colon + 1));
    if (offset && base::ReplicaId::parse(entry.substr(0, colon))) {
      positions[std::string(entry.substr(0, colon))] = *offset;
    }
    text.remove_prefix(std::min(text.size(), entry.size() + 1));
  }
  return positions;
}

}  // namespace scheduling
