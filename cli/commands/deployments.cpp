#include <charconv>

#include "cli/ansi_filter.hpp"
#include "cli/commands/commands.hpp"
#include "cli/progress.hpp"
#include "cli/receipt.hpp"

namespace cli {
namespace {

std::string source_text(const DeploymentView& deployment) {
  if (deployment.rollback_of) return "release " + std::to_string(*deployment.rollback_of);
  std::string text = deployment.source.commit ? shorten(*deployment.source.commit) : deployment.source.branch;
  if (deployment.source.commit_message) {
    const auto& message = *deployment.source.commit_message;
    text += " " + message.substr(0, std::min<std::size_t>(message.find('\n'), 50));
  }
  return text;
}

void print_deployment(const Session& session, const DeploymentView& deployment) {
  const auto& terminal = session.terminal;
  auto& out = session.out();
  out << terminal.paint(deployment.app_name + "/" + std::to_string(deployment.number), Tone::strong) << "  "
      << terminal.paint(deployment.state, tone_of(deployment.state)) << "\n";
  out << "  Id        " << deployment.id << "\n";
  out << "  Source    " << deployment.source.git_url << "  " << AnsiFilter(false).feed(source_text(deployment)) << "\n";
  out << "  Began by  " << deployment.trigger << ", " << format_age(deployment.created_at, session.clock.utc_now())
      << "\n";
  if (deployment.release_number) out << "  Release   " << *deployment.release_number << "\n";
  if (deployment.source.commands) out << "  Built in  " << deployment.source.commands->image << "\n";
  if (deployment.content_hash) out << "  Content   sha256:" << *deployment.content_hash << "\n";
  const std::string times = phase_times(deployment);
  if (!times.empty()) out << "  Time      " << times << "\n";
  if (deployment.receipt) {
    const char* title = "  Receipt   ";
    for (const auto& line : receipt_lines(terminal, *deployment.receipt)) {
      out << title << AnsiFilter(terminal.colours_out()).feed(line) << "\n";
      title = "            ";
    }
  }
  if (deployment.state == "failed") {
    out << failure_text(terminal, deployment);
  } else if (!deployment.status_text.empty()) {
    out << "  Now       " << AnsiFilter(false).feed(deployment.status_text) << "\n";
  }
}

std::string deployment_path(const Session& session, const std::string& id) {
  return session.org_path("/deployments/" + percent_encode(id));
}

}  // namespace

async::Task<Outcome> list_deployments(Session& session, std::string app, std::size_t limit) {
  const std::string path = app.empty() ? session.org_path("/deployments") : session.app_path(app, "/deployments");
  CO_TRY_ASSIGN(const auto listed, co_await list<DeploymentView>(session, path, limit));
  if (session.json) {
    session.out() << listed.json << "\n";
    co_return kOk;
  }
  Table table({app.empty() ? "DEPLOYMENT" : "NUMBER", "STATE", "TRIGGER", "SOURCE", "BEGAN", "ID"});
  for (const auto& deployment : listed.items) {
    const auto number = std::to_string(deployment.number);
    table.row({app.empty() ? deployment.app_name + "/" + number : number, deployment.state, deployment.trigger,
               source_text(deployment), format_age(deployment.created_at, session.clock.utc_now()), deployment.id},
              deployment.id);
  }
  session.show(table, 1);
  co_return kOk;
}

async::Task<base::Result<std::string>> find_deployment(Session& session, std::string deployment) {
  if (base::Uuid::parse(deployment)) co_return deployment;
  const auto slash = deployment.find('/');
  const std::string app = deployment.substr(0, slash);
  if (slash == std::string::npos) {
    CO_TRY_ASSIGN(const auto view, co_await session.api->get_as<AppView>(session.app_path(app)));
    if (view.latest_deployment) co_return view.latest_deployment->id;
    co_return base::fail(base::ErrorKind::not_found, "app.never_deployed", app + " was never deployed.");
  }
  std::int64_t number = 0;
  const std::string digits = deployment.substr(slash + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size()) {
    co_return usage_error("A deployment is an id, APP/NUMBER, or APP for its latest.");
  }
  CO_TRY_ASSIGN(const auto listed, co_await list<DeploymentView>(session, session.app_path(app, "/deployments")));
  for (const auto& candidate : listed.items) {
    if (candidate.number == number) co_return candidate.id;
  }
  co_return base::fail(base::ErrorKind::not_found, "deployment.not_found", app + " has no deployment " + digits + ".");
}

async::Task<Outcome> show_deployment(Session& session, std::string deployment) {
  CO_TRY_ASSIGN(const std::string id, co_await find_deployment(session, std::move(deployment)));
  CO_TRY_ASSIGN(const std::string body, co_await session.api->get(deployment_path(session, id)));
  if (session.json) {
    session.out() << body << "\n";
    co_return kOk;
  }
  CO_TRY_ASSIGN(const auto view, Api::read<DeploymentView>(body));
  if (session.only(view.id)) co_return kOk;
  print_deployment(session, view);
  co_return kOk;
}

async::Task<Outcome> cancel_deployment(Session& session, std::string deployment) {
  CO_TRY_ASSIGN(const std::string id, co_await find_deployment(session, std::move(deployment)));
  CO_TRY_ASSIGN(const auto answer, co_await session.api->call("POST", deployment_path(session, id) + "/cancel"));
  session.done(answer.body, "Cancelling.\n");
  co_return kOk;
}

}  // namespace cli
