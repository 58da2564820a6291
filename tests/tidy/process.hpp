#pragma once
#include <array>
#include <cstdio>
#include <string>

namespace dualwrite::tidy {

struct CommandOutput {
  int status = -1;  ///< 0: the command succeeded
  std::string text;
};

/// Runs a shell command to its end, with both its outputs in `text`.
inline CommandOutput run_command(const std::string& command) {
  CommandOutput out;
  FILE* pipe = popen(("( " + command + " ) 2>&1").c_str(), "r");
  if (pipe == nullptr) return out;
  std::array<char, 4096> buffer{};
  while (fgets(buffer.data(), buffer.size(), pipe) != nullptr) out.text += buffer.data();
  out.status = pclose(pipe);
  return out;
}

}  // namespace dualwrite::tidy
