// The stream reader: expat's events to the raw document.
#include <expat.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <system_error>

#include "odata/csdl_build.hpp"

namespace dualwrite::odata::csdl {
namespace {

constexpr std::size_t depth_max = 64;
constexpr std::size_t text_bytes_max = 1024;  // of a name or another attribute that is kept
constexpr std::size_t things_max = 65'000;    // types, sets, properties of one type, members
constexpr std::size_t chunk_bytes = 256U << 10U;
constexpr std::string_view edm_uri = "http://docs.oasis-open.org/odata/ns/edm";
constexpr std::string_view edmx_uri = "http://docs.oasis-open.org/odata/ns/edmx";
constexpr std::string_view old_uri = "http://schemas.microsoft.com/ado/";

class Attributes {
 public:
  explicit Attributes(const XML_Char** pairs) : pairs_(pairs) {}
  [[nodiscard]] const char* find(std::string_view name) const {
    for (const XML_Char** at = pairs_; *at != nullptr; at += 2)
      if (name == *at) return at[1];
    return nullptr;
  }
  [[nodiscard]] std::string text(std::string_view name) const {
    const char* value = find(name);
    return value == nullptr ? std::string() : std::string(value);
  }
  [[nodiscard]] bool is(std::string_view name, bool otherwise) const {
    const char* value = find(name);
    return value == nullptr ? otherwise : std::string_view(value) == "true";
  }

 private:
  const XML_Char** pairs_;
};

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

class Reader {
 public:
  Reader() : parser_(XML_ParserCreateNS(nullptr, '|')) {
    if (parser_ == nullptr) throw std::bad_alloc();
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(parser_.get(), &Reader::on_start, &Reader::on_end);
    XML_SetCharacterDataHandler(parser_.get(), &Reader::on_text);
    XML_SetStartDoctypeDeclHandler(parser_.get(), &Reader::on_doctype);
  }

  /// False once something is wrong.
  bool feed(std::string_view bytes, bool is_last) {
    const auto status = XML_Parse(parser_.get(), bytes.data(), static_cast<int>(bytes.size()), is_last ? 1 : 0);
    if (status == XML_STATUS_OK) return true;
    if (!problem_) {
      problem_ = Problem{
          line(), std::string("the XML is not well-formed: ") + XML_ErrorString(XML_GetErrorCode(parser_.get()))};
    }
    return false;
  }

  std::expected<Document, Problem> take() {
    if (problem_) return std::unexpected(std::move(*problem_));
    if (!has_schema_) return std::unexpected(Problem{1, "there is no Schema in it: this is no CSDL document"});
    return finish(std::move(raw_));
  }
  [[nodiscard]] const Problem* problem() const { return problem_ ? &*problem_ : nullptr; }

 private:
  struct FreeParser {
    void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
  };

  // expat calls back through C; nothing may be thrown through it but the end of memory, which ends the process anyway.
  static void on_start(void* self, const XML_Char* name, const XML_Char** attributes) noexcept {
    static_cast<Reader*>(self)->start(name, Attributes(attributes));
  }
  static void on_end(void* self, const XML_Char*) noexcept { static_cast<Reader*>(self)->end(); }
  static void on_text(void* self, const XML_Char* text, int size) noexcept {
    static_cast<Reader*>(self)->characters({text, static_cast<std::size_t>(size)});
  }
  static void on_doctype(void* self, const XML_Char*, const XML_Char*, const XML_Char*, int) noexcept {
    static_cast<Reader*>(self)->fail("a document type declaration is not accepted");
  }

  [[nodiscard]] std::uint32_t line() const {
    return static_cast<std::uint32_t>(XML_GetCurrentLineNumber(parser_.get()));
  }

  void fail(std::string what) {
    if (problem_) return;
    problem_ = Problem{line(), std::move(what)};
    XML_StopParser(parser_.get(), XML_FALSE);
  }

  bool is_short(const Attributes& attributes) {
    for (const char* name : {"Name", "Type", "Namespace", "Alias", "BaseType", "EntityType", "Target", "Term",
                             "Property", "ReferencedProperty", "PropertyPath", "Qualifier"}) {
      const char* value = attributes.find(name);
      if (value != nullptr && std::strlen(value) > text_bytes_max) {
        fail(std::string("the attribute ") + name + " is longer than " + std::to_string(text_bytes_max) + " bytes");
        return false;
      }
    }
    return true;
  }

  template <class T>
  bool has_room(const std::vector<T>& things, const char* what) {
    if (things.size() < things_max) return true;
    fail("there are more than " + std::to_string(things_max) + " " + what);
    return false;
  }

  std::string required(const Attributes& attributes, const char* element, const char* name) {
    const char* value = attributes.find(name);
    if (value == nullptr || *value == '\0') {
      fail(std::string("an ") + element + " has no " + name);
      return {};
    }
    return value;
  }

  void start(std::string_view qualified, const Attributes& attributes) {
    if (problem_) return;
    if (path_.size() >= depth_max) return fail("elements are nested deeper than " + std::to_string(depth_max));
    const std::size_t bar = qualified.find('|');
    const std::string_view uri = bar == std::string_view::npos ? std::string_view() : qualified.substr(0, bar);
    std::string_view element = bar == std::string_view::npos ? qualified : qualified.substr(bar + 1);
    if (path_.empty()) {
      if (element != "Edmx") return fail("the document is no CSDL: it begins with <" + std::string(element) + ">");
      if (uri.starts_with(old_uri)) return fail("this is metadata of an OData version before 4");
    }
    if (uri != edm_uri && uri != edmx_uri) element = "";  // somebody's extension
    path_.emplace_back(element);
    if (element.empty() || !is_short(attributes)) return;
    element_started(element, attributes);
  }

  void element_started(std::string_view element, const Attributes& attributes) {
    if (element == "Schema") return schema(attributes);
    if (element == "EntityType") return entity_type(attributes);
    if (element == "EnumType") return enum_type(attributes);
    if (element == "ComplexType" || element == "TypeDefinition") {
      is_in_type_ = false;
      raw_.other_types.insert(namespace_ + "." + attributes.text("Name"));
      return;
    }
    if (element == "EntitySet") {
      if (has_room(raw_.document.entity_sets, "entity sets")) {
        raw_.document.entity_sets.push_back(
            {required(attributes, "EntitySet", "Name"), required(attributes, "EntitySet", "EntityType"), line()});
      }
      return;
    }
    if (element == "Member" && parent() == "EnumType") return member(attributes);
    if (element == "Annotations") target_ = attributes.text("Target");
    if (element == "Annotation") return annotation(attributes);
    if (is_in_keys_) return in_keys(element, attributes);
    if (is_in_type_) in_type(element, attributes);
  }

  [[nodiscard]] std::string_view parent() const {
    return path_.size() < 2 ? std::string_view() : std::string_view(path_[path_.size() - 2]);
  }
  EntityType& type() { return raw_.document.entity_types.back(); }

  void schema(const Attributes& attributes) {
    has_schema_ = true;
    namespace_ = required(attributes, "Schema", "Namespace");
    const std::string alias = attributes.text("Alias");
    if (!alias.empty()) raw_.aliases.emplace(alias, namespace_);
  }

  void entity_type(const Attributes& attributes) {
    if (!has_room(raw_.document.entity_types, "entity types")) return;
    EntityType made;
    made.name = namespace_ + "." + required(attributes, "EntityType", "Name");
    made.base = attributes.text("BaseType");
    made.is_abstract = attributes.is("Abstract", false);
    made.line = line();
    raw_.document.entity_types.push_back(std::move(made));
    is_in_type_ = true;
  }

  void enum_type(const Attributes& attributes) {
    if (!has_room(raw_.document.enum_types, "enumerations")) return;
    EnumType made;
    made.name = namespace_ + "." + required(attributes, "EnumType", "Name");
    made.is_flags = attributes.is("IsFlags", false);
    made.line = line();
    raw_.document.enum_types.push_back(std::move(made));
  }

  void member(const Attributes& attributes) {
    auto& members = raw_.document.enum_types.back().members;
    if (!has_room(members, "members of an enumeration")) return;
    // Without values the members count from 0 (CSDL 10.2.2).
    std::int64_t value = members.empty() ? 0 : members.back().second + 1;
    if (const char* given = attributes.find("Value")) {
      const auto parsed = number_of(given);
      if (!parsed) return fail("the Value of the member " + attributes.text("Name") + " is no whole number");
      value = *parsed;
    }
    members.emplace_back(required(attributes, "Member", "Name"), value);
  }

  void in_type(std::string_view element, const Attributes& attributes) {
    if (element == "Property" && parent() == "EntityType") return property(attributes);
    if (element == "NavigationProperty" && parent() == "EntityType") return navigation(attributes);
    if (element == "PropertyRef" && parent() == "Key") {
      type().key.push_back(required(attributes, "PropertyRef", "Name"));
    } else if (element == "ReferentialConstraint" && !type().navigations.empty()) {
      type().navigations.back().constraints.emplace_back(
          required(attributes, "ReferentialConstraint", "Property"),
          required(attributes, "ReferentialConstraint", "ReferencedProperty"));
    }
  }

  /// "Collection(X)" -> X.
  static std::pair<std::string, bool> item_type(std::string type) {
    constexpr std::string_view opening = "Collection(";
    if (!type.starts_with(opening) || !type.ends_with(')')) return {std::move(type), false};
    return {type.substr(opening.size(), type.size() - opening.size() - 1), true};
  }

  void property(const Attributes& attributes) {
    if (!has_room(type().properties, "properties of one type")) return;
    Property made;
    made.name = required(attributes, "Property", "Name");
    std::tie(made.type, made.is_collection) = item_type(required(attributes, "Property", "Type"));
    made.is_nullable = attributes.is("Nullable", true);
    made.line = line();
    const auto facet = [&](const char* name, std::string_view word, std::int64_t most) -> std::int64_t {
      const char* text = attributes.find(name);
      if (text == nullptr || word == text || (word == "variable" && std::string_view(text) == "Variable")) return -1;
      const auto value = number_of(text);
      if (value && *value >= 0 && *value <= most) return *value;
      fail("the property " + made.name + " has a " + name + " that cannot be: " + std::string(text).substr(0, 100));
      return -1;
    };
    const std::int64_t length = facet("MaxLength", "max", UINT32_MAX);
    made.length_max = length < 0 ? 0 : static_cast<std::uint32_t>(length);
    made.precision = static_cast<int>(facet("Precision", "", 1000));
    made.scale = static_cast<int>(facet("Scale", "variable", 1000));
    type().properties.push_back(std::move(made));
  }

  void navigation(const Attributes& attributes) {
    if (!has_room(type().navigations, "navigation properties of one type")) return;
    Navigation made;
    made.name = required(attributes, "NavigationProperty", "Name");
    std::tie(made.type, made.is_collection) = item_type(required(attributes, "NavigationProperty", "Type"));
    made.line = line();
    type().navigations.push_back(std::move(made));
  }

  static bool says_true(const Attributes& attributes, std::string_view term) {
    if (term.ends_with(".AllowEdit")) return !attributes.is("Bool", true);
    if (term.ends_with(".Permissions")) {
      const std::string given = attributes.text("EnumMember");
      return given.ends_with("/Read") && given.find(' ') == std::string::npos;
    }
    return attributes.is("Bool", true);
  }

  void annotation(const Attributes& attributes) {
    const std::string term = attributes.text("Term");
    if (term.ends_with(".AlternateKeys") && (parent() == "EntityType" || parent() == "Annotations")) {
      is_in_keys_ = true;
      keys_depth_ = path_.size();
      keys_qualifier_ = attributes.text("Qualifier");
      return;
    }
    if (!says_true(attributes, term)) return;
    if (parent() == "Property" && is_in_type_ && !type().properties.empty()) {
      apply_flag(type().properties.back(), term);
    } else if (parent() == "Annotations" && !target_.empty()) {
      Property probe;
      if (apply_flag(probe, term) && has_room(raw_.remotes, "annotations")) {
        raw_.remotes.push_back({target_, {}, term, line()});
      }
    }
  }

  void in_keys(std::string_view element, const Attributes& attributes) {
    if (element == "PropertyPath") text_.emplace();
    if (element != "PropertyValue") return;
    const std::string which = attributes.text("Property");
    if (which == "Key") {
      keys_.push_back({keys_qualifier_, {}});
    } else if (which == "Name" && !keys_.empty()) {
      const char* path = attributes.find("PropertyPath");
      if (path == nullptr) path = attributes.find("String");
      if (path != nullptr) keys_.back().properties.emplace_back(path);
    }
  }

  void characters(std::string_view text) {
    if (!text_ || problem_) return;
    if (text_->size() + text.size() > text_bytes_max) return fail("a PropertyPath is too long");
    text_->append(text);
  }

  void end() {
    if (problem_ || path_.empty()) return;
    const std::string_view element = path_.back();
    if (element == "EntityType" || element == "ComplexType") is_in_type_ = false;
    if (element == "Annotations") target_.clear();
    if (element == "PropertyPath" && text_) {
      if (!keys_.empty() && !text_->empty()) keys_.back().properties.push_back(std::move(*text_));
      text_.reset();
    }
    if (is_in_keys_ && path_.size() == keys_depth_) end_of_keys();
    path_.pop_back();
  }

  void end_of_keys() {
    is_in_keys_ = false;
    for (AlternateKey& key : keys_) {
      if (key.properties.empty()) continue;
      if (!target_.empty()) {
        raw_.remotes.push_back({target_, std::move(key), {}, line()});
      } else if (is_in_type_) {
        type().alternate_keys.push_back(std::move(key));
      }
    }
    keys_.clear();
  }

  std::unique_ptr<XML_ParserStruct, FreeParser> parser_;
  Raw raw_;
  std::optional<Problem> problem_;
  std::vector<std::string> path_;  ///< local names; empty for elements of other namespaces
  std::string namespace_;
  std::string target_;
  bool has_schema_ = false;
  bool is_in_type_ = false;
  bool is_in_keys_ = false;
  std::size_t keys_depth_ = 0;
  std::string keys_qualifier_;
  std::vector<AlternateKey> keys_;
  std::optional<std::string> text_;
};

Result<Document> taken(Reader& reader, const std::string& name) {
  auto document = reader.take();
  if (document) return std::move(*document);
  return fail(Errc::invalid, name + ":" + std::to_string(document.error().line) + ": " + document.error().what,
              "save what the service's $metadata answers, unchanged");
}

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

Result<Document> parse_csdl(std::string_view xml, const std::string& name) {
  Reader reader;
  bool is_fine = true;
  while (is_fine && xml.size() > chunk_bytes) {
    is_fine = reader.feed(xml.substr(0, chunk_bytes), false);
    xml.remove_prefix(chunk_bytes);
  }
  if (is_fine) reader.feed(xml, true);
  return taken(reader, name);
}

Result<Document> read_csdl_file(const std::string& path) {
  const auto unreadable = [&path](int error) {
    return fail(Errc::storage, "reading " + path + ": " + std::generic_category().message(error),
                "name a file that can be read");
  };
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rb"));
  if (!file) return unreadable(errno);
  Reader reader;
  std::vector<char> chunk(chunk_bytes);
  bool is_last = false;
  while (!is_last) {
    const std::size_t count = std::fread(chunk.data(), 1, chunk.size(), file.get());
    if (count < chunk.size() && std::ferror(file.get()) != 0) return unreadable(errno);
    is_last = count < chunk.size();
    if (!reader.feed({chunk.data(), count}, is_last)) break;
  }
  return taken(reader, path);
}

}  // namespace dualwrite::odata::csdl
