#include "cli/commands/releases.hpp"

#include "cli/commands/commands.hpp"

namespace cli {
namespace {

struct ReleaseView {
  std::int64_t number{0};
  std::optional<std::string> commit;
  std::string image_digest;
  base::UtcTime created_at;
  bool pinned{false};
  bool image_removed{false};
  template <class F>
  void map(F& f) {
    f.required("number", number);
    f.defaulted("commit", commit);
    f.defaulted("image_digest", image_digest);
    f.required("created_at", created_at);
    f.defaulted("pinned", pinned);
    f.defaulted("image_removed", image_removed);
  }
};

/// "current, pinned": why the image is there, or that it is not.
std::string image_text(const ReleaseView& release, const std::optional<CurrentReleaseView>& current) {
  std::string text;
  const auto add = [&text](const char* word) { text += (text.empty() ? "" : ", ") + std::string(word); };
  if (current && current->number == release.number) add("current");
  if (release.pinned) add("pinned");
  if (release.image_removed) add("removed");
  return text.empty() ? "kept" : text;
}

}  // namespace

async::Task<Outcome> list_releases(Session& session, std::string app, std::size_t limit) {
  CO_TRY_ASSIGN(const auto listed, co_await list<ReleaseView>(session, session.app_path(app, "/releases"), limit));
  if (session.json) {
    session.out() << listed.json << "\n";
    co_return kOk;
  }
  if (listed.items.empty()) {
    session.say("No release yet. The first deployment makes one: wh deploy " + app + "\n");
    co_return kOk;
  }
  CO_TRY_ASSIGN(const auto view, co_await session.api->get_as<AppView>(session.app_path(app)));
  Table table({"RELEASE", "IMAGE", "COMMIT", "DIGEST", "MADE"});
  for (const auto& release : listed.items) {
    table.row({std::to_string(release.number), image_text(release, view.current_release),
               release.commit ? shorten(*release.commit) : "-", shorten(release.image_digest),
               format_age(release.created_at, session.clock.utc_now())});
  }
  session.show(table);
  co_return kOk;
}

async::Task<Outcome> pin_release(Session& session, std::string app, int release, bool pinned) {
  const std::string number = std::to_string(release);
  const std::string path = session.app_path(app, "/releases/" + number + "/pin");
  CO_TRY_ASSIGN(const auto answer, co_await session.api->call(pinned ? "PUT" : "DELETE", path));
  session.done(answer.body,
               pinned ? "The image of release " + number + " is kept until: wh unpin " + app + " " + number + "\n"
                      : "The image of release " + number +
                            " is kept as long as that of any other: the last 10 that were live.\n");
  co_return kOk;
}

}  // namespace cli
