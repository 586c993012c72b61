#include "control-plane/modules/builds/upload_routes.hpp"

#include <charconv>

#include "control-plane/modules/builds/upload_store.hpp"
#include "control-plane/modules/sources/uploads.hpp"

namespace builds {
namespace {

std::string bearer(const http::Request& request) {
  constexpr std::string_view kBearer = "Bearer ";
  const auto header = request.header("Authorization").value_or("");
  return header.starts_with(kBearer) ? std::string(header.substr(kBearer.size())) : std::string();
}

std::int64_t offset_of(const http::Request& request) {
  std::int64_t value = 0;
  const auto found = request.query.find("at");
  if (found == request.query.end()) return 0;
  const auto& text = found->second;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  return status == std::errc() && end == text.data() + text.size() ? value : -1;
}

async::Task<http::Response> read(postgres::Pool* pool, AdmitWorker admit, http::Request request) {
  const auto token = bearer(request);
  const auto at = offset_of(request);
  auto bytes = co_await pool->transaction([&](Tx& tx) -> base::Result<std::string> {
    TRY_ASSIGN(const auto worker, admit(tx, token));
    const auto upload = sources::UploadId::parse(request.params.at("upload"));
    if (!upload || at < 0 || !store::builds_upload(tx, worker, upload->to_string())) {
      return base::not_found("upload.not_found", "The upload");
    }
    return sources::read_upload(tx, *upload, at);
  });
  if (!bytes) co_return http::problem(bytes.error(), request.request_id);
  co_return http::text_response(200, *std::move(bytes), "application/octet-stream");
}

}  // namespace

void add_upload_routes(http::RouteTable& hub, postgres::Pool& pool, AdmitWorker admit) {
  hub.add(http::Method::get, "/v1/workers/uploads/{upload}",
          [to = &pool, admit = std::move(admit)](http::Request request) { return read(to, admit, std::move(request)); })
      .summary("A part of a folder that was sent, for the worker that builds it")
      .query_parameter("at", "First byte");
}

}  // namespace builds
