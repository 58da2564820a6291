#include "tidy/source_text.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace dualwrite::tidy {
namespace {

bool word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// Walks over the text and blanks comments and, if asked, literals.
class Blanker {
 public:
  Blanker(std::string_view text, bool literals) : out_(text), text_(text), literals_(literals) {}

  std::string run() && {
    while (at_ < text_.size()) {
      if (starts("//")) {
        blank_until(line_end(at_));
      } else if (starts("/*")) {
        blank_until(after(text_.find("*/", at_ + 2), 2));
      } else if (raw_string_starts()) {
        raw_string();
      } else if (text_[at_] == '"') {
        quoted('"');
      } else if (text_[at_] == '\'' && !digit_separator()) {
        quoted('\'');
      } else {
        ++at_;
      }
    }
    return std::move(out_);
  }

 private:
  [[nodiscard]] bool starts(std::string_view what) const { return text_.substr(at_).starts_with(what); }
  [[nodiscard]] std::size_t after(std::size_t found, std::size_t length) const {
    return found == std::string_view::npos ? text_.size() : found + length;
  }
  /// A line comment that ends in a backslash goes on in the next line.
  [[nodiscard]] std::size_t line_end(std::size_t from) const {
    std::size_t end = text_.find('\n', from);
    while (end != std::string_view::npos && end > 0 && text_[end - 1] == '\\') end = text_.find('\n', end + 1);
    return end == std::string_view::npos ? text_.size() : end;
  }
  [[nodiscard]] bool digit_separator() const { return at_ > 0 && word_char(text_[at_ - 1]) && digit_before(); }
  [[nodiscard]] bool digit_before() const {
    std::size_t begin = at_;
    while (begin > 0 && (word_char(text_[begin - 1]) || text_[begin - 1] == '\'')) --begin;
    return text_[begin] >= '0' && text_[begin] <= '9';
  }
  [[nodiscard]] bool raw_string_starts() const {
    return starts("R\"") && (at_ == 0 || !word_char(text_[at_ - 1]) || text_[at_ - 1] == '8' || text_[at_ - 1] == 'u' ||
                             text_[at_ - 1] == 'U' || text_[at_ - 1] == 'L');
  }

  void blank_until(std::size_t end) {
    for (; at_ < end; ++at_) {
      if (out_[at_] != '\n') out_[at_] = ' ';
    }
  }
  void literal(std::size_t begin, std::size_t end, std::size_t next) {
    at_ = begin;
    if (literals_) blank_until(end);
    at_ = next;
  }
  void raw_string() {
    const std::size_t open = text_.find('(', at_);
    if (open == std::string_view::npos) {
      at_ = text_.size();
      return;
    }
    const std::string closing = ")" + std::string(text_.substr(at_ + 2, open - at_ - 2)) + "\"";
    const std::size_t next = after(text_.find(closing, open), closing.size());
    literal(at_ + 2, next - 1, next);
  }
  void quoted(char quote) {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n') end += text_[end] == '\\' ? 2 : 1;
    end = std::min(end, text_.size());
    literal(at_ + 1, end, std::min(end + 1, text_.size()));
  }

  std::string out_;
  std::string_view text_;
  bool literals_;
  std::size_t at_ = 0;
};

}  // namespace

std::string read_text_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<SourceFile> source_files(const std::string& root, const std::vector<std::string>& folders) {
  namespace fs = std::filesystem;
  std::vector<SourceFile> files;
  for (const std::string& folder : folders) {
    const fs::path top = fs::path(root) / folder;
    if (!fs::is_directory(top)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(top, fs::directory_options::follow_directory_symlink)) {
      const std::string extension = entry.path().extension().string();
      if (!entry.is_regular_file() || (extension != ".cpp" && extension != ".hpp")) continue;
      files.push_back({entry.path().lexically_relative(root).generic_string(), read_text_file(entry.path().string())});
    }
  }
  std::ranges::sort(files, {}, &SourceFile::path);
  return files;
}

std::string code_only(std::string_view text) {
  return Blanker(text, true).run();
}

std::string without_comments(std::string_view text) {
  return Blanker(text, false).run();
}

std::size_t line_of(std::string_view text, std::size_t at) {
  return 1 + static_cast<std::size_t>(std::ranges::count(text.substr(0, at), '\n'));
}

std::vector<Include> includes_of(const SourceFile& file) {
  std::vector<Include> out;
  std::istringstream in(without_comments(file.text));
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    std::size_t at = line.find_first_not_of(" \t");
    if (at == std::string::npos || line[at] != '#') continue;
    at = line.find_first_not_of(" \t", at + 1);
    if (at == std::string::npos || line.compare(at, 7, "include") != 0) continue;
    const std::size_t begin = line.find_first_of("<\"", at);
    if (begin == std::string::npos) continue;
    const std::size_t end = line.find(line[begin] == '<' ? '>' : '"', begin + 1);
    if (end != std::string::npos) out.push_back({line.substr(begin, end - begin + 1), number});
  }
  return out;
}

}  // namespace dualwrite::tidy
