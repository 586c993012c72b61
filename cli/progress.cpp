#include "cli/progress.hpp"

#include <boost/asio/this_coro.hpp>

#include "cli/ansi_filter.hpp"
#include "cli/receipt.hpp"
#include "common/async/task_group.hpp"
#include "common/async/timer.hpp"

namespace cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kReceiptTries = 3;
constexpr int kCountTries = 15;

/// The build log, on its way to the terminal. Shared with the task that reads it.
struct LogPrinter {
  Session& session;
  std::string path;
  AnsiFilter filter;
  bool ended{false};
  bool at_line_start{true};

  void print(const std::string& text) {
    const std::string shown = filter.feed(text);
    if (shown.empty()) return;
    session.say(shown);
    at_line_start = shown.back() == '\n';
  }
  /// The next line of ours begins at the left.
  void break_line() {
    if (!at_line_start) session.say("\n");
    at_line_start = true;
  }
};

async::Task<void> print_log(std::shared_ptr<LogPrinter> printer) {
  const auto take = [printer](const Event& event) {
    if (event.event == "end") return false;
    if (event.event != "log") return true;
    const auto data = Api::read<BuildLogEvent>(event.data);
    if (data) printer->print(data->text);
    return true;
  };
  const auto read = co_await printer->session.api->follow(printer->path, take);
  if (!read) printer->session.say("(the build log could not be followed: " + read.error().message + ")\n");
  printer->ended = true;
}

std::string phase_line(const Terminal& terminal, const DeploymentView& deployment) {
  const std::string text = deployment.status_text.empty() ? deployment.state : deployment.status_text;
  return terminal.paint("> " + AnsiFilter(false).feed(text), Tone::busy) + "\n";
}

/// Polls until it is over; says each new phase. The log starts with the build.
async::Task<base::Result<DeploymentView>> watch(Session& session, DeploymentView deployment, async::TaskGroup& tasks,
                                                std::shared_ptr<LogPrinter> printer) {
  const std::string path = session.org_path("/deployments/" + percent_encode(deployment.id));
  std::string said;
  bool reading = false;
  int failures = 0;
  for (;;) {
    if (!reading && deployment.building_at && !session.json && !session.quiet) {
      reading = true;
      tasks.spawn("cli.build_log", print_log(printer));
    }
    if (deployment.status_text + deployment.state != said && !is_over(deployment)) {
      printer->break_line();
      session.say(phase_line(session.terminal, deployment));
      said = deployment.status_text + deployment.state;
    }
    if (is_over(deployment)) {
      for (int i = 0; reading && !printer->ended && i < 60; ++i) co_await async::sleep(milliseconds(50));
      printer->break_line();
      co_return deployment;
    }
    co_await async::sleep(milliseconds(failures == 0 ? 250 : 1000));
    auto next = co_await session.api->get_as<DeploymentView>(path);
    if (next) {
      deployment = std::move(*next);
      failures = 0;
    } else if (next.error().kind == base::ErrorKind::not_found || ++failures > 30) {
      co_return std::unexpected(std::move(next).error());
    }
  }
}

/// What was counted up to now; the old replicas may still drain. Waited for shortly, for the edge tells it right after
/// the switch, and its first counts a second later.
async::Task<std::string> early_receipt(Session& session, std::string id) {
  const std::string path = session.org_path("/deployments/" + percent_encode(id));
  for (int i = 0, tries = kReceiptTries; i < tries; ++i) {
    const auto deployment = co_await session.api->get_as<DeploymentView>(path);
    if (deployment && deployment->receipt) {
      auto receipt = *deployment->receipt;
      if (receipt.requests_old + receipt.requests_new + receipt.failed == 0) {
        if (receipt.before.requests == 0) co_return std::string();  // nobody visits it
        tries = kCountTries;
        co_await async::sleep(milliseconds(100));
        continue;
      }
      const bool open = receipt.state == "open";
      receipt.state.clear();
      std::string text;
      for (const auto& line : receipt_lines(session.terminal, receipt)) text += line + "\n";
      if (open) text += "The whole receipt, in a minute: wh deployment show " + id + "\n";
      co_return text;
    }
    co_await async::sleep(milliseconds(100));
  }
  co_return std::string();
}

async::Task<base::Result<int>> conclude(Session& session, DeploymentView deployment) {
  const auto& terminal = session.terminal;
  if (session.json) {
    CO_TRY_ASSIGN(const std::string body,
                  co_await session.api->get(session.org_path("/deployments/" + percent_encode(deployment.id))));
    session.out() << body << "\n";
    co_return deployment.state == "live" ? kOk : kFailed;
  }
  auto app = co_await session.api->get_as<AppView>(session.app_path(deployment.app_name));
  if (deployment.state == "live") {
    session.say(terminal.paint("Live", Tone::good) + "  ");
    session.out() << (app ? app->url : deployment.app_name) << "\n";
    session.say(phase_times(deployment) + "\n");
    if (const auto receipt = co_await early_receipt(session, deployment.id); !receipt.empty()) session.say(receipt);
    co_return kOk;
  }
  terminal.err << failure_text(terminal, deployment);
  const bool serving = app && app->current_release;
  if (deployment.state != "superseded" && serving) {
    terminal.err << "Release " << app->current_release->number << " goes on serving " << app->url << "\n";
  }
  if (deployment.state == "failed") {
    terminal.err << "Usual causes: " << session.context.server << "/docs/troubleshooting#a-deployment-failed\n";
  }
  co_return kFailed;
}

}  // namespace

bool is_over(const DeploymentView& deployment) {
  return deployment.state == "live" || deployment.state == "failed" || deployment.state == "cancelled" ||
         deployment.state == "superseded";
}

std::string phase_times(const DeploymentView& deployment) {
  std::string text;
  const auto phase = [&](const char* name, std::optional<base::UtcTime> from, std::optional<base::UtcTime> to) {
    if (!from || !to) return;
    text += std::string(name) + " " + format_duration(*to - *from) + " · ";
  };
  const auto after_queue = deployment.building_at ? deployment.building_at : deployment.built_at;
  const auto end = deployment.live_at ? deployment.live_at : deployment.finished_at;
  phase("queued", deployment.created_at, after_queue);
  phase("build", deployment.building_at, deployment.built_at);
  phase("waiting", deployment.built_at, deployment.releasing_at);
  phase("release", deployment.releasing_at, end);
  if (end) text += format_duration(*end - deployment.created_at) + " in all";
  return text;
}

std::string failure_text(const Terminal& terminal, const DeploymentView& deployment) {
  std::string text = "Deployment " + std::to_string(deployment.number) + " of " + deployment.app_name;
  if (deployment.state == "cancelled") return text + " was cancelled.\n";
  if (deployment.state == "superseded") return text + " was overtaken by a newer one.\n";
  if (!deployment.failure) return text + " failed. " + deployment.status_text + "\n";
  const auto& failure = *deployment.failure;
  text = terminal.paint(text + " failed in step " + failure.step, Tone::bad);
  if (failure.exit_code) text += " (exit code " + std::to_string(*failure.exit_code) + ")";
  text += ": " + failure.message + "\n";
  AnsiFilter filter(terminal.colours_out());
  for (const auto& line : failure.last_lines) text += "  | " + filter.feed(line) + "\n";
  if (failure.hint && !failure.hint->empty()) text += *failure.hint + "\n";
  text += "The whole log: wh logs " + deployment.app_name + " --build " + deployment.id + "\n";
  return text;
}

async::Task<base::Result<int>> follow_deployment(Session& session, DeploymentView deployment) {
  async::TaskGroup tasks(co_await boost::asio::this_coro::executor);
  auto printer = std::make_shared<LogPrinter>(LogPrinter{
      .session = session,
      .path = session.org_path("/deployments/" + percent_encode(deployment.id) + "/log/stream"),
      .filter = AnsiFilter(session.terminal.colours_out()),
  });
  auto watching = watch(session, std::move(deployment), tasks, printer);
  auto watched = co_await std::move(watching);
  tasks.cancel();
  co_await tasks.join(base::Deadline::after(base::SystemClock(), seconds(2)));
  CO_TRY_ASSIGN(auto final, std::move(watched));
  co_return co_await conclude(session, std::move(final));
}

}  // namespace cli
