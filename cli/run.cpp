#include "cli/run.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/system/system_error.hpp>
#include <csignal>
#include <exception>

#include "cli/commands/commands.hpp"
#include "cli/parse.hpp"
#include "cli/suggest.hpp"
#include "cli/watch.hpp"

namespace cli {
namespace {

base::Result<void> sign_in(Session& session, const Invocation& invocation, boost::asio::any_io_executor executor) {
  if (invocation.sign_in == Invocation::SignIn::none) return {};
  TRY_ASSIGN(auto saved, blocking_load_context(session.context_file));
  std::string server = saved ? saved->server : "";
  if (invocation.server) {
    TRY_ASSIGN(server, origin_of(*invocation.server));
  }
  // A session goes only to the server that gave it.
  if (!saved || saved->server != server) {
    if (invocation.sign_in == Invocation::SignIn::optional) return {};
    const std::string where = server.empty() ? "" : " to " + server;
    return base::fail(base::ErrorKind::unauthenticated, "cli.not_signed_in", "You are not signed in" + where + ".");
  }
  session.context = std::move(*saved);
  TRY_ASSIGN(session.api, Api::make(executor, session.context.server, session.context.session, session.clock));
  if (invocation.timeout_s) session.api->wait_at_most(std::chrono::seconds(*invocation.timeout_s));
  return {};
}

int report(const Session& session, const base::Error& error, const std::string& app = "") {
  session.terminal.err << (session.json ? explain_json(error) : explain(error, session.context.server, app));
  return exit_code_of(error);
}

/// Which sign-in: --context, else $WISEHOSTING_CONTEXT, else the one in use.
base::Result<std::filesystem::path> chosen_context(const Session& session, const Invocation& invocation) {
  auto name = invocation.context;
  if (!name) name = session.terminal.variable("WISEHOSTING_CONTEXT");
  if (!name) name = session.contexts.blocking_current();
  TRY_CHECK(Contexts::check_name(*name));
  return session.contexts.file(*name);
}

/// The app that was most likely meant, in a sentence behind the error.
async::Task<base::Error> with_suggestion(Session& session, std::string app, base::Error error) {
  if (error.code != "app.not_found" || app.empty()) co_return error;
  const auto apps = co_await list<AppView>(session, session.org_path("/apps"), 500);
  if (!apps) co_return error;
  std::vector<std::string> names;
  for (const auto& known : apps->items) names.push_back(known.name);
  if (const auto meant = suggest(app, names)) error.message += " Did you mean: " + *meant;
  co_return error;
}

async::Task<Outcome> run_command(Session& session, const Invocation& invocation) {
  const auto renewed = co_await refresh_if_due(session);
  if (!renewed && invocation.sign_in == Invocation::SignIn::needed) co_return std::unexpected(renewed.error());
  if (invocation.watch) co_return co_await watch_command(session, invocation.command);
  auto outcome = co_await invocation.command(session);
  if (!outcome && session.api) {
    co_return std::unexpected(co_await with_suggestion(session, invocation.app, std::move(outcome).error()));
  }
  co_return outcome;
}

/// Runs the command to its end or to a Ctrl-C.
int perform(Session& session, const Invocation& invocation, boost::asio::io_context& io) {
  boost::asio::cancellation_signal cancel;
  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](const boost::system::error_code& error, int) {
    if (!error) cancel.emit(boost::asio::cancellation_type::terminal);
  });
  int exit_code = kFailed;
  const auto done = [&](const std::exception_ptr& exception, Outcome outcome) {
    signals.cancel();
    io.stop();  // the kept-alive connection's timer would hold the process for its 30 s
    if (!exception) {
      exit_code = outcome ? *outcome : report(session, outcome.error(), invocation.app);
      return;
    }
    try {
      std::rethrow_exception(exception);
    } catch (const boost::system::system_error& error) {
      if (error.code() != boost::asio::error::operation_aborted) throw;
      if (!invocation.when_interrupted.empty()) session.terminal.err << "\n" << invocation.when_interrupted << "\n";
      exit_code = kInterrupted;
    }
  };
  boost::asio::co_spawn(io, run_command(session, invocation), boost::asio::bind_cancellation_slot(cancel.slot(), done));
  io.run();
  return exit_code;
}

}  // namespace

int run(std::vector<std::string> words, Terminal& terminal, const base::Clock& clock) {
  const auto invocation = parse(std::move(words));
  if (!invocation) {
    terminal.out << invocation.error().out;
    terminal.err << invocation.error().err;
    return invocation.error().exit_code;
  }
  boost::asio::io_context io(1);
  try {
    auto folder = context_folder(terminal);
    if (!folder) {
      terminal.err << explain(folder.error(), "");
      return exit_code_of(folder.error());
    }
    Session session{.terminal = terminal,
                    .clock = clock,
                    .contexts = Contexts(std::move(*folder)),
                    .context_file = {},
                    .context = {},
                    .api = nullptr,
                    .json = invocation->json,
                    .quiet = invocation->quiet};
    auto file = chosen_context(session, *invocation);
    if (!file) return report(session, file.error());
    session.context_file = std::move(*file);
    const auto signed_in = sign_in(session, *invocation, io.get_executor());
    if (!signed_in) return report(session, signed_in.error());
    return perform(session, *invocation, io);
  } catch (const std::exception& failure) {
    terminal.err << "wh: " << failure.what() << "\n";
    return kFailed;
  }
}

}  // namespace cli
