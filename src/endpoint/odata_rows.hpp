#pragma once
// Single rows of an OData v4 service: reads by key, and writes that read first where the service guards nothing.
#include <optional>
#include <string>

#include "endpoint/odata_service.hpp"

namespace dualwrite::endpoint {

class ODataRows {
 public:
  ODataRows(Service& service, ODataService& sets, Side side) : service_(service), sets_(sets), side_(side) {}

  /// By the key as row keys are stored: what stands between the brackets.
  Task<Result<RowRead>> read_keyed(const maps::TableMap& map, const ODataSet& set, std::string key);
  /// The same, where "it is not there" must be true: there are services that do not find a row by a key with unusual
  /// characters in it. Such a row is then looked for by filter; one that is there after all is Errc::invalid.
  Task<Result<RowRead>> read_surely(const maps::TableMap& map, const ODataSet& set, std::string key);
  /// By the record's key.
  Task<Result<RowRead>> find_record(const maps::TableMap& map, const ODataSet& set, RecordKey record);
  /// A row as it came, with the digest for a token where it has no ETag.
  [[nodiscard]] RowRead present(const maps::TableMap& map, const ODataSet& set, odata::Entity entity) const;
  Task<WriteReply> write(const maps::TableMap& map, const ODataSet& set, RowWrite write);

 private:
  Task<std::optional<WriteReply>> refuse_before(const maps::TableMap& map, const ODataSet& set, const RowWrite& write);
  Task<Result<http::Response>> send(const ODataSet& set, const RowWrite& write, std::string body, std::string guard,
                                    std::string account);
  Task<WriteReply> create(const maps::TableMap& map, const ODataSet& set, RowWrite write);
  Task<WriteReply> settle(const maps::TableMap& map, const ODataSet& set, RowWrite write, http::Response response);
  static std::string text_of(const odata::Entity& row);

  Service& service_;
  ODataService& sets_;
  Side side_;
};

}  // namespace dualwrite::endpoint
