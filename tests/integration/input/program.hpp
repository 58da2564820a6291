#pragma once
// The built program, run to its end like an administrator would.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "support/golden.hpp"

namespace dualwrite::test {

struct Ended {
  int status = -1;  ///< 124: it was stopped because it did not end
  std::string out;
  std::string err;
};

/// One word of a shell command.
inline std::string shell_quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// Runs a shell command; its stderr goes through a file in `directory`. It is stopped after a minute.
inline Ended run_command(const std::string& command, const std::string& directory) {
  const std::string error_file = directory + "/stderr";
  FILE* pipe = popen(("timeout -k 5 60 " + command + " 2>" + shell_quoted(error_file)).c_str(), "r");
  Ended ended;
  if (pipe == nullptr) return ended;
  std::array<char, 4096> buffer{};
  while (fgets(buffer.data(), buffer.size(), pipe) != nullptr) ended.out += buffer.data();
  const int status = pclose(pipe);
  ended.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  ended.err = read_text(error_file);
  return ended;
}

inline std::string program_with(const std::vector<std::string>& arguments) {
  std::string command = shell_quoted(DUALWRITE_PROGRAM);
  for (const std::string& argument : arguments) command += " " + shell_quoted(argument);
  return command;
}

inline void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

}  // namespace dualwrite::test
