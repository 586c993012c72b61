#include "control-plane/modules/sources/routes.hpp"

#include <charconv>

#include "control-plane/modules/sources/uploads.hpp"

namespace sources {
namespace {

using auth::Permission;
using base::ErrorKind;
using base::Result;

struct BeginBody {
  std::string sha256;
  std::int64_t bytes{0};
  template <class F>
  void map(F& f) {
    f.required("sha256", sha256, "Of the archive as it is sent, in hexadecimal");
    f.required("bytes", bytes, "Of the archive as it is sent; at most 67108864 (64 MiB)");
  }
};

struct UploadView {
  UploadId id;
  std::string state;
  std::int64_t bytes{0};
  std::int64_t received{0};
  std::int64_t part_bytes{kMostPartBytes};
  std::optional<std::int64_t> files;
  std::optional<std::int64_t> unpacked_bytes;
  base::UtcTime created_at;
  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.required("state", state, "open or complete");
    f.required("bytes", bytes);
    f.required("received", received, "Where to go on: all before it is kept");
    f.required("part_bytes", part_bytes, "Most bytes of one part");
    f.optional("files", files);
    f.optional("unpacked_bytes", unpacked_bytes);
    f.required("created_at", created_at);
  }
};

struct Refused {
  std::string code;
  template <class F>
  void map(F& f) {
    f.required("code", code);
  }
};

UploadView view(const Upload& upload) {
  return {upload.id,
          upload.complete ? "complete" : "open",
          upload.bytes,
          upload.received,
          kMostPartBytes,
          upload.files,
          upload.unpacked_bytes,
          upload.created_at};
}

Result<std::int64_t> offset_of(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status == std::errc() && end == text.data() + text.size() && value >= 0) return value;
  return base::invalid("/offset", "A number of bytes.");
}

async::Task<http::Response> put(Routes* self, api::Api* api, api::Input input, http::Request request) {
  auto stored = co_await api->transaction(input, [&](Tx& tx) -> Result<UploadView> {
    TRY_ASSIGN(const auto at, offset_of(input.param("offset")));
    TRY_ASSIGN(const auto env, self->projects.find(tx, input.organization(), input.param("app")));
    TRY_ASSIGN(const auto upload, put_part(tx, input.organization(), env.id, input.param("upload"), at, request.body));
    return view(upload);
  });
  if (!stored) co_return http::problem(stored.error(), request.request_id);
  co_return http::json_response(200, json::encode(*stored));
}

/// Up to seconds of work: no transaction is held for longer than one part takes.
async::Task<Result<Upload>> check(Routes* self, api::Api* api, const api::Input& input) {
  CO_TRY_ASSIGN(const auto upload, co_await api->transaction(input, [&](Tx& tx) -> Result<Upload> {
    TRY_ASSIGN(const auto env, self->projects.find(tx, input.organization(), input.param("app")));
    return arrived_upload(tx, input.organization(), env.id, input.param("upload"));
  }));
  if (upload.complete) co_return upload;
  ArchiveCheck content(upload);
  for (bool more = true; more;) {
    CO_TRY_ASSIGN(more, co_await api->transaction(input, [&](Tx& tx) { return content.step(tx); }));
  }
  co_return co_await api->transaction(input, [&](Tx& tx) -> Result<Upload> {
    TRY_ASSIGN(const auto env, self->projects.find(tx, input.organization(), input.param("app")));
    TRY_ASSIGN(const auto done, complete_upload(tx, upload, content.totals()));
    self->audit.record(tx, input,
                       {.action = "upload.complete",
                        .object_kind = "upload",
                        .object_id = done.id.to_string(),
                        .before = "",
                        .after = "",
                        .object_name = env.ref(),
                        .app_id = env.app.to_string()});
    return done;
  });
}

async::Task<http::Response> complete(Routes* self, api::Api* api, api::Input input, http::Request request) {
  const auto done = co_await check(self, api, input);
  if (done) co_return http::json_response(200, json::encode(view(*done)));
  co_await api->transaction(input, [&](Tx& tx) -> Result<void> {
    self->audit.record(tx, input,
                       {.action = "upload.complete.refused",
                        .object_kind = "upload",
                        .object_id = input.param("upload").substr(0, 100),
                        .before = "",
                        .after = json::encode(Refused{done.error().code})});
    return {};
  });
  co_return http::problem(done.error(), request.request_id);
}

}  // namespace

void Routes::add(api::Api& api) {
  const std::string path = "/api/v1/orgs/{org}/apps/{app}/uploads";
  api.write<BeginBody, UploadView>(
         http::Method::post, path, Permission::app_deploy, "upload.begin", 201,
         [this](Tx& tx, const api::Input& input, const BeginBody& body, api::Effect& effect) -> Result<UploadView> {
           TRY_ASSIGN(const auto env, projects.find_for_change(tx, input.organization(), input.param("app")));
           TRY_ASSIGN(const auto upload, begin_upload(tx, input, env.id, body.sha256, body.bytes));
           effect = {.object_kind = "upload",
                     .object_id = upload.id.to_string(),
                     .before = "",
                     .after = "",
                     .object_name = env.ref(),
                     .app_id = env.app.to_string(),
                     .organization = {}};
           return view(upload);
         })
      .summary("Begin to send a folder as a tar.gz archive, or go on with one of the same content")
      .tag("uploads")
      .errors({ErrorKind::invalid, ErrorKind::not_found, ErrorKind::conflict});
  api.read<UploadView>(path + "/{upload}", Permission::app_deploy,
                       [this](Tx& tx, const api::Input& input) -> Result<UploadView> {
                         TRY_ASSIGN(const auto env, projects.find(tx, input.organization(), input.param("app")));
                         TRY_ASSIGN(const auto upload,
                                    find_upload(tx, input.organization(), env.id, input.param("upload")));
                         return view(upload);
                       })
      .summary("How much of an upload has arrived")
      .tag("uploads")
      .errors({ErrorKind::not_found});
  auto* const self = this;
  auto* const to = &api;
  api.handle(http::Method::put, path + "/{upload}/parts/{offset}", Permission::app_deploy,
             [self, to](api::Input input, http::Request request) {
               return put(self, to, std::move(input), std::move(request));
             })
      .summary("Send the part that begins at this byte; it is kept when this is answered")
      .tag("uploads")
      .response_schema(200, json::schema<UploadView>())
      .errors({ErrorKind::invalid, ErrorKind::not_found, ErrorKind::conflict, ErrorKind::too_large});
  api.handle(http::Method::post, path + "/{upload}/complete", Permission::app_deploy,
             [self, to](api::Input input, http::Request request) {
               return complete(self, to, std::move(input), std::move(request));
             })
      .summary("Check what arrived: its hash and every member; after this it can be deployed")
      .tag("uploads")
      .response_schema(200, json::schema<UploadView>())
      .errors({ErrorKind::invalid, ErrorKind::not_found, ErrorKind::conflict});
}

}  // namespace sources
