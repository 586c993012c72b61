#include <boost/asio/this_coro.hpp>
#include <istream>

#include "cli/commands/commands.hpp"
#include "cli/commands/sign_in.hpp"

namespace cli {
namespace {

struct SetupBody {
  std::string token;
  template <class F>
  void map(F& f) {
    f.required("token", token);
  }
};

/// Server and token of a setup link, or of a bare token.
struct SetupLink {
  std::string server;
  std::string token;
};

base::Result<SetupLink> read_link(const std::string& text, const Login& options) {
  SetupLink link;
  const auto hash = text.find('#');
  if (hash != std::string::npos) {
    TRY_ASSIGN(link.server, origin_of(text.substr(0, hash)));
    link.token = text.substr(hash + 1);
  } else if (text.find("://") != std::string::npos) {
    return usage_error("The link has no token: copy all of it, also what follows the #.");
  } else {
    link.token = text;
  }
  if (options.server) {
    TRY_ASSIGN(link.server, origin_of(*options.server));
  }
  if (link.server.empty()) return usage_error("With a bare token, say where: wh login --server URL TOKEN");
  const bool plain = link.token.find_first_not_of(
                         "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") == std::string::npos;
  if (link.token.empty() || !plain) return usage_error("That is not a setup link.");
  return link;
}

/// The value of wh_session among the cookies that an answer sets.
std::optional<std::string> session_cookie(const http_client::Response& response) {
  for (const auto& [name, value] : response.headers) {
    constexpr std::string_view kPrefix = "wh_session=";
    if (!http_client::same_name(name, "Set-Cookie") || !std::string_view(value).starts_with(kPrefix)) continue;
    return value.substr(kPrefix.size(), value.find(';') - kPrefix.size());
  }
  return std::nullopt;
}

}  // namespace

std::unexpected<base::Error> usage_error(const std::string& message) {
  return base::fail(base::ErrorKind::invalid, "cli.usage", message);
}

async::Task<Outcome> login(Session& session, Login options) {
  std::string text = options.link;
  if (text == "-") std::getline(session.terminal.in, text);
  while (!text.empty() && (text.back() == '\r' || text.back() == ' ')) text.pop_back();
  if (text.empty() || text.starts_with("wh_pat_")) {
    co_return co_await login_with_token(session, std::move(options), std::move(text));
  }
  CO_TRY_ASSIGN(const SetupLink link, read_link(text, options));
  auto executor = co_await boost::asio::this_coro::executor;
  CO_TRY_ASSIGN(session.api, Api::make(executor, link.server, std::nullopt, session.clock));
  CO_TRY_ASSIGN(const auto response,
                co_await session.api->call("POST", "/api/v1/setup", json::encode(SetupBody{link.token})));
  CO_TRY_ASSIGN(const auto view, Api::read<SessionView>(response.body));
  const auto cookie = session_cookie(response);
  if (!cookie || cookie->empty()) {
    co_return base::fail(base::ErrorKind::internal, "cli.answer", "The server signed you in but sent no session.");
  }
  Context context{.server = link.server, .organization = view.organization.slug, .session = *cookie};
  CO_TRY_CHECK(blocking_save_context(session.context_file, context));
  if (session.json) {
    session.out() << response.body << "\n";
  } else {
    session.say("Signed in to " + link.server + " as " + view.person.name + " (" + view.organization.name + ").\n");
  }
  co_return kOk;
}

async::Task<Outcome> logout(Session& session) {
  base::Result<http_client::Response> ended;
  if (session.api) ended = co_await session.api->call("DELETE", "/api/v1/session");
  blocking_forget_context(session.context_file);
  if (!ended && ended.error().kind != base::ErrorKind::unauthenticated) {
    session.done("", "Signed out here. The server could not be told: " + ended.error().message + "\n");
  } else {
    session.done("", "Signed out.\n");
  }
  co_return kOk;
}

async::Task<Outcome> whoami(Session& session) {
  CO_TRY_ASSIGN(const std::string body, co_await session.api->get("/api/v1/session"));
  if (session.json) {
    session.out() << body << "\n";
    co_return kOk;
  }
  CO_TRY_ASSIGN(const auto view, Api::read<SessionView>(body));
  if (session.only(view.person.id)) co_return kOk;
  session.out() << view.person.name << ", " << view.role << " of " << view.organization.name << " ("
                << view.organization.slug << ") at " << session.api->server() << "\n";
  if (view.expires_at) session.say("Signed in until " + base::format_utc(*view.expires_at) + "\n");
  co_return kOk;
}

}  // namespace cli
