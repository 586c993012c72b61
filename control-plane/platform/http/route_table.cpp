#include "control-plane/platform/http/route_table.hpp"

#include <algorithm>

#include "common/base/failure.hpp"
#include "common/http_client/message.hpp"

namespace http {
namespace {

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> segments;
  while (path.starts_with('/')) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    segments.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return segments;
}

bool is_parameter(std::string_view segment) {
  return segment.starts_with('{') && segment.ends_with('}');
}

}  // namespace

bool offers_subprotocol(const Request& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (!http_client::same_name(key, "Sec-WebSocket-Protocol")) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const auto end = std::min(rest.find(','), rest.size());
      auto offered = rest.substr(0, end);
      while (offered.starts_with(' ')) offered.remove_prefix(1);
      while (offered.ends_with(' ')) offered.remove_suffix(1);
      if (offered == name) return true;
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return false;
}

Route::Route(Method method, std::string pattern, Handler handler, UpgradeHandler upgrade)
    : method_(method), pattern_(std::move(pattern)), handler_(std::move(handler)), upgrade_(std::move(upgrade)) {
  BASE_CHECK(pattern_.starts_with('/'), "a route begins with a slash: " + pattern_);
  for (const auto segment : segments_of(pattern_)) {
    if (is_parameter(segment)) parameter_names_.emplace_back(segment.substr(1, segment.size() - 2));
  }
}

Route& Route::summary(std::string text) {
  about_.summary = std::move(text);
  return *this;
}
Route& Route::tag(std::string text) {
  about_.tag = std::move(text);
  return *this;
}
Route& Route::permission(std::string name) {
  about_.permission = std::move(name);
  return *this;
}
Route& Route::request_schema(std::string json) {
  about_.request_schema = std::move(json);
  return *this;
}
Route& Route::response_schema(int status, std::string json) {
  about_.response_schemas[status] = std::move(json);
  return *this;
}
Route& Route::query_parameter(std::string name, std::string description) {
  about_.query.push_back(QueryParameter{std::move(name), std::move(description)});
  return *this;
}
Route& Route::body_limit(std::size_t bytes) {
  about_.body_limit = bytes;
  return *this;
}
Route& Route::errors(std::vector<base::ErrorKind> kinds) {
  about_.errors = std::move(kinds);
  return *this;
}
Route& Route::idempotent_key(bool accepted) {
  about_.idempotent_key = accepted;
  return *this;
}

/// One segment of the tree of paths.
struct RouteTable::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
  std::unique_ptr<Node> parameter;
  std::map<Method, const Route*> methods;
  const Route* upgrade{nullptr};

  bool is_end() const { return !methods.empty() || upgrade != nullptr; }

  /// The node that a path ends at; what the parameters caught is left in `caught`.
  const Node* find(const std::vector<std::string_view>& segments, std::size_t at,
                   std::vector<std::string_view>& caught) const {
    if (at == segments.size()) return is_end() ? this : nullptr;
    if (const auto literal = literals.find(segments[at]); literal != literals.end()) {
      if (const Node* found = literal->second->find(segments, at + 1, caught)) return found;
    }
    if (!parameter || segments[at].empty()) return nullptr;
    caught.push_back(segments[at]);
    const Node* found = parameter->find(segments, at + 1, caught);
    if (found == nullptr) caught.pop_back();
    return found;
  }
};

RouteTable::RouteTable() : root_(std::make_unique<Node>()) {}
RouteTable::~RouteTable() = default;
RouteTable::RouteTable(RouteTable&&) noexcept = default;
RouteTable& RouteTable::operator=(RouteTable&&) noexcept = default;

Route& RouteTable::place(std::unique_ptr<Route> route) {
  Node* node = root_.get();
  for (const auto segment : segments_of(route->pattern())) {
    auto& next = is_parameter(segment) ? node->parameter : node->literals[std::string(segment)];
    if (!next) next = std::make_unique<Node>();
    node = next.get();
  }
  const Route*& place = route->is_upgrade() ? node->upgrade : node->methods[route->method()];
  BASE_CHECK(place == nullptr, "a route is added twice: " + route->pattern());
  place = route.get();
  return *routes_.emplace_back(std::move(route));
}

Route& RouteTable::add(Method method, std::string pattern, Handler handler) {
  return place(std::make_unique<Route>(method, std::move(pattern), std::move(handler), nullptr));
}

Route& RouteTable::upgrade(std::string pattern, UpgradeHandler handler) {
  return place(std::make_unique<Route>(Method::get, std::move(pattern), nullptr, std::move(handler)));
}

void RouteTable::fallback(Handler handler) {
  fallback_ = std::move(handler);
}

RouteTable::Match RouteTable::match(Method method, std::string_view path) const {
  Match match;
  std::vector<std::string_view> caught;
  const Node* node = root_->find(segments_of(path), 0, caught);
  if (node == nullptr) return match;
  for (const auto& [known, route] : node->methods) match.allowed.push_back(known);
  match.upgrade = node->upgrade;
  if (match.upgrade != nullptr && !node->methods.contains(Method::get)) match.allowed.push_back(Method::get);
  if (const auto route = node->methods.find(method); route != node->methods.end()) match.route = route->second;
  const Route* named = match.route != nullptr ? match.route : match.upgrade;
  if (named != nullptr) {
    for (std::size_t i = 0; i < caught.size(); ++i) match.params[named->parameter_names_[i]] = std::string(caught[i]);
  }
  return match;
}

}  // namespace http
