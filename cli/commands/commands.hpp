#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/session.hpp"
#include "common/async/task.hpp"

/// Every command of `wh`: what it was asked, and what it does. cli/parse.cpp says how it is typed.
namespace cli {

// session.cpp
struct Login {
  /// A setup link or its token, or a `wh_pat_…`; "-" reads it from standard input; empty: confirmed in a browser.
  std::string link;
  std::optional<std::string> server;  ///< --server
};
async::Task<Outcome> login(Session& session, Login options);
/// Renews a sign-in that is about to end. Error when it has ended for good.
async::Task<base::Result<void>> refresh_if_due(Session& session);
async::Task<Outcome> logout(Session& session);
async::Task<Outcome> whoami(Session& session);

// apps.cpp
/// An image, and what runs in it instead of a Containerfile; empty: that one is taken away.
struct CommandOptions {
  std::optional<std::string> image;
  std::optional<std::string> install_command;
  std::optional<std::string> build_command;
  std::optional<std::string> start_command;
  bool any() const { return image || install_command || build_command || start_command; }
  template <class F>
  void map(F& f) {
    f.optional("image", image);
    f.optional("install_command", install_command);
    f.optional("build_command", build_command);
    f.optional("start_command", start_command);
  }
};

/// In the place of a repository's address: what is deployed are folders that are sent.
inline constexpr const char* kNoRepository = "upload:";

struct CreateApp {
  std::string name;
  std::optional<std::string> git_url;  ///< absent: folders are sent
  std::optional<std::string> branch;
  std::optional<std::string> containerfile;
  std::optional<std::string> static_directory;
  CommandOptions commands;
  std::optional<int> port;
  std::optional<std::string> health_path;
  bool deploy{false};
  bool wait{true};
};
async::Task<Outcome> list_apps(Session& session);
async::Task<Outcome> show_app(Session& session, std::string app);
async::Task<Outcome> create_app(Session& session, CreateApp options);
/// `now`: for good, without the 24 hours in which it can be brought back.
async::Task<Outcome> delete_app(Session& session, std::string app, bool yes, bool now);
/// `action` is "stop" or "start".
async::Task<Outcome> switch_app(Session& session, std::string app, std::string action);

// deploy.cpp
struct Deploy {
  std::string app;     ///< empty: the folder's name
  std::string folder;  ///< what to send; empty: the repository is built, or what was sent last
  std::optional<std::string> commit;
  std::optional<std::string> branch;
  std::optional<std::string> environment;       ///< absent: production, or as `app` says
  std::optional<std::string> static_directory;  ///< of a new app; of another one what it is already
  bool wait{true};
};
async::Task<Outcome> deploy(Session& session, Deploy options);
async::Task<Outcome> rollback(Session& session, std::string app, std::optional<int> to, bool wait);
async::Task<Outcome> restart(Session& session, std::string app, bool wait);
/// A new release of the same image with what is staged.
async::Task<Outcome> apply_staged(Session& session, std::string app, bool wait);

// scale.cpp
struct Scale {
  std::string app;
  std::optional<int> replicas;
  std::optional<int> cpu_millis;
  std::optional<std::int64_t> memory_mib;
  std::optional<int> pids;
  std::optional<std::int64_t> disk_mib;
  std::optional<bool> read_only;
};
async::Task<Outcome> scale(Session& session, Scale options);

// settings.cpp
/// What of an app is to change; absent: as it was.
struct Settings {
  std::string app;
  std::optional<std::string> git_url;
  std::optional<std::string> branch;
  std::optional<std::string> containerfile;     ///< empty: found by itself
  std::optional<std::string> static_directory;  ///< empty: no static site any more
  CommandOptions commands;
  std::optional<std::string> health_path;
  std::optional<int> port;
  std::optional<int> requests_per_minute;  ///< of one address; 0: no limit
  std::optional<int> request_burst;
  Scale scale;
};
/// Changes what is said; shows the app when nothing is.
async::Task<Outcome> change_settings(Session& session, Settings wanted);
async::Task<Outcome> list_app_environments(Session& session, std::string app);
/// `not_found` when the project has no such environment; `conflict` when the app is there already.
/// The answer: the app as it is there.
async::Task<base::Result<std::string>> add_to_environment(Session& session, std::string app, std::string environment,
                                                          std::optional<std::string> branch);
async::Task<Outcome> add_app_environment(Session& session, std::string app, std::string environment,
                                         std::optional<std::string> branch);
async::Task<Outcome> undo_deletion(Session& session, std::string app);
async::Task<Outcome> resume_automatic_deploys(Session& session, std::string app);

// deployments.cpp. A deployment is named by its id, by APP/NUMBER, or by APP (the latest).
/// Without an app those of all.
async::Task<Outcome> list_deployments(Session& session, std::string app, std::size_t limit);
async::Task<Outcome> show_deployment(Session& session, std::string deployment);
async::Task<Outcome> cancel_deployment(Session& session, std::string deployment);
async::Task<base::Result<std::string>> find_deployment(Session& session, std::string deployment);

// logs.cpp
struct Logs {
  std::string app;
  bool follow{false};
  std::optional<int> tail;  ///< nothing: the server's default
  std::string since;        ///< 10m, 2h, or a time
  std::string replica;
  std::string grep;
  bool timestamps{false};
  bool build{false};
  std::string deployment;  ///< with `build`: which; empty: the latest
};
async::Task<Outcome> logs(Session& session, Logs options);

// replicas.cpp
async::Task<Outcome> list_replicas(Session& session, std::string app);
async::Task<Outcome> list_workers(Session& session);

// metrics.cpp
/// What the replicas of an app use, and its requests; without an app, what the workers use. `since`: 90s, 10m; 15
/// minutes at most.
async::Task<Outcome> show_metrics(Session& session, std::string app, std::string since);

/// Whose variables: an app's, or those that apps inherit.
struct Place {
  std::string app;
  bool organization{false};
  std::string project;
  std::string environment;  ///< PROJECT/ENVIRONMENT
  std::string path(const Session& session) const;
  std::string name() const;
};

// variables.cpp
/// What is said of each variable that is set; absent: as it was.
struct SetFlags {
  std::optional<bool> build_time;
  std::optional<bool> run_time;
  bool expand{false};
};
/// `inherited`: also what the app has from its environment, project and organization.
async::Task<Outcome> list_variables(Session& session, Place place, bool inherited);
/// Each "NAME=value"; "NAME=-" reads the value from standard input (one at most).
/// {"items":[{"name":…}]}: which variables were meant, where the API answers with nothing or with their values.
std::string names_document(const std::vector<std::string>& names);
async::Task<Outcome> set_variables(Session& session, Place place, std::vector<std::string> assignments, SetFlags flags);
async::Task<Outcome> unset_variables(Session& session, Place place, std::vector<std::string> names);

// environment.cpp
struct Push {
  std::string file;  ///< "-": standard input
  bool replace{false};
  bool dry_run{false};
};
/// Values as the text of a .env file, to `file` (mode 0600) or, "-", to standard output.
async::Task<Outcome> pull_variables(Session& session, Place place, std::string file);
async::Task<Outcome> push_variables(Session& session, Place place, Push options);
async::Task<Outcome> reveal_variables(Session& session, Place place, std::vector<std::string> names);
/// What the next deployment changes, and what stands in its way (exit code 1 then).
async::Task<Outcome> show_staged(Session& session, std::string app);

// audit.cpp
struct AuditQuery {
  std::string since;  ///< 10m, 2h, 7d, or a time
  std::string until;
  std::string actor;
  std::string object;
  std::string action;
  std::size_t limit{50};
};
async::Task<Outcome> show_audit(Session& session, AuditQuery query);
/// The sealed log as JSON lines, with its signed head at the end.
struct AuditExport {
  std::string file;             ///< empty or -: standard output
  std::string format{"jsonl"};  ///< csv: for spreadsheets, without what verifies it
  bool installation{false};
};
async::Task<Outcome> export_audit(Session& session, AuditExport wanted);
struct VerifyAudit {
  std::string from;  ///< an export: it is verified, and the log against its head
  std::string key;   ///< fingerprint of the key that must have signed; empty: the server's
  bool offline{false};
  bool installation{false};  ///< the log of what belongs to no organization
};
/// Exit code 1 when anything is not as it was sealed.
async::Task<Outcome> verify_audit(Session& session, VerifyAudit options);

/// A mistake of how the command was typed (exit code 2).
std::unexpected<base::Error> usage_error(const std::string& message);

}  // namespace cli
