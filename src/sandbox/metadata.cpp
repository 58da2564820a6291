#include "dualwrite/sandbox/metadata.hpp"

#include "sandbox/schema_build.hpp"

namespace dualwrite::sandbox {
namespace {

Result<std::shared_ptr<const Schema>> taken(const std::string& path, std::expected<Schema, CsdlProblem> schema) {
  if (schema) return std::make_shared<const Schema>(std::move(*schema));
  return fail(Errc::invalid, path + ":" + std::to_string(schema.error().line) + ": " + schema.error().what,
              "is it the $metadata of the other side?");
}

}  // namespace

Result<std::shared_ptr<const Schema>> read_dataverse_metadata(const std::string& path) {
  const auto document = odata::csdl::read_csdl_file(path);
  if (!document) return std::unexpected(document.error());
  return taken(path, dataverse_schema_of(*document, *dataverse_schema()));
}

Result<std::shared_ptr<const Schema>> read_finops_metadata(const std::string& path) {
  const auto document = odata::csdl::read_csdl_file(path);
  if (!document) return std::unexpected(document.error());
  return taken(path, finops_schema_of(*document));
}

}  // namespace dualwrite::sandbox
