#include <charconv>
#include <cstddef>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "dualwrite/odata/payload.hpp"
#include "odata/name_set.hpp"

namespace dualwrite::odata {
namespace {

using Json = nlohmann::json;

// Walks over the text and tells how far the parser has come, so that an array can be cut out of the text as it was
// written, and an error can name its place.
class Cursor {
 public:
  using iterator_category = std::forward_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Cursor() = default;
  Cursor(const char* at, const char** reached) : at_(at), reached_(reached) {}
  reference operator*() const { return *at_; }
  Cursor& operator++() {
    *reached_ = ++at_;
    return *this;
  }
  Cursor operator++(int) {
    Cursor before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const Cursor& a, const Cursor& b) { return a.at_ == b.at_; }

 private:
  const char* at_ = nullptr;
  const char** reached_ = nullptr;
};

constexpr bool is_control(std::string_view name, std::string_view short_name) noexcept {
  if (!name.starts_with('@')) return false;
  name.remove_prefix(1);
  if (name.starts_with("odata.")) name.remove_prefix(6);  // the prefix of 4.0, optional since 4.01
  return name == short_name;
}

// The parser's events, turned into entities. Every handler returns false to stop; error_ then says why.
class Reader {
 public:
  enum class Shape : std::uint8_t { page, entity };

  Reader(Shape shape, std::string_view body, const JsonLimits& limits)
      : shape_(shape), body_(body), limits_(limits), reached_(body.data()) {}

  Result<Page> read() {
    if (body_.size() > limits_.bytes_max) {
      refuse("it has more than " + std::to_string(limits_.bytes_max) + " bytes", limits_.bytes_max);
    } else {
      const Cursor begin(body_.data(), &reached_);
      const Cursor end(body_.data() + body_.size(), &reached_);
      const bool complete = Json::sax_parse(begin, end, this);
      // The parser takes a zero byte for the end of the text.
      if (complete && (offset() != body_.size() || body_.ends_with('\0'))) refuse("it is not valid JSON", offset());
      if (complete && shape_ == Shape::page && !has_value_) refuse("it has no \"value\"", body_.size());
    }
    if (!error_.empty()) return fail(Errc::invalid, std::move(error_));
    return std::move(page_);
  }

  bool null() { return is_opaque() || scalar(Value::null()); }
  bool boolean(bool value) { return is_opaque() || scalar(Value::boolean(value)); }
  bool number_integer(Json::number_integer_t value) {
    // A zero that is not unsigned was written "-0".
    return is_opaque() || scalar(Value::number(value == 0 ? "-0" : std::to_string(value)));
  }
  bool number_unsigned(Json::number_unsigned_t value) {
    return is_opaque() || scalar(Value::number(std::to_string(value)));
  }
  bool number_float(Json::number_float_t, const std::string& text) {
    return is_opaque() || scalar(Value::number(text));
  }
  bool string(std::string& value) { return is_opaque() || scalar(Value::string(value)); }
  bool binary(Json::binary_t&) { return refuse_here("it has binary data"); }

  bool key(std::string& name) {
    if (entity_ != nullptr && !is_opaque()) {
      name_.assign(prefix_);
      name_ += name;
      if (!names_[entity_depth_].insert(name_)) return refuse_here("a name comes twice in one object");
      return true;
    }
    if (!names_[depth_].insert(name)) return refuse_here("a name comes twice in one object");
    if (!is_opaque()) name_ = name;
    return true;
  }

  bool start_object(std::size_t) {
    if (!descend()) return false;
    if (is_opaque()) return open_names();
    if (entity_ != nullptr) {  // an expanded navigation, or a complex value
      prefix_ends_.push_back(prefix_.size());
      if (prefix_.empty() && is_control(name_, "removed")) {
        entity_->removed = true;  // its "reason" becomes a member, as in a deleted item of 4.0
      } else {
        prefix_ = name_ + '/';
      }
      return true;
    }
    if (!open_names()) return false;
    if ((shape_ == Shape::entity && depth_ == 1) || in_value_) return begin_entity();
    if (depth_ == 1) return true;
    if (name_ == "value") return refuse_here("\"value\" is not a list");
    opaque_depth_ = depth_;
    return true;
  }

  bool end_object() {
    if (is_opaque()) {
      if (opaque_depth_ == depth_) opaque_depth_ = 0;
    } else if (entity_ != nullptr && depth_ == entity_depth_) {
      finish_entity();
    } else if (entity_ != nullptr) {
      prefix_.resize(prefix_ends_.back());
      prefix_ends_.pop_back();
    }
    --depth_;
    return true;
  }

  bool start_array(std::size_t) {
    if (!descend()) return false;
    if (is_opaque()) return true;
    if (depth_ == 1) return refuse_here("it is a list, not an object");
    if (in_value_ && entity_ == nullptr) return refuse_here("\"value\" has an item that is not an object");
    if (entity_ == nullptr && name_ == "value") {
      in_value_ = true;
      has_value_ = true;
      return true;
    }
    array_name_ = name_;
    array_begin_ = offset() - 1;
    opaque_depth_ = depth_;
    return true;
  }

  bool end_array() {
    if (!is_opaque()) {
      in_value_ = false;
    } else if (opaque_depth_ == depth_) {
      opaque_depth_ = 0;
      if (entity_ != nullptr) {
        entity_->arrays.emplace_back(std::move(array_name_), body_.substr(array_begin_, offset() - array_begin_));
      }
    }
    --depth_;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const Json::exception& exception) {
    // The parser's own words would quote the text, and so a row: they are left out.
    if (exception.id == 406) return refuse("a number is too large", position);
    if (position > body_.size()) return refuse("it ends too early", body_.size());
    return refuse("it is not valid JSON", position);
  }

 private:
  [[nodiscard]] bool is_opaque() const noexcept { return opaque_depth_ != 0; }
  [[nodiscard]] std::size_t offset() const noexcept { return static_cast<std::size_t>(reached_ - body_.data()); }

  bool refuse(const std::string& why, std::size_t at) {
    error_ = "reading JSON: " + why + ", at byte " + std::to_string(at);
    return false;
  }
  bool refuse_here(const std::string& why) { return refuse(why, offset()); }

  bool descend() {
    if (depth_ == limits_.depth_max) {
      return refuse_here("it is nested deeper than " + std::to_string(limits_.depth_max) + " levels");
    }
    ++depth_;
    if (names_.size() <= depth_) names_.resize(depth_ + 1);
    return true;
  }

  bool open_names() {
    names_[depth_].clear();
    return true;
  }

  bool begin_entity() {
    entity_ = &page_.entities.emplace_back();
    entity_depth_ = depth_;
    entity_->members.reserve(members_before_);
    return true;
  }

  void finish_entity() {
    if (entity_->context.ends_with("$deletedEntity")) {
      entity_->removed = true;
      for (auto at = entity_->members.begin(); at != entity_->members.end(); ++at) {
        if (at->first != "id") continue;
        entity_->id = at->second.text();
        entity_->members.erase(at);
        break;
      }
    }
    members_before_ = entity_->members.size();
    entity_ = nullptr;
  }

  bool scalar(Value value) {
    if (entity_ != nullptr) {
      if (std::string* control = entity_control(); control != nullptr) {
        *control = value.text();
      } else {
        entity_->members.emplace_back(name_, std::move(value));
      }
      return true;
    }
    if (depth_ == 0) return refuse_here("it is not an object");
    if (in_value_) return refuse_here("\"value\" has an item that is not an object");
    return page_scalar(value);
  }

  // Where control information of the item itself goes; nullptr for everything else.
  std::string* entity_control() {
    if (!name_.starts_with('@')) return nullptr;
    if (is_control(name_, "etag")) return &entity_->etag;
    if (is_control(name_, "id")) return &entity_->id;
    if (is_control(name_, "context")) return &entity_->context;
    return nullptr;
  }

  bool page_scalar(const Value& value) {
    if (name_ == "value") return refuse_here("\"value\" is not a list");
    if (is_control(name_, "nextLink")) page_.next_link = value.text();
    if (is_control(name_, "deltaLink")) page_.delta_link = value.text();
    if (is_control(name_, "count") && !value.is_null()) {
      const std::string& text = value.text();
      std::int64_t count = 0;
      const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), count);
      if (code != std::errc{} || end != text.data() + text.size())
        return refuse_here("the count is not a whole number");
      page_.count = count;
    }
    return true;
  }

  Shape shape_;
  std::string_view body_;
  JsonLimits limits_;
  const char* reached_;
  Page page_;
  std::string error_;

  std::size_t depth_ = 0;
  std::size_t opaque_depth_ = 0;  // depth of a list that is kept as text, or of a part that is of no use; 0: in none
  bool in_value_ = false;
  bool has_value_ = false;
  Entity* entity_ = nullptr;
  std::size_t entity_depth_ = 0;
  std::size_t members_before_ = 16;
  std::string name_;    // of the member whose value comes next, with the prefix
  std::string prefix_;  // "nav/" within an expanded navigation
  std::vector<std::size_t> prefix_ends_;
  std::string array_name_;
  std::size_t array_begin_ = 0;
  std::vector<NameSet> names_;  // by depth
};

}  // namespace

const Value* Entity::find(std::string_view name) const noexcept {
  for (const auto& [known, value] : members) {
    if (known == name) return &value;
  }
  return nullptr;
}

Result<Page> parse_page(std::string_view body, const JsonLimits& limits) {
  return Reader(Reader::Shape::page, body, limits).read();
}

Result<Entity> parse_entity(std::string_view body, const JsonLimits& limits) {
  auto page = Reader(Reader::Shape::entity, body, limits).read();
  if (!page) return std::unexpected(std::move(page).error());
  return std::move(page->entities.front());
}

}  // namespace dualwrite::odata
