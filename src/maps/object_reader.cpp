#include "dualwrite/maps/object_reader.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <map>

#include "dualwrite/base/text.hpp"

namespace dualwrite::maps {
namespace {

constexpr std::size_t npos = static_cast<std::size_t>(-1);

std::string quoted(std::string_view text) {
  std::string out;
  append_json_quoted(out, text);
  return out;
}

/// "did you mean "x"?", or what there is to choose from when nothing is near.
std::string nearest_hint(std::string_view word, ObjectReader::Names known) {
  const std::string_view near = nearest(word, known);
  if (!near.empty()) return "did you mean " + quoted(near) + "?";
  return "known here: " + either(known);
}

}  // namespace

std::string to_string(const Mistake& mistake) {
  std::string out = mistake.file;
  if (mistake.line != 0) out += ":" + std::to_string(mistake.line);
  out += ": ";
  if (!mistake.path.empty()) out += mistake.path + ": ";
  out += mistake.what;
  if (!mistake.hint.empty()) out += " (" + mistake.hint + ")";
  return out;
}

std::string either(ObjectReader::Names words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " or " : ", ";
    out += words[i];
  }
  return out;
}

void MistakeList::add(std::size_t line, std::string path, std::string what, std::string hint) {
  mistakes_.push_back({file_, line, std::move(path), std::move(what), std::move(hint)});
}

std::vector<Mistake> MistakeList::take() && {
  // Not stable_sort: libstdc++ 12 implements it with a function that clang reports as deprecated.
  std::multimap<std::size_t, Mistake> by_line;
  for (Mistake& mistake : mistakes_) by_line.emplace(mistake.line, std::move(mistake));
  std::vector<Mistake> sorted;
  sorted.reserve(by_line.size());
  for (auto& [line, mistake] : by_line) sorted.push_back(std::move(mistake));
  return sorted;
}

ObjectReader::ObjectReader(const JsonNode& node, std::string path, Names known, MistakeList& mistakes)
    : node_(node), path_(std::move(path)), known_(known), mistakes_(mistakes) {
  if (node.kind != JsonNode::Kind::object) {
    mistakes_.add(node.line, path_, "must be an object, not " + std::string(to_string(node.kind)));
    return;
  }
  for (const JsonNode& member : node.children) {
    if (std::ranges::find(known, member.name) != known.end()) continue;
    mistakes_.add(member.line, pointer_to(path_, member.name), "unknown key " + quoted(member.name),
                  nearest_hint(member.name, known));
  }
}

const JsonNode* ObjectReader::find(std::string_view name) const noexcept {
  assert(std::ranges::find(known_, name) != known_.end());
  return node_.find(name);
}

const JsonNode* ObjectReader::required(std::string_view name) {
  const JsonNode* member = find(name);
  // An object of the wrong kind was reported already; its members need no second complaint.
  if (member == nullptr && node_.kind == JsonNode::Kind::object) {
    mistakes_.add(node_.line, path_, quoted(name) + " is missing");
  }
  return member;
}

const JsonNode* ObjectReader::of_kind(std::string_view name, JsonNode::Kind kind) {
  const JsonNode* member = find(name);
  if (member == nullptr || member->kind == kind) return member;
  mistakes_.add(member->line, path_of(name),
                "must be " + std::string(to_string(kind)) + ", not " + std::string(to_string(member->kind)));
  return nullptr;
}

std::string ObjectReader::text(std::string_view name) {
  return required(name) == nullptr ? std::string() : text_or(name, {});
}

std::string ObjectReader::text_or(std::string_view name, std::string fallback) {
  const JsonNode* member = of_kind(name, JsonNode::Kind::string);
  if (member == nullptr) return fallback;
  if (member->text.empty()) mistakes_.add(member->line, path_of(name), "must not be empty");
  return member->text;
}

bool ObjectReader::boolean_or(std::string_view name, bool fallback) {
  const JsonNode* member = of_kind(name, JsonNode::Kind::boolean);
  return member == nullptr ? fallback : member->text == "true";
}

std::int64_t ObjectReader::integer_or(std::string_view name, std::int64_t fallback, std::int64_t min,
                                      std::int64_t max) {
  const JsonNode* member = of_kind(name, JsonNode::Kind::number);
  if (member == nullptr) return fallback;
  std::int64_t value = 0;
  const char* end = member->text.data() + member->text.size();
  const auto [stopped, error] = std::from_chars(member->text.data(), end, value);
  if (error == std::errc() && stopped == end && value >= min && value <= max) return value;
  mistakes_.add(member->line, path_of(name),
                member->text + " is not a whole number from " + std::to_string(min) + " to " + std::to_string(max));
  return fallback;
}

std::size_t ObjectReader::word_index(std::string_view name, Names words) {
  const JsonNode* member = of_kind(name, JsonNode::Kind::string);
  if (member == nullptr) return npos;
  const auto found = std::ranges::find(words, member->text);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  const std::string_view near = nearest(member->text, words);
  mistakes_.add(member->line, path_of(name), quoted(member->text) + " is not " + either(words),
                near.empty() ? std::string() : "did you mean " + quoted(near) + "?");
  return npos;
}

std::span<const JsonNode> ObjectReader::items(std::string_view name) {
  const JsonNode* member = of_kind(name, JsonNode::Kind::array);
  if (member == nullptr) return {};
  if (member->children.empty()) mistakes_.add(member->line, path_of(name), "must not be empty");
  return member->children;
}

void ObjectReader::wrong(std::string_view name, std::string what, std::string hint) {
  const JsonNode* member = find(name);
  if (member == nullptr) {
    mistakes_.add(node_.line, path_, std::move(what), std::move(hint));
  } else {
    mistakes_.add(member->line, path_of(name), std::move(what), std::move(hint));
  }
}

}  // namespace dualwrite::maps
