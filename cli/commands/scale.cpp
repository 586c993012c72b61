#include "cli/commands/commands.hpp"

namespace cli {
namespace {

struct LimitsBody {
  std::optional<int> cpu_millis;
  std::optional<std::int64_t> memory_bytes;
  std::optional<int> pids;
  template <class F>
  void map(F& f) {
    f.optional("cpu_millis", cpu_millis);
    f.optional("memory_bytes", memory_bytes);
    f.optional("pids", pids);
  }
};
struct ScaleBody {
  std::optional<int> desired_replicas;
  std::optional<LimitsBody> limits;
  template <class F>
  void map(F& f) {
    f.optional("desired_replicas", desired_replicas);
    f.optional("limits", limits);
  }
};

std::string counted(int replicas) {
  return std::to_string(replicas) + (replicas == 1 ? " replica" : " replicas");
}

}  // namespace

async::Task<Outcome> scale(Session& session, Scale options) {
  const bool limits = options.cpu_millis || options.memory_mib || options.pids;
  if (!options.replicas && !limits) {
    co_return usage_error("Say how many replicas, or which limits: wh scale " + options.app + " 3 --memory 512");
  }
  ScaleBody body;
  body.desired_replicas = options.replicas;
  if (limits) {
    std::optional<std::int64_t> memory;
    if (options.memory_mib) memory = *options.memory_mib << 20U;
    body.limits = LimitsBody{options.cpu_millis, memory, options.pids};
  }
  CO_TRY_ASSIGN(const auto before, co_await session.api->get_as<AppView>(session.app_path(options.app)));
  CO_TRY_ASSIGN(const auto answer,
                co_await session.api->call("PATCH", session.app_path(before.name), json::encode(body)));
  if (session.json) {
    session.out() << answer.body << "\n";
    co_return kOk;
  }
  CO_TRY_ASSIGN(const auto after, Api::read<AppView>(answer.body));
  if (options.replicas) {
    session.say(after.name + ": " + counted(before.desired_replicas) + " → " + counted(after.desired_replicas) +
                ". See how it goes: wh ps " + after.name + "\n");
  }
  if (limits) {
    session.say("The limits take effect with the next deployment, or now: wh env " + after.name + " apply\n");
  }
  co_return kOk;
}

async::Task<Outcome> undo_deletion(Session& session, std::string app) {
  CO_TRY_ASSIGN(const auto answer, co_await session.api->call("POST", session.app_path(app, "/undo")));
  if (session.json) {
    session.out() << answer.body << "\n";
    co_return kOk;
  }
  CO_TRY_ASSIGN(const auto view, Api::read<AppView>(answer.body));
  session.say(view.name + " is back. See how it goes: wh ps " + view.name + "\n");
  co_return kOk;
}

async::Task<Outcome> resume_automatic_deploys(Session& session, std::string app) {
  CO_TRY_ASSIGN(const auto answer, co_await session.api->call("POST", session.app_path(app, "/resume")));
  session.done(answer.body, "Automatic deploys of " + app + " go on.\n");
  co_return kOk;
}

}  // namespace cli
