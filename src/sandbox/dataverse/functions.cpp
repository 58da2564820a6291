#include "sandbox/dataverse/functions.hpp"

#include <algorithm>

#include "dualwrite/base/time.hpp"
#include "dualwrite/odata/uri.hpp"
#include "sandbox/cell.hpp"
#include "sandbox/dataverse/periods.hpp"
#include "sandbox/guid.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

constexpr std::string_view prefix = "Microsoft.Dynamics.CRM.";
constexpr std::size_t functions_max = 100;
constexpr std::size_t values_max = 2000;

std::unexpected<Refusal> wrong(std::string message) {
  return refuse(400, dialect().error_code, std::move(message));
}

/// Where the text goes on behind a quoted literal that begins at `at`.
std::size_t after_quoted(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] != '\'') continue;
    if (at + 1 < text.size() && text[at + 1] == '\'') {
      ++at;
    } else {
      return at + 1;
    }
  }
  return text.size();
}

std::size_t closing_bracket(std::string_view text, std::size_t at) {
  int depth = 0;
  while (at < text.size()) {
    if (text[at] == '\'') {
      at = after_quoted(text, at);
      continue;
    }
    if (text[at] == '(') ++depth;
    if (text[at] == ')' && --depth == 0) return at;
    ++at;
  }
  return std::string_view::npos;
}

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::string without_aliases(std::string_view text, const Options& options) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '\'') {
      const std::size_t end = after_quoted(text, at);
      result += text.substr(at, end - at);
      at = end;
      continue;
    }
    if (text[at] == '@') {
      std::size_t end = at + 1;
      while (end < text.size() && is_name_char(text[end])) ++end;
      const std::string_view name = text.substr(at, end - at);
      const auto found = std::ranges::find(options, name, &std::pair<std::string, std::string>::first);
      if (found != options.end()) {
        result += found->second;
        at = end;
        continue;
      }
    }
    result.push_back(text[at++]);
  }
  return result;
}

struct Arguments {
  std::string property;
  std::vector<std::string> values;
};

std::string unquoted(std::string_view text) {
  if (text.size() < 2 || (text.front() != '\'' && text.front() != '"') || text.back() != text.front()) {
    return std::string(text);
  }
  std::string result;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    result.push_back(text[i]);
    if (text[i] == text.front()) ++i;  // it was doubled
  }
  return result;
}

Outcome<Arguments> arguments_of(std::string_view text) {
  Arguments arguments;
  if (text.empty()) return arguments;
  const auto predicate = odata::parse_key_predicate(text);
  if (!predicate) return wrong(predicate.error().message());
  for (const auto& [name, value] : *predicate) {
    if (name == "PropertyName") {
      arguments.property = value.text();
    } else if (name == "PropertyValue") {
      arguments.values.push_back(unquoted(value.text()));
    } else if (name == "PropertyValues" && value.text().starts_with('[') && value.text().ends_with(']')) {
      const std::string_view list = std::string_view(value.text()).substr(1, value.text().size() - 2);
      for (const std::string_view item : split_top_level(list, ',')) arguments.values.push_back(unquoted(item));
    } else {
      return wrong("The parameter '" + name + "' is not known or has no value of its kind.");
    }
  }
  if (arguments.values.size() > values_max) return wrong("A function has more than 2000 values.");
  return arguments;
}

class Writer {
 public:
  Writer(const Call& call, const Table& table) : call_(call), table_(table) {}

  Outcome<std::string> written_out(const std::string& name, const Arguments& arguments) const {
    if (name.ends_with("UserId") || name.ends_with("BusinessId")) return identity(name, arguments);
    auto column = column_of(arguments.property);
    if (!column) return std::unexpected(column.error());
    const std::string& property = arguments.property;
    const std::vector<std::string>& values = arguments.values;
    if (name == "In" || name == "NotIn") return list(name == "In", **column, property, values);
    if (name == "Between" || name == "NotBetween") {
      if (values.size() != 2) return wrong("The function '" + name + "' takes two values.");
      const std::string both =
          property + " ge " + literal(**column, values[0]) + " and " + property + " le " + literal(**column, values[1]);
      return name == "Between" ? both : property + " ne null and not (" + both + ")";
    }
    if (name == "ContainValues" || name == "DoesNotContainValues") {
      return choices(name == "ContainValues", property, values);
    }
    return period(name, **column, property, values);
  }

 private:
  Outcome<const Column*> column_of(std::string_view path) const {
    const TableSchema* schema = &table_.schema();
    if (const std::size_t slash = path.find('/'); slash != std::string_view::npos) {
      const auto navigation = schema->by_navigation.find(path.substr(0, slash));
      if (navigation != schema->by_navigation.end()) {
        schema = &call_.state.database.table(navigation->second.target).schema();
        path.remove_prefix(slash + 1);
      }
    }
    auto column = schema->find_wire(path);
    if (!column) column = schema->find_name(path);  // a lookup's logical name is taken too
    if (!column) {
      return wrong("Could not find a property named '" + std::string(path) + "' on type '" + std::string(prefix) +
                   schema->name + "'.");
    }
    return &schema->column(*column);
  }

  static std::string literal(const Column& column, const std::string& value) {
    return column.type == Type::string ? odata::quote(value) : value;
  }

  static Outcome<std::string> list(bool is_in, const Column& column, const std::string& property,
                                   const std::vector<std::string>& values) {
    if (values.empty()) return wrong("The function 'In' takes at least one value.");
    std::string text;
    for (const std::string& value : values) {
      text += (text.empty() ? "" : " or ") + property + " eq " + literal(column, value);
    }
    return is_in ? text : property + " ne null and not (" + text + ")";
  }

  /// "1,3" is stored as it reads, in ascending order.
  static std::string choices(bool contains, const std::string& property, const std::vector<std::string>& values) {
    std::string text;
    for (const std::string& value : values) {
      for (const std::string& part :
           {property + " eq " + odata::quote(value), "startswith(" + property + "," + odata::quote(value + ",") + ")",
            "endswith(" + property + "," + odata::quote("," + value) + ")",
            "contains(" + property + "," + odata::quote("," + value + ",") + ")"}) {
        text += (text.empty() ? "" : " or ") + part;
      }
    }
    return contains ? text : "not (" + text + ")";
  }

  Outcome<std::string> identity(const std::string& name, const Arguments& arguments) const {
    const bool is_user = name.ends_with("UserId");
    const std::string id = guid_text(is_user ? call_.user.id : call_.state.business_unit_id);
    const bool is_equal = name == "EqualUserId" || name == "EqualBusinessId";
    if (!is_equal && name != "NotEqualUserId" && name != "NotEqualBusinessId") {
      return wrong("The function '" + name + "' is not supported.");
    }
    return arguments.property + (is_equal ? " eq " : " ne ") + id;
  }

  Outcome<std::string> period(const std::string& name, const Column& column, const std::string& property,
                              const std::vector<std::string>& values) const {
    if (column.type != Type::date && column.type != Type::datetime) {
      return wrong("The function '" + name + "' is not supported for '" + property + "'.");
    }
    const auto found = period_of(name, values.empty() ? std::string_view() : std::string_view(values.front()),
                                 call_.state.clock.now());
    if (!found) return wrong("The function '" + name + "' is not supported, or has no value of its kind.");
    std::string text;
    const auto bound = [&](const std::optional<Instant>& at, const char* comparison) {
      if (!at) return;
      const std::string iso = format_instant(std::chrono::floor<std::chrono::seconds>(*at));
      text +=
          (text.empty() ? "" : " and ") + property + comparison + (column.type == Type::date ? iso.substr(0, 10) : iso);
    };
    bound(found->from, " ge ");
    bound(found->until, found->includes_until ? " le " : " lt ");
    return text;
  }

  const Call& call_;
  const Table& table_;
};

}  // namespace

Outcome<std::string> plain_filter(const Call& call, const Table& table, std::string_view text) {
  if (text.find(prefix) == std::string_view::npos) return std::string(text);
  const Writer writer(call, table);
  std::string result;
  std::size_t functions = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '\'') {
      const std::size_t end = after_quoted(text, at);
      result += text.substr(at, end - at);
      at = end;
      continue;
    }
    if (!text.substr(at).starts_with(prefix)) {
      result.push_back(text[at++]);
      continue;
    }
    const std::size_t open = text.find('(', at);
    const std::size_t close = open == std::string_view::npos ? open : closing_bracket(text, open);
    if (close == std::string_view::npos) return wrong("A bracket of a function in $filter is missing.");
    if (++functions > functions_max) return wrong("$filter has more than 100 functions.");
    auto arguments = arguments_of(text.substr(open + 1, close - open - 1));
    if (!arguments) return std::unexpected(arguments.error());
    const std::string name(text.substr(at + prefix.size(), open - at - prefix.size()));
    auto plain = writer.written_out(name, *arguments);
    if (!plain) return plain;
    result += "(" + *plain + ")";
    at = close + 1;
  }
  return result;
}

Outcome<Options> plain_options(const Call& call, const Table& table) {
  Options options = call.target.options;
  for (auto& [name, value] : options) {
    if (name != "$filter" && name != "$orderby" && name != "$apply") continue;
    if (value.find('@') != std::string::npos) value = without_aliases(value, call.target.options);
    if (name != "$filter") continue;
    auto plain = plain_filter(call, table, value);
    if (!plain) return std::unexpected(plain.error());
    value = std::move(*plain);
  }
  return options;
}

Outcome<Query> query_of(const Call& call, const Table& table, std::initializer_list<std::string_view> other) {
  auto options = plain_options(call, table);
  if (!options) return std::unexpected(options.error());
  return parse_query_options(call.state.database, table, *options, dialect(), other);
}

}  // namespace dualwrite::sandbox::dataverse
