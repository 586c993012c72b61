#include "cli/watch.hpp"

#include <sstream>

#include "common/async/timer.hpp"

namespace cli {
namespace {

constexpr std::chrono::seconds kEvery{2};
constexpr const char* kClear = "\033[H\033[2J\033[3J";

bool may_pass(const base::Error& error) {
  return error.kind == base::ErrorKind::unavailable || error.kind == base::ErrorKind::timeout ||
         error.kind == base::ErrorKind::rate_limited;
}

}  // namespace

async::Task<Outcome> watch_command(Session& session, std::function<async::Task<Outcome>(Session&)> command) {
  std::ostringstream shown;
  Terminal aside{.out = shown,
                 .err = session.terminal.err,
                 .in = session.terminal.in,
                 .out_is_terminal = session.terminal.out_is_terminal,
                 .err_is_terminal = session.terminal.err_is_terminal,
                 .in_is_terminal = session.terminal.in_is_terminal,
                 .env = session.terminal.env};
  Session inner{.terminal = aside,
                .clock = session.clock,
                .contexts = session.contexts,
                .context_file = session.context_file,
                .context = session.context,
                .api = std::move(session.api),
                .json = session.json,
                .quiet = session.quiet};
  for (std::string before;;) {
    shown.str("");
    auto outcome = co_await command(inner);
    if (!outcome && !may_pass(outcome.error())) co_return outcome;
    const std::string now = outcome ? shown.str() : "(waiting for the server: " + outcome.error().message + ")\n";
    if (now != before) {
      const bool in_place = session.terminal.out_is_terminal && !session.json;
      session.out() << (in_place ? kClear : before.empty() || session.json ? "" : "\n") << now << std::flush;
      before = now;
    }
    co_await async::sleep(kEvery);
  }
}

}  // namespace cli
