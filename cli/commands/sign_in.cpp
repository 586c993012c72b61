#include "cli/commands/sign_in.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/this_coro.hpp>

#include "common/async/timer.hpp"

namespace cli {
namespace {

/// A token that ends sooner is renewed first.
constexpr std::chrono::minutes kSoon{2};
constexpr std::int64_t kSlower = 5;

struct AskBody {
  std::string client;
  template <class F>
  void map(F& f) {
    f.required("client", client);
  }
};

struct CodeView {
  std::string device_code;
  std::string user_code;
  std::string verification_uri_complete;
  std::int64_t expires_in{0};
  std::int64_t interval{5};
  template <class F>
  void map(F& f) {
    f.required("device_code", device_code);
    f.required("user_code", user_code);
    f.required("verification_uri_complete", verification_uri_complete);
    f.required("expires_in", expires_in);
    f.defaulted("interval", interval);
  }
};

struct TokenBody {
  std::optional<std::string> device_code;
  std::optional<std::string> refresh_token;
  template <class F>
  void map(F& f) {
    f.optional("device_code", device_code);
    f.optional("refresh_token", refresh_token);
  }
};

struct TokensView {
  std::string access_token;
  std::string refresh_token;
  std::int64_t expires_in{0};
  template <class F>
  void map(F& f) {
    f.required("access_token", access_token);
    f.required("refresh_token", refresh_token);
    f.required("expires_in", expires_in);
  }
};

struct FreshView {
  std::optional<base::UtcTime> fresh_until;
  template <class F>
  void map(F& f) {
    f.defaulted("fresh_until", fresh_until);
  }
};
struct MeView {
  FreshView credential;
  template <class F>
  void map(F& f) {
    f.required("credential", credential);
  }
};

std::string device_name() {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  return std::string("wh on ") + host.data();
}

base::Result<std::string> server_of(const Session& session, const Login& options) {
  if (options.server) return origin_of(*options.server);
  TRY_ASSIGN(const auto saved, blocking_load_context(session.context_file));
  if (saved) return saved->server;
  return usage_error("Say where: wh login --server URL, or give a setup link.");
}

async::Task<base::Result<TokensView>> ask_for_tokens(Api& api, TokenBody body) {
  CO_TRY_ASSIGN(const auto answer, co_await api.call("POST", "/api/v1/device/token", json::encode(body)));
  co_return Api::read<TokensView>(answer.body);
}

/// Asks until somebody decided in the browser.
async::Task<base::Result<TokensView>> wait_for_person(Session& session, CodeView code) {
  auto interval = std::max<std::int64_t>(1, code.interval);
  const auto give_up = session.clock.steady_now() + std::chrono::seconds(code.expires_in);
  for (;;) {
    co_await async::sleep(std::chrono::seconds(interval));
    auto tokens = co_await ask_for_tokens(*session.api, TokenBody{code.device_code, std::nullopt});
    if (tokens) co_return tokens;
    const auto& problem = tokens.error().code;
    if (problem == "slow_down") interval += kSlower;
    const bool wait = problem == "slow_down" || problem == "authorization_pending" ||
                      tokens.error().kind == base::ErrorKind::unavailable;
    if (!wait || session.clock.steady_now() > give_up) co_return tokens;
  }
}

void keep(Context& context, const TokensView& tokens, const base::Clock& clock) {
  context.session = tokens.access_token;
  context.refresh = tokens.refresh_token;
  context.expires_at = clock.utc_now() + std::chrono::seconds(tokens.expires_in);
}

async::Task<Outcome> finish(Session& session, Context context) {
  auto executor = co_await boost::asio::this_coro::executor;
  CO_TRY_ASSIGN(session.api, Api::make(executor, context.server, context.session, session.clock));
  CO_TRY_ASSIGN(const std::string body, co_await session.api->get("/api/v1/session"));
  CO_TRY_ASSIGN(const auto view, Api::read<SessionView>(body));
  context.organization = view.organization.slug;
  CO_TRY_CHECK(blocking_save_context(session.context_file, context));
  if (session.json) {
    session.out() << body << "\n";
  } else {
    session.say("Signed in to " + context.server + " as " + view.person.name + " (" + view.organization.name + ").\n");
  }
  co_return 0;
}

}  // namespace

async::Task<Outcome> login_with_token(Session& session, Login options, std::string token) {
  Context context;
  CO_TRY_ASSIGN(context.server, server_of(session, options));
  if (!token.empty()) {
    context.session = std::move(token);
    co_return co_await finish(session, std::move(context));
  }
  auto executor = co_await boost::asio::this_coro::executor;
  CO_TRY_ASSIGN(session.api, Api::make(executor, context.server, std::nullopt, session.clock));
  CO_TRY_ASSIGN(const auto answer,
                co_await session.api->call("POST", "/api/v1/device/code", json::encode(AskBody{device_name()})));
  CO_TRY_ASSIGN(const auto code, Api::read<CodeView>(answer.body));
  session.terminal.err << "Open " << code.verification_uri_complete << "\nand confirm the code " << code.user_code
                       << ".\n"
                       << std::flush;
  CO_TRY_ASSIGN(const auto tokens, co_await wait_for_person(session, code));
  keep(context, tokens, session.clock);
  co_return co_await finish(session, std::move(context));
}

bool wants_proof(const base::Error& error) {
  return error.code == "reauthentication.required";
}

async::Task<base::Result<void>> prove_in_browser(Session& session) {
  CO_TRY_ASSIGN(const auto answer, co_await session.api->call("POST", "/api/v1/me/proof/device"));
  CO_TRY_ASSIGN(const auto code, Api::read<CodeView>(answer.body));
  session.terminal.err << "This needs a proof that it is you. Open " << code.verification_uri_complete
                       << "\nand confirm the code " << code.user_code << ".\n"
                       << std::flush;
  const auto give_up = session.clock.steady_now() + std::chrono::seconds(code.expires_in);
  while (session.clock.steady_now() < give_up) {
    co_await async::sleep(std::chrono::seconds(std::max<std::int64_t>(1, code.interval)));
    CO_TRY_CHECK(co_await refresh_if_due(session));
    CO_TRY_ASSIGN(const auto me, co_await session.api->get_as<MeView>("/api/v1/me"));
    if (me.credential.fresh_until) co_return base::Result<void>{};
  }
  co_return base::fail(base::ErrorKind::timeout, "cli.proof", "Nobody confirmed in the browser.");
}

async::Task<base::Result<http_client::Response>> call_proved(Session& session, std::string method, std::string path,
                                                             std::string body) {
  auto answer = co_await session.api->call(method, path, body);
  if (answer || !wants_proof(answer.error())) co_return answer;
  auto error = answer.error();
  // Only what wh login signed in by a browser can be proved in one.
  if (session.context.refresh.empty()) {
    error.message += " In the dashboard, or after signing in with: wh login --server " + session.context.server;
    co_return std::unexpected(std::move(error));
  }
  CO_TRY_CHECK(co_await prove_in_browser(session));
  co_return co_await session.api->call(std::move(method), std::move(path), std::move(body));
}

async::Task<base::Result<void>> refresh_if_due(Session& session) {
  const auto is_due = [&] {
    const auto& context = session.context;
    return !context.refresh.empty() && context.expires_at && session.clock.utc_now() + kSoon >= *context.expires_at;
  };
  if (!session.api || !is_due()) co_return base::Result<void>{};
  auto executor = co_await boost::asio::this_coro::executor;
  const ContextLock lock(session.context_file);
  // Another process may have renewed it meanwhile.
  CO_TRY_ASSIGN(auto saved, blocking_load_context(session.context_file));
  if (saved && saved->server == session.context.server) session.context = std::move(*saved);
  if (is_due()) {
    CO_TRY_ASSIGN(const auto open, Api::make(executor, session.context.server, std::nullopt, session.clock));
    CO_TRY_ASSIGN(const auto tokens, co_await ask_for_tokens(*open, TokenBody{std::nullopt, session.context.refresh}));
    keep(session.context, tokens, session.clock);
    CO_TRY_CHECK(blocking_save_context(session.context_file, session.context));
  }
  CO_TRY_ASSIGN(session.api, Api::make(executor, session.context.server, session.context.session, session.clock));
  co_return base::Result<void>{};
}

}  // namespace cli
