#include <cctype>
#include <filesystem>

#include "cli/commands/commands.hpp"
#include "cli/commands/releases.hpp"
#include "cli/commands/upload.hpp"
#include "cli/progress.hpp"

namespace cli {
namespace {

struct DeployBody {
  std::optional<std::string> commit;
  std::optional<std::string> branch;
  std::optional<std::string> environment;
  std::optional<std::string> upload;
  template <class F>
  void map(F& f) {
    f.optional("commit", commit);
    f.optional("branch", branch);
    f.optional("environment", environment);
    f.optional("upload", upload);
  }
};
/// What was built once more, in the environment where it ran.
DeployBody same_again(const DeploymentView& deployment) {
  const auto at = deployment.app_name.find('@');
  DeployBody body;
  body.environment = at == std::string::npos ? "production" : deployment.app_name.substr(at + 1);
  const std::string sent(kNoRepository);
  if (deployment.source.git_url.starts_with(sent)) {
    body.upload = deployment.source.git_url.substr(sent.size());
    return body;
  }
  body.branch = deployment.source.branch;
  body.commit = deployment.source.commit;
  return body;
}

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

struct NewFolderApp {
  struct Source {
    std::string git_url{kNoRepository};
    std::optional<std::string> static_directory;
    template <class F>
    void map(F& f) {
      f.required("git_url", git_url);
      f.optional("static_directory", static_directory);
    }
  };
  std::string name;
  Source source;
  template <class F>
  void map(F& f) {
    f.required("name", name);
    f.required("source", source);
  }
};

/// "My App" is my-app.
std::string name_of(const std::string& folder) {
  std::error_code ignored;
  std::string name;
  for (const char c : std::filesystem::weakly_canonical(folder, ignored).filename().string()) {
    const auto lower = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const bool plain = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9' && !name.empty());
    if (plain) name += lower;
    if (!plain && !name.empty() && name.back() != '-') name += '-';
    if (name.size() == 40) break;
  }
  while (!name.empty() && name.back() == '-') name.pop_back();
  return name;
}

/// A new app of a folder is made only if it can be built.
base::Result<void> check_new_folder(const std::string& folder, const std::string& name,
                                    const std::optional<std::string>& static_directory) {
  std::error_code ignored;
  const std::filesystem::path root(folder);
  if (!std::filesystem::is_directory(root, ignored)) return usage_error(folder + " is no folder.");
  if (static_directory) {
    if (std::filesystem::is_directory(root / *static_directory, ignored)) return {};
    return usage_error("There is no folder " + *static_directory + " in " + folder +
                       ". Make it, or name another one with --static.");
  }
  for (const char* recipe : {"Containerfile", "Dockerfile"}) {
    if (std::filesystem::exists(root / recipe, ignored)) return {};
  }
  return usage_error("There is no Containerfile and no Dockerfile in " + folder +
                     ".\nTo serve its files as they are: wh deploy --folder " + folder +
                     " --static .\nTo build it from commands: wh apps create " + name +
                     " --image IMAGE --start-command COMMAND, then wh deploy " + name + " --folder " + folder);
}

/// The app that a folder is sent for when none is named: the one of the folder's name, made when it is new.
async::Task<base::Result<std::string>> app_of_folder(Session& session, std::string folder,
                                                     std::optional<std::string> static_directory) {
  const std::string name = name_of(folder);
  if (name.empty()) co_return usage_error("Say which app: wh deploy APP --folder " + folder);
  const auto found = co_await session.api->get_as<AppView>(session.app_path(name));
  if (found) co_return name;
  if (found.error().kind != base::ErrorKind::not_found) co_return std::unexpected(found.error());
  CO_TRY_CHECK(check_new_folder(folder, name, static_directory));
  NewFolderApp body;
  body.name = name;
  body.source.static_directory = static_directory;
  CO_TRY_CHECK(co_await session.api->call("POST", session.org_path("/apps"), json::encode(body)));
  session.say("Made the app " + name + "\n");
  co_return name;
}

/// What of a folder is sent for the app: of a static site, what it serves. `asked`: what was typed must be what it is.
async::Task<base::Result<std::string>> folder_to_send(Session& session, std::string app,
                                                      std::optional<std::string> asked) {
  auto view = co_await session.api->get_as<AppView>(session.app_path(app));
  if (!view && view.error().code == "app.not_found") {
    view.error().message = "There is no app " + app + ". Make it with: wh apps create " + app;
  }
  if (!view) co_return std::unexpected(std::move(view).error());
  if (asked && view->source.static_directory != asked) {
    co_return usage_error(view->name + " does not serve the folder \"" + *asked +
                          "\". Change that first: wh settings " + view->name + " --static " + *asked);
  }
  co_return view->source.static_directory.value_or(".");
}

/// Folders are sent to the app where it runs, so it has to be in the environment first.
async::Task<base::Result<void>> be_there(Session& session, std::string app, std::string environment) {
  const auto there = co_await session.api->get(session.app_path(app + "@" + environment));
  if (there) co_return base::Result<void>{};
  if (there.error().kind != base::ErrorKind::not_found) co_return std::unexpected(there.error());
  const auto added = co_await add_to_environment(session, app, environment, std::nullopt);
  if (!added) co_return std::unexpected(added.error());
  session.say("Put " + app + " into " + environment + "\n");
  co_return base::Result<void>{};
}

}  // namespace

async::Task<Outcome> deploy(Session& session, Deploy options) {
  if (options.app.empty() && options.folder.empty()) options.folder = ".";
  if (options.app.empty()) {
    CO_TRY_ASSIGN(options.app, co_await app_of_folder(session, options.folder, options.static_directory));
  }
  if (options.static_directory && options.folder.empty()) {
    co_return usage_error("--static says what of a folder is sent: give --folder too, or see wh settings --static.");
  }
  const std::string where = options.environment.value_or("production");
  const std::string there = where == "production" ? options.app : options.app + "@" + where;
  DeployBody body{options.commit, options.branch, options.environment, std::nullopt};
  if (!options.folder.empty()) {
    if (where != "production") CO_TRY_CHECK(co_await be_there(session, options.app, where));
    CO_TRY_ASSIGN(auto only, co_await folder_to_send(session, there, options.static_directory));
    CO_TRY_ASSIGN(body.upload, co_await send_folder(session, there, options.folder, std::move(only)));
  }
  co_return co_await start(session, session.app_path(options.app, "/deployments"), json::encode(body), options.wait);
}

async::Task<Outcome> redeploy(Session& session, std::string deployment, bool wait) {
  CO_TRY_ASSIGN(const std::string id, co_await find_deployment(session, std::move(deployment)));
  const auto path = session.org_path("/deployments/" + percent_encode(id));
  CO_TRY_ASSIGN(const auto view, co_await session.api->get_as<DeploymentView>(path));
  co_return co_await start(session, session.app_path(view.app_name, "/deployments"), json::encode(same_again(view)),
                           wait);
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
