#include "sandbox/reply.hpp"

#include "dualwrite/odata/payload.hpp"
#include "sandbox/guid.hpp"

namespace dualwrite::sandbox {

http::Response json_response(int status, std::string body) {
  http::Headers headers;
  headers.add("Content-Type", "application/json; odata.metadata=minimal");
  headers.add("OData-Version", "4.0");
  return {status, std::move(headers), std::move(body)};
}

http::Response text_response(int status, std::string content_type, std::string body) {
  http::Headers headers;
  headers.add("Content-Type", std::move(content_type));
  headers.add("OData-Version", "4.0");
  return {status, std::move(headers), std::move(body)};
}

http::Response dataverse_error(const Refusal& refusal, bool detailed) {
  std::string body = R"({"error":{"code":)";
  odata::append_json_string(body, refusal.code);
  body += R"(,"message":)";
  odata::append_json_string(body, refusal.message);
  if (detailed) {
    const std::string code = refusal.code.starts_with("0x") ? refusal.code.substr(2) : refusal.code;
    body += R"(,"@Microsoft.PowerApps.CDS.ErrorDetails.OperationStatus":"0")"
            R"(,"@Microsoft.PowerApps.CDS.ErrorDetails.SubErrorCode":"0")"
            R"(,"@Microsoft.PowerApps.CDS.HelpLink":"http://go.microsoft.com/fwlink/?LinkID=398563&error=)"
            "Microsoft.Crm.CrmException%3a" +
            code + R"(&client=platform","@Microsoft.PowerApps.CDS.TraceText":"")" +
            R"(,"@Microsoft.PowerApps.CDS.InnerError.Message":)";
    odata::append_json_string(body, refusal.message);
  }
  body += "}}";
  http::Response response = json_response(refusal.status, std::move(body));
  response.headers.add("REQ_ID", guid_text(new_guid()));
  return response;
}

http::Response finops_error(const Refusal& refusal) {
  return finops_error(refusal, true);
}

http::Response finops_error(const Refusal& refusal, bool with_stacktrace) {
  std::string body = R"({"error":{"code":"","message":"An error has occurred.","innererror":{"message":)";
  odata::append_json_string(body, refusal.message);
  body += R"(,"type":)";
  odata::append_json_string(body, refusal.exception.empty() ? "System.InvalidOperationException" : refusal.exception);
  if (with_stacktrace) body += R"(,"stacktrace":"   at Microsoft.Dynamics.Platform.Integration.Services.OData")";
  http::Response response = json_response(refusal.status, body + "}}}");
  response.headers.add("ms-dyn-aid", guid_text(new_guid()));
  return response;
}

http::Response finops_plain_error(const Refusal& refusal) {
  std::string body = R"({"error":{"code":"","message":)";
  odata::append_json_string(body, refusal.message);
  http::Response response = json_response(refusal.status, body + "}}");
  response.headers.add("ms-dyn-aid", guid_text(new_guid()));
  return response;
}

}  // namespace dualwrite::sandbox
