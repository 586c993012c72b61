#include "cli/commands/commands.hpp"
#include "cli/progress.hpp"

namespace cli {
namespace {

struct DeployBody {
  std::optional<std::string> commit;
  std::optional<std::string> branch;
  template <class F>
  void map(F& f) {
    f.optional("commit", commit);
    f.optional("branch", branch);
  }
};
struct RollbackBody {
  std::optional<int> release;
  template <class F>
  void map(F& f) {
    f.optional("release", release);
  }
};

/// Asks for a deployment and shows it, or says how to look at it.
async::Task<Outcome> start(Session& session, std::string path, std::string body, bool wait) {
  CO_TRY_ASSIGN(const auto answer, co_await session.api->call("POST", std::move(path), std::move(body)));
  CO_TRY_ASSIGN(auto deployment, Api::read<DeploymentView>(answer.body));
  if (wait) {
    session.say("Deployment " + std::to_string(deployment.number) + " of " + deployment.app_name + "\n");
    co_return co_await follow_deployment(session, std::move(deployment));
  }
  if (session.json) {
    session.out() << answer.body << "\n";
    co_return kOk;
  }
  session.out() << deployment.id << "\n";
  session.say("Deployment " + std::to_string(deployment.number) + " of " + deployment.app_name +
              " is queued. See how it goes: wh deployment show " + deployment.id + "\n");
  co_return kOk;
}

}  // namespace

async::Task<Outcome> deploy(Session& session, Deploy options) {
  const std::string body = json::encode(DeployBody{options.commit, options.branch});
  co_return co_await start(session, session.app_path(options.app, "/deployments"), body, options.wait);
}

async::Task<Outcome> rollback(Session& session, std::string app, std::optional<int> to, bool wait) {
  const std::string body = json::encode(RollbackBody{to});
  co_return co_await start(session, session.app_path(app, "/rollback"), body, wait);
}

async::Task<Outcome> restart(Session& session, std::string app, bool wait) {
  co_return co_await start(session, session.app_path(app, "/restart"), "", wait);
}

async::Task<Outcome> apply_staged(Session& session, std::string app, bool wait) {
  co_return co_await start(session, session.app_path(app, "/apply-staged"), "", wait);
}

}  // namespace cli
