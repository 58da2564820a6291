#pragma once
// Lists that are read page by page, newest first.
#include <vector>

#include "admin/json_writer.hpp"

namespace dualwrite::admin {

inline void open_page(JsonWriter& json) {
  json.open_object();
  json.open_array("items");
}

/// A page that is not full is the last one.
template <class Item>
void close_page(JsonWriter& json, const std::vector<Item>& items, std::size_t limit) {
  json.close();
  if (items.size() < limit || items.empty()) {
    json.null("nextBefore");
  } else {
    json.number("nextBefore", items.back().id.value());
  }
  json.close();
}

}  // namespace dualwrite::admin
