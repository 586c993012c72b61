#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "worker-agent/edge/changes.hpp"
#include "worker-agent/edge/disk.hpp"
#include "worker-agent/edge/layout.hpp"
#include "worker-agent/edge/render.hpp"
#include "worker-agent/edge/route.hpp"

namespace {

constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:[]/ \n";

void require(bool condition) {
  if (!condition) std::abort();
}

/// What every server line ends with, whatever the route says: an expression of our own with other letters in it.
std::string own_words() {
  const std::string line =
      edge::server_arguments(edge::Target{.replica = {}, .address = "192.0.2.1", .port = 1, .release = {}});
  return line.substr(line.find(" pool-max-conn "));
}

std::string without(std::string text, const std::string& part) {
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at)) text.erase(at, part.size());
  return text;
}

}  // namespace

/// Whatever bytes a route object holds: what is accepted renders to plain words, one server a line and one host a line,
/// gives single runtime commands, and survives the disk.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto route = edge::parse_route(text, std::chrono::seconds(30));
  if (!route) return 0;
  edge::Layout empty;
  empty.slots = 1;
  const auto layout = edge::plan(empty, {*route}, base::UtcTime{}, {});
  require(layout.has_value());

  const std::string slots = edge::render_slots(*layout);
  const std::string map = edge::render_map(*layout);
  require(without(slots, own_words()).find_first_not_of(kAllowed) == std::string::npos);
  require(map.find_first_not_of(kAllowed) == std::string::npos);
  std::size_t ready = 0;
  for (const auto& target : route->targets) ready += target.drain ? 0 : 1;
  require(static_cast<std::size_t>(std::count(slots.begin(), slots.end(), '\n')) == 1 + ready);
  require(static_cast<std::size_t>(std::count(map.begin(), map.end(), '\n')) == route->hosts.size());
  for (const auto& command : edge::compare(*layout, edge::Seen{}).commands) {
    require(command.find_first_of("\n\r;<\\") == std::string::npos);
  }
  const auto read = edge::decode_layout(edge::encode_layout(*layout));
  require(read.has_value() && *read == *layout);
  return 0;
}
